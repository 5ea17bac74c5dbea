"""The parts of the page: axes, drawings, words, the choice of failures, where the run came from."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from runs import synthetic_images, synthetic_probes
from scotoma.analysis.breakdown import GroupFigures
from scotoma.analysis.statistics import Interval
from scotoma.analysis.summary import summarise
from scotoma.config import DiscoverConfig
from scotoma.errors import ImagesError
from scotoma.ledger import StepMetrics
from scotoma.records import Image
from scotoma.report import wording
from scotoma.report.charts.bars import rate_bar, stacked_bar
from scotoma.report.charts.heatmap import BINS, heat_class, heat_map
from scotoma.report.charts.lines import Line, LineChart
from scotoma.report.charts.scale import round_axis, whole_axis
from scotoma.report.charts.svg import element
from scotoma.report.gallery import choose_failures
from scotoma.report.pictures import picture_for, thumbnail_uri
from scotoma.report.provenance import OPTIONS, command_of, environment_rows, stage_costs

finite = st.floats(-1e6, 1e6, allow_nan=False)


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


# ---- axes -----------------------------------------------------------------------------------------------


@given(st.lists(finite, min_size=1, max_size=20), st.booleans())
def test_a_round_axis_holds_its_values(values: list[float], from_zero: bool) -> None:
    axis = round_axis(values, 0.0, 100.0, from_zero=from_zero)
    assert axis.low <= min(values) + 1e-6 * abs(min(values)) + 1e-9
    assert axis.high >= max(values) - 1e-6 * abs(max(values)) - 1e-9
    assert axis.low < axis.high
    assert 2 <= len(axis.ticks) <= 12
    assert list(axis.ticks) == sorted(axis.ticks)
    if from_zero:
        assert axis.low <= 0.0 <= axis.high


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_whole_axis_ends_where_the_data_end(low: int, length: int) -> None:
    axis = whole_axis(low, low + length, 10.0, 90.0)
    assert axis.place(low) == pytest.approx(10.0)
    assert all(tick == int(tick) and low <= tick <= low + max(1, length) for tick in axis.ticks)
    assert 1 <= len(axis.ticks) <= 12


# ---- drawings -------------------------------------------------------------------------------------------


def test_elements_escape_everything() -> None:
    drawn = element("text", '<&">', x=1.5, class_='a"b', stroke_width=2, left_out=None)
    assert drawn == '<text x="1.5" class="a&#34;b" stroke-width="2">&lt;&amp;&#34;&gt;</text>'


@given(st.lists(st.one_of(st.none(), finite), min_size=1, max_size=30), st.booleans())
def test_every_series_can_be_drawn(values: list[float | None], share: bool) -> None:
    steps = list(range(1, len(values) + 1))
    drawn = parsed(
        LineChart("<Reward>", "", steps, [Line("a & b", values, 1, raw=values)], share=share).markup
    )
    assert drawn.attrib["aria-label"].startswith("<Reward>: ")
    assert "nan" not in ElementTree.tostring(drawn, "unicode")


def test_a_line_breaks_where_nothing_is_known() -> None:
    drawn = parsed(LineChart("t", "", [1, 2, 3, 4], [Line("a", [1.0, None, 2.0, 3.0], 1)]).markup)
    (line,) = [e.attrib["d"] for e in drawn.iter() if e.attrib.get("class") == "line s1"]
    assert line.count("M") == 2
    assert line.count("L") == 1


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 1))
def test_bars_stay_inside(a: float, b: float, c: float, full: float) -> None:
    low, middle, high = sorted((a, b, c))
    drawn = parsed(rate_bar(Interval(middle, low, high, 10, 10), full=full))
    for shape in drawn.iter():
        for name in ("x1", "x2"):
            assert 0.0 <= float(shape.attrib.get(name, 0)) <= 160.0
        assert float(shape.attrib.get("x", 0)) + float(shape.attrib.get("width", 0)) <= 160.0


def test_heat_map_greys_what_has_little_support() -> None:
    def group(skills: tuple[str, ...], valid: int, rate: float) -> GroupFigures:
        return GroupFigures(skills, valid, round(valid * rate), valid, Interval(rate, 0.0, 1.0, valid, valid))

    skills = [group(("counting",), 100, 0.8), group(("colour",), 100, 0.1)]
    names = {"counting": "counting", "colour": "colour"}
    rare = parsed(heat_map(skills, [group(("counting", "colour"), 3, 1.0)], names))
    often = parsed(heat_map(skills, [group(("counting", "colour"), 300, 1.0)], names))
    assert _cells(rare) == ["cell h5", "cell little", "cell h1"]
    assert _cells(often) == ["cell h5", "cell h5", "cell h1"]
    assert _cells(parsed(heat_map(skills, [], names))) == ["cell h5", "cell none", "cell h1"]


def test_heat_classes_are_ordered() -> None:
    assert [heat_class(rate) for rate in (0.0, *BINS, 1.0)] == [0, 1, 2, 3, 4, 5, 5]


def test_stacked_bar_tells_its_shares() -> None:
    assert parsed(stacked_bar([("ask", 3.0), ("answer", 1.0)])).attrib["aria-label"] == "ask 75%, answer 25%"


def _cells(drawn: ElementTree.Element) -> list[str]:
    kinds = [shape.attrib.get("class", "") for shape in drawn.iter()]
    return [kind for kind in kinds if kind.startswith("cell ")]


# ---- words ----------------------------------------------------------------------------------------------


def test_wording() -> None:
    interval = Interval(0.3412, 0.319, 0.364, 100, 50)
    assert wording.rate(interval) == "34.1% [31.9–36.4%]"
    assert wording.rate(None) == "–"
    assert wording.times(Interval(1.9, 1.7, math.inf, 1, 1)) == "1.9× [1.7–∞]"
    assert wording.points(Interval(0.1, -0.02, 0.2, 1, 1)) == "+10.0 [-2.0 to +20.0] points"
    assert wording.duration(75) == "1 min 15 s"
    assert wording.duration(3700) == "1 h 01 min"
    assert wording.skills_name(("left_right", "counting")) == "left / right + counting"
    assert wording.skill_name("new_skill") == "new skill"
    assert wording.number(1234) == "1,234"


def test_names_of_modes() -> None:
    assert wording.mode_name(("counting", "occlusion"), ()) == "counting + occlusion"
    assert wording.mode_name(("counting",), ("count>=4",)) == "counting (4 or more to count)"
    assert (
        wording.mode_name((), ("objects>=8", "count<=2"))
        == "anything (8 or more objects, 2 or fewer to count)"
    )
    assert wording.condition_name("category=toy_car") == "“toy_car”"
    assert wording.condition_name("visible<0.7") == "something less than 70% visible"
    assert wording.condition_name("<b>=1") == "<b>=1"


# ---- gallery --------------------------------------------------------------------------------------------


def test_failures_are_spread_over_compositions_and_images() -> None:
    probes = list(synthetic_probes(synthetic_images(80), steps=30, held_out=30))
    chosen = choose_failures(probes, 24)
    assert len(chosen) == 24
    assert all(probe.verdict.failure for probe in chosen)
    assert len({probe.key for probe in chosen}) == 24
    asked = {probe.verdict.skills for probe in probes if probe.verdict.failure}
    assert len({probe.verdict.skills for probe in chosen}) == min(24, len(asked))
    assert len({probe.image_id for probe in chosen}) == 24
    largest = summarise(probes).compositions
    assert chosen[0].verdict.skills == max(largest, key=lambda group: group.failures).skills


def test_fewer_failures_than_cards_are_all_shown() -> None:
    probes = list(synthetic_probes(synthetic_images(12), steps=1, held_out=2, groups=1))
    failures = {probe.key for probe in probes if probe.verdict.failure}
    assert {probe.key for probe in choose_failures(probes, 500)} == failures
    assert choose_failures([]) == ()


# ---- pictures -------------------------------------------------------------------------------------------


def test_pictures_are_looked_up_in_the_run_first(tmp_path: Path) -> None:
    image = Image("ab", str(tmp_path / "gone"), 8, 8, "x.png")
    (tmp_path / "pictures").mkdir()
    Picture.new("RGB", (300, 200), "red").save(tmp_path / "pictures" / "ab.png")
    uri = thumbnail_uri(picture_for(tmp_path, image))
    assert uri.startswith("data:image/jpeg;base64,")
    assert len(uri) < 5000


def test_pictures_of_a_folder_are_read_from_it(tmp_path: Path) -> None:
    Picture.new("RGB", (8, 8), "blue").save(tmp_path / "b.png")
    image = Image("cd", str(tmp_path), 8, 8, "b.png")
    assert picture_for(tmp_path / "run", image).startswith(b"\x89PNG")
    with pytest.raises(ImagesError, match="gone"):
        picture_for(tmp_path / "run", Image("ef", str(tmp_path), 8, 8, "c.png"))


def test_broken_pictures_are_an_error() -> None:
    with pytest.raises(ImagesError, match="cannot be read"):
        thumbnail_uri(b"no picture")


# ---- provenance -----------------------------------------------------------------------------------------


def test_the_command_asks_for_the_same_configuration() -> None:
    config = DiscoverConfig(out="runs/a b", seed=3, learning_rate=3e-5, max_calls=500, eval_images=40)
    command = command_of(config.model_dump())
    assert command == (
        "scotoma discover --images tabletop --candidate mini --questioner mini --engine grpo --seed 3 "
        "--out 'runs/a b' --max-calls 500 --set learning_rate=3e-05 --eval-images 40"
    )


def test_every_option_is_a_field() -> None:
    assert set(OPTIONS) <= set(DiscoverConfig.model_fields)


def test_stage_costs_add_up() -> None:
    steps = [StepMetrics(1, {"seconds/ask": 3.0, "reward": 9.0}), StepMetrics(2, {"seconds/verify": 1.0})]
    costs = stage_costs(steps, judged=False)
    assert [(cost.name, cost.share, cost.model) for cost in costs] == [
        ("ask", 0.75, True),
        ("verify", 0.25, False),
    ]
    assert all(cost.model for cost in stage_costs(steps, judged=True))
    assert stage_costs([], judged=False) == ()


def test_environment_rows_leave_out_what_is_unknown() -> None:
    rows = environment_rows(
        {"packages": {"torch": "2.13.0", "trl": None}, "gpus": [], "commit": None, "cpu_cores": 2}
    )
    assert rows == (("packages", "torch 2.13.0"), ("cpu cores", "2"))
