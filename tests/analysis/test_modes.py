"""Failure modes: planted sets come out as exactly themselves, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from scotoma.analysis.features import ProbeTable, Row
from scotoma.analysis.modes import EXAMPLES, Mode, find_modes
from simulated import Planted, nested_conditions, rows, table

PAIR = Planted(("counting", "occlusion"))


def named(modes: Sequence[Mode]) -> list[tuple[str, ...]]:
    return [mode.features for mode in modes]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "planted",
    [
        [Planted(("viewpoint",))],
        [PAIR],
        [Planted(("colour", "size", "left_right"))],
        [Planted(("counting", "colour"), 0.4)],
        [Planted(("viewpoint",), 0.4), PAIR, Planted(("colour", "size", "left_right"))],
        [Planted(("counting",), 0.4), PAIR],
        [Planted(("counting", "occlusion")), Planted(("counting", "colour")), Planted(("occlusion", "size"))],
    ],
    ids=lambda planted: ", ".join("+".join(spot.features) for spot in planted),
)
def test_planted_skills_come_out_as_planted(planted: list[Planted], seed: int) -> None:
    modes = find_modes(table(3000, planted, seed=seed), q=0.001)
    assert set(map(frozenset, named(modes))) == {frozenset(spot.features) for spot in planted}
    for mode in modes:
        (rate,) = (spot.rate for spot in planted if set(spot.features) == set(mode.features))
        assert mode.rate.low - 0.05 < rate < mode.rate.high + 0.05
        assert mode.elsewhere is not None
        assert mode.elsewhere.high < 0.06


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "planted",
    [
        [Planted(("counting", "count>=4"))],
        [Planted(("counting", "occlusion", "count<=1"))],
        [Planted(("counting", "count>=2", "count<=3"))],
        [Planted(("existence", "objects>=7"))],
        [Planted(("colour", "left_right", "colour=red"))],
        [Planted(("viewpoint", "family=animal"), 0.4)],
        [
            Planted(("counting", "occlusion", "count>=3")),
            Planted(("viewpoint",), 0.4),
            Planted(("material", "family=block")),
        ],
    ],
    ids=lambda planted: ", ".join("+".join(spot.features) for spot in planted),
)
def test_planted_conditions_come_out_as_planted(planted: list[Planted], seed: int) -> None:
    modes = find_modes(table(3000, planted, seed=seed, conditions=nested_conditions))
    assert set(map(frozenset, named(modes))) == {frozenset(spot.features) for spot in planted}
    assert all(sum(mode.means(spot.features) for mode in modes) == 1 for spot in planted)


def test_false_modes_are_as_rare_as_q_says() -> None:
    """A planted set inside a planted set: every superset of both is a chance to be wrong."""
    planted = [Planted(("counting",), 0.4), PAIR]
    true = {frozenset(spot.features) for spot in planted}
    shares = []
    for seed in range(60):
        found = set(map(frozenset, named(find_modes(table(2000, planted, seed=seed, spread=0.03)))))
        assert true <= found
        shares.append(len(found - true) / len(found))
    assert np.mean(shares) <= 0.05


@pytest.mark.parametrize("elsewhere", [0.0, 0.03, 0.4])
@pytest.mark.parametrize("seed", range(8))
def test_no_mode_where_nothing_is_planted(elsewhere: float, seed: int) -> None:
    asked = table(2000, seed=seed, elsewhere=elsewhere, spread=elsewhere / 2, conditions=nested_conditions)
    assert find_modes(asked) == ()


def test_a_few_hard_images_are_no_mode() -> None:
    """Each image is asked about one skill alone; seven images fail whole, six of them by chance about size."""
    hard = {*range(0, 12, 2), 1}
    asked = [
        Row(["colour" if image % 2 else "size"], [], image in hard or question == image % 40, f"{image}")
        for image in range(200)
        for question in range(20)
    ]
    assert find_modes(ProbeTable.of_rows(asked)) == ()
    apart = [row._replace(image_id=f"{n}") for n, row in enumerate(asked)]
    assert named(find_modes(ProbeTable.of_rows(apart))) == [("size",)]


def test_what_adds_nothing_and_what_only_borrows_is_left_out() -> None:
    """Colour nearly always goes with occlusion when one counts: {counting, colour} fails by borrowing."""
    rng = np.random.default_rng(1)
    asked = []
    for n in range(3000):
        needed = {"counting"} if rng.random() < 0.5 else {"existence"}
        needed |= {"occlusion"} if rng.random() < 0.3 else set()
        if rng.random() < (0.9 if {"counting", "occlusion"} <= needed else 0.05):
            needed |= {"colour"}
        hard = {"counting", "occlusion"} <= needed
        asked.append(Row(needed, [], bool(rng.random() < (0.9 if hard else 0.03)), f"{n % 300}"))
    assert named(find_modes(ProbeTable.of_rows(asked))) == [("counting", "occlusion")]


def test_skills_that_imply_others_leave_the_planted_name() -> None:
    """Every question of counting and of occlusion needs existence too."""
    implied = {"counting": "existence", "occlusion": "existence"}
    (mode,) = find_modes(table(3000, [PAIR], implied=implied))
    assert mode.skills == ("counting", "occlusion")
    assert mode.always_skills == ("existence",)
    assert mode.means(("counting", "occlusion"))
    assert mode.means(("existence", "counting", "occlusion"))
    assert not mode.means(("counting",))
    assert not mode.means(("counting", "occlusion", "colour"))


def test_sets_that_the_data_cannot_tell_apart_are_named_together() -> None:
    """Size and material are only asked together: either could be the hard one."""
    together = {"size": "material", "material": "size"}
    (mode,) = find_modes(table(3000, [Planted(("colour", "size"))], implied=together))
    assert mode.skills == ("colour", "material")
    assert mode.same_as == (("colour", "size"),)
    assert mode.means(("colour", "size"))
    assert mode.means(("colour", "material", "size"))
    assert not mode.means(("size", "material"))


def test_names_that_contain_another_are_not_told() -> None:
    """Every count of hidden things is small here: "occlusion, count<=3" says no less than "counting, occlusion"."""

    def few(rng: np.random.Generator, needed: set[str]) -> list[str]:
        most = 2 if "occlusion" in needed else 5
        return [f"count<={n}" for n in range(int(rng.integers(most + 1)), 6)] if "counting" in needed else []

    (mode,) = find_modes(table(3000, [PAIR], conditions=few))
    assert (mode.features, mode.same_as) == (("counting", "occlusion"), ())
    assert mode.means(("counting", "occlusion", "count<=3"))
    assert not mode.means(("counting", "occlusion", "count<=1"))


def test_a_mode_tells_its_figures() -> None:
    asked = list(rows(3000, [PAIR], seed=2))
    (mode,) = find_modes(ProbeTable.of_rows(asked))
    inside = [{"counting", "occlusion"} <= set(row.skills) for row in asked]
    failed = [row.failed for row in asked]
    assert mode.support == sum(inside)
    assert mode.failures == sum(a and b for a, b in zip(inside, failed, strict=True))
    assert mode.images == len({row.image_id for row, here in zip(asked, inside, strict=True) if here})
    assert mode.rate == mode.whole
    assert mode.share == mode.failures / sum(failed)
    assert mode.elsewhere is not None
    assert mode.elsewhere.n == len(asked) - mode.support
    assert len(mode.nearest) == 1
    assert mode.lift is not None and mode.lift.ratio is not None
    assert mode.lift.ratio.low > 5
    assert mode.p_value < 1e-20
    assert len(mode.examples) == EXAMPLES
    assert all(inside[at] and failed[at] for at in mode.examples)
    assert len({asked[at].image_id for at in mode.examples}) == EXAMPLES


def test_modes_after_the_first_leave_out_its_questions() -> None:
    asked = list(rows(4000, [PAIR, Planted(("counting",), 0.4)], seed=4))
    pair, single = find_modes(ProbeTable.of_rows(asked))
    assert (pair.skills, single.skills) == (("counting", "occlusion"), ("counting",))
    assert single.support == sum("counting" in row.skills and "occlusion" not in row.skills for row in asked)
    assert single.whole.n == sum("counting" in row.skills for row in asked)
    assert single.whole.estimate > single.rate.high


def test_support_and_size_and_number_can_be_bounded() -> None:
    planted = [PAIR, Planted(("colour", "size", "left_right"))]
    asked = table(3000, planted)
    assert named(find_modes(asked, most=1)) == named(find_modes(asked))[:1]
    assert all(len(mode.skills) == 2 for mode in find_modes(asked, largest=2))
    assert find_modes(asked, least_support=1000) == ()
    assert find_modes(table(15, [Planted(("counting",), 1.0)])) == ()


def test_modes_repeat_and_do_not_depend_on_the_order_of_the_probes() -> None:
    asked = list(rows(2000, [PAIR], seed=5))
    first, again = (find_modes(ProbeTable.of_rows(some), seed=1) for some in (asked, asked))
    assert first == again
    (turned,) = find_modes(ProbeTable.of_rows(asked[::-1]), seed=1)
    assert (turned.features, turned.rate, turned.p_value) == (
        first[0].features,
        first[0].rate,
        first[0].p_value,
    )


def test_nothing_has_no_mode() -> None:
    assert find_modes(ProbeTable.of([])) == ()
    assert find_modes(ProbeTable.of_rows([Row(["counting"], [], True, f"{n}") for n in range(50)])) == ()
