"""Which arms are drawn, and that the state is what the probes say and nothing else."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from questioners.asked import INVALID, PROBES, many, probe
from scotoma.questioners.bandit import Bandit, drawn_values
from scotoma.questioners.prompts import for_skills
from scotoma.records import Probe

PAIR = ("counting", "occlusion")
EASY_PARTS = [*many(1, 40, ("counting",)), *many(1, 40, ("occlusion",))]


def taught(*probes: Probe, exploring: bool = True) -> Bandit:
    bandit = Bandit(20, exploring=exploring)
    bandit.learn(probes)
    return bandit


def drawn(bandit: Bandit, n: int = 400, seed: int = 3) -> Counter[tuple[str, ...]]:
    return Counter(bandit.draw(n, seed))


def test_at_first_every_arm_is_tried_single_skills_most() -> None:
    counts = drawn(taught(), 2000)
    assert len(counts) > 240
    singles = [count for arm, count in counts.items() if len(arm) == 1]
    assert min(singles) > 25 > max(count for arm, count in counts.items() if len(arm) == 2)


def test_it_asks_where_failures_are_and_parts_do_not_explain_them() -> None:
    counts = drawn(taught(*EASY_PARTS, *many(6, 0, PAIR)))
    assert counts.most_common(1)[0][0] == PAIR
    assert counts[PAIR] > 200


def test_it_leaves_what_it_has_found() -> None:
    assert drawn(taught(*EASY_PARTS, *many(23, 2, PAIR)))[PAIR] == 0


def test_an_arm_that_questions_miss_is_asked_for_less() -> None:
    arm = ("counting",)
    missed = [probe(INVALID, (), arm)] * 15
    assert drawn(taught(*missed))[arm] < 3 < drawn(taught())[arm]


def test_frozen_it_asks_for_each_found_arm_as_often() -> None:
    other = ("size", "between")
    bandit = taught(
        *EASY_PARTS,
        *many(1, 40, ("size",)),
        *many(1, 40, ("between",)),
        *many(23, 2, PAIR),
        *many(40, 3, other),
        exploring=False,
    )
    counts = drawn(bandit)
    assert set(counts) == {PAIR, other}
    assert min(counts.values()) > 150


def test_frozen_with_nothing_found_it_asks_where_failures_are_likely() -> None:
    bandit = taught(*EASY_PARTS, *many(6, 0, PAIR), exploring=False)
    assert drawn(bandit).most_common(1)[0][0] == PAIR


def test_where_all_is_closed_any_failure_counts() -> None:
    missed = [probe(INVALID, (), ("counting",))] * 15
    bandit = taught(*many(2000, 20, ("size",)), *missed)
    assert bandit.standing.closed_A.all()
    counts = drawn(bandit)
    assert len(counts) > 20
    assert counts["counting",] == 0


def test_instructions_name_the_arms() -> None:
    bandit = taught()
    told = bandit.instructions(5, seed=1)
    assert [instruction.skills for instruction in told] == bandit.draw(5, seed=1)
    assert [instruction.text for instruction in told] == [for_skills(one.skills) for one in told]


def test_figures_say_how_far_it_is() -> None:
    figures = taught(*EASY_PARTS, *many(23, 2, PAIR)).figures()
    assert figures["arms_found"] == 1
    assert 1 < figures["arms_closed"] < figures["arms"]


@settings(max_examples=20)
@given(PROBES, st.lists(st.integers(0, 60), max_size=4), st.integers(0, 2**31 + 100))
def test_rebuilt_from_its_probes_it_is_the_same(probes: list[Probe], cuts: list[int], seed: int) -> None:
    whole, stopped = taught(*probes), Bandit(20)
    start = 0
    for end in [*sorted(cuts), len(probes)]:
        stopped.learn(probes[start:end])
        stopped.draw(3, seed)  # what is drawn on the way leaves no trace
        start = max(start, end)
    assert stopped.draw(9, seed) == whole.draw(9, seed)
    assert stopped.figures() == whole.figures()


@settings(max_examples=20)
@given(PROBES)
def test_a_closed_arm_is_never_worth_more_than_an_open_one(probes: list[Probe]) -> None:
    at = taught(*probes).standing
    values = drawn_values(at, 4, np.random.default_rng(0))
    if at.closed_A.any() and not at.closed_A.all():
        assert values[:, at.closed_A].max() < values[:, ~at.closed_A].min()
    assert values.max() <= 1.0
