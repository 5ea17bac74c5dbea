"""The file of a calibration is read back as it was measured, and refused in one line where it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.calibration import Calibration, JudgedAnswer, JudgedQuestion, calibration
from scotoma.calibrating.kept import calibration_in, judging, keep_calibration, read_calibration
from scotoma.cli.results import json_ready
from scotoma.config import load_config
from scotoma.errors import SpecError
from scotoma.ledger import Ledger

JUDGE = "openai:judge@http://h/v1"
CONFIG = load_config(flags={"verifier": JUDGE}).model_dump()


def figures(right: int = 40, wrong: int = 40) -> Calibration:
    """Every tenth answer is judged the other way."""
    answers = [("right", at % 10 > 0) for at in range(right)] + [
        ("wrong", at % 10 == 0) for at in range(wrong)
    ]
    return calibration(
        [
            JudgedQuestion(f"i{at}", "?", (), "valid", True, "valid", (JudgedAnswer(kind, "x", said, ""),))  # type: ignore[arg-type]
            for at, (kind, said) in enumerate(answers)
        ]
    )


def written(file: Path, **change: Any) -> Path:
    found = {"verifier": JUDGE, "settings": judging(JUDGE, CONFIG), "figures": json_ready(figures())}
    file.write_text(json.dumps(found | change))
    return file


def test_it_is_read_back_as_it_was_measured(tmp_path: Path) -> None:
    correctness = read_calibration(written(tmp_path / "c.json"), CONFIG)
    assert correctness == figures().correctness
    with Ledger.create(tmp_path / "run", {"seed": 1}, {}) as ledger:
        assert calibration_in(ledger) is None
        keep_calibration(ledger, correctness)
        assert calibration_in(ledger) == correctness


def test_nothing_judged_of_a_kind_is_told_apart_from_a_broken_file(tmp_path: Path) -> None:
    file = written(tmp_path / "c.json", figures=json_ready(figures(wrong=0)))
    assert read_calibration(file, CONFIG).specificity is None


def test_how_the_same_server_is_reached_makes_no_difference(tmp_path: Path) -> None:
    config = CONFIG | {"verifier": f"{JUDGE},concurrency=4"}
    assert read_calibration(written(tmp_path / "c.json"), config) == figures().correctness


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"verifier": "exact"},
            "is a calibration of exact, and this run is judged by openai:judge@http://h/v1",
        ),
        ({"verifier": "openai:judge@http://other/v1"}, "is a calibration of openai:judge@http://other/v1"),
        ({"verifier": "nonsense"}, "is no calibration"),
        ({"settings": {"judge_votes": 5}}, "was measured with judge_votes = 5, and this run has 3"),
        ({"settings": 3}, "is no calibration"),
        ({"figures": {}}, "is no calibration"),
        (
            {"figures": {"correctness": {"sensitivity": 1, "specificity": 1, "abstention": 0}}},
            "is no calibration",
        ),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError) as raised:
        read_calibration(written(tmp_path / "c.json", **change), CONFIG)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def _impossible(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    found: dict[str, Any] = json_ready(figures())
    change(found["correctness"]["sensitivity"]["wilson"])
    return found


@pytest.mark.parametrize(
    "change", [{"estimate": 1.5}, {"low": 0.99}, {"n": 0}, {"level": 1.0}, {"high": -1.0}]
)
def test_an_impossible_rate_is_refused(tmp_path: Path, change: dict[str, float]) -> None:
    file = written(tmp_path / "c.json", figures=_impossible(lambda interval: interval.update(change)))
    with pytest.raises(SpecError, match="is no calibration"):
        read_calibration(file, CONFIG)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        read_calibration(tmp_path / "none.json", CONFIG)


@given(
    st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1")), st.just("[1]"), st.just("{}"))
)
def test_whatever_stands_in_the_file_is_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "hostile.json"
    file.write_text(text, "utf-8", "replace")
    with pytest.raises(SpecError, match="is no calibration"):
        read_calibration(file, CONFIG)


def test_nothing_can_be_set_for_the_exact_verifier() -> None:
    assert judging("exact", CONFIG) == {}
    assert judging(JUDGE, CONFIG)["judge_votes"] == 3
