"""Which sets of skills are found failing, which are closed, which open."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from questioners.asked import INVALID, PROBES, many, probe
from scotoma.questioners.evidence import Evidence
from scotoma.questioners.standing import LARGEST, Standing, standing_of
from scotoma.records import SKILLS, Probe

SUPPORT = 20
PAIR = ("counting", "occlusion")
TRIPLE = ("counting", "colour", "occlusion")


def standing(*probes: Probe) -> Standing:
    evidence = Evidence()
    evidence.learn(probes)
    return standing_of(evidence, SUPPORT)


def is_closed(at: Standing, arm: tuple[str, ...]) -> bool:
    return bool(at.closed_A[at.arms.index(arm)])


EASY_PARTS = [*many(1, 40, ("counting",)), *many(1, 40, ("occlusion",))]


def test_at_first_all_single_skills_and_pairs_are_open() -> None:
    at = standing()
    n = len(SKILLS)
    assert len(at.arms) == n + n * (n - 1) // 2
    assert not at.closed_A.any()
    assert at.found == ()


def test_a_pair_that_fails_beyond_its_parts_is_found_and_closed() -> None:
    at = standing(*EASY_PARTS, *many(23, 2, PAIR))
    assert at.found == (PAIR,)
    assert is_closed(at, PAIR)
    assert not is_closed(at, ("size", "between"))


def test_a_pair_that_its_part_explains_is_not() -> None:
    at = standing(*many(40, 4, ("counting",)), *many(1, 40, ("occlusion",)), *many(23, 2, PAIR))
    assert at.found == (("counting",),)


def test_too_little_support_finds_no_pair() -> None:
    assert PAIR not in standing(*EASY_PARTS, *many(SUPPORT - 1, 0, PAIR)).found
    assert PAIR in standing(*EASY_PARTS, *many(SUPPORT, 0, PAIR)).found


def test_questions_of_a_found_pair_are_set_aside_for_others() -> None:
    at = standing(*EASY_PARTS, *many(25, 0, TRIPLE, PAIR))
    # All had the three in common: they are told as one, the largest.
    assert at.found == (TRIPLE,)
    assert at.valid_A[at.arms.index(("colour",))] == 0
    assert at.valid_A[at.arms.index(TRIPLE)] == 25


def test_a_triple_is_found_where_the_pair_fails_only_with_it() -> None:
    pairs = [*many(0, 25, PAIR), *many(0, 25, ("counting", "colour")), *many(0, 25, ("colour", "occlusion"))]
    assert standing(*EASY_PARTS, *pairs, *many(25, 1, TRIPLE)).found == (TRIPLE,)


def test_triples_open_where_a_pair_is_found_or_all_three_failed_twice() -> None:
    assert TRIPLE not in standing(*many(1, 0, TRIPLE)).arms
    assert TRIPLE in standing(*many(2, 0, TRIPLE)).arms
    found = standing(*EASY_PARTS, *many(23, 2, PAIR)).arms
    assert {arm for arm in found if len(arm) == LARGEST} == {arm for arm in found if set(PAIR) < set(arm)}


def test_what_is_hardly_ever_asked_as_wanted_is_closed() -> None:
    arm = ("shape", "text_reading")
    misses = [probe(INVALID, (), arm)] * SUPPORT
    assert not is_closed(standing(*misses[1:]), arm)
    assert is_closed(standing(*misses), arm)


def test_what_is_answered_right_again_and_again_is_closed() -> None:
    assert not is_closed(standing(*many(0, 5, PAIR)), PAIR)
    assert is_closed(standing(*many(0, 14, PAIR)), PAIR)


def test_all_triples_open_once_everything_else_is_closed() -> None:
    easy = [one for arm in standing().arms for one in many(0, 15, arm)]
    at = standing(*easy)
    assert sum(len(arm) == LARGEST for arm in at.arms) == 1540
    assert not at.closed_A.all()


@settings(max_examples=40)
@given(PROBES)
def test_counts_are_whole_and_consistent(probes: list[Probe]) -> None:
    at = standing(*probes)
    assert (at.failed_A >= 0).all()
    assert (at.failed_A <= at.valid_A).all()
    assert (at.part_failed_AB >= 0).all()
    assert (at.part_failed_AB <= at.part_valid_AB).all()
    assert (at.useful_A <= at.asked_A).all()
    assert (at.useful_A <= at.valid_A).all()
    assert all(is_closed(at, arm) for arm in at.found)
    parts = at.is_part_AB.sum(axis=1)
    assert (parts == 2 ** np.array([len(arm) for arm in at.arms]) - 1).all()
