"""The reward's terms, their sum, and the bonus for rare compositions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.records import SKILLS, Verdict
from scotoma.rewards import TERMS, Weights, composition_bonus, group_terms, weighted

INVALID = Verdict(False, None, None, "unreadable")
RIGHT = Verdict(True, True, "3", "right", skills=("counting",))
WRONG = Verdict(True, False, "3", "wrong", skills=("counting",))
UNANSWERED = Verdict(True, None, "3", "no_answer", skills=("counting",))
UNJUDGED = Verdict(None, None, None, "verifier_failed")

verdicts = st.sampled_from([INVALID, RIGHT, WRONG, UNANSWERED, UNJUDGED])
shares = st.floats(0.0, 1.0)
compositions = st.sets(st.sampled_from(SKILLS), min_size=1, max_size=3).map(
    lambda skills: tuple(sorted(skills))
)
counts = st.dictionaries(compositions, st.integers(0, 500), max_size=30)
formulas = st.sampled_from(["share", "count"])


def test_terms_of_each_kind_of_verdict() -> None:
    group = [INVALID, RIGHT, WRONG, UNANSWERED, UNJUDGED]
    terms = group_terms(group, [0.1] * 5, [0.2] * 5, [0.3] * 5)
    assert terms[0] == {"failure": -1.0, "novelty_sem": None, "novelty_lex": None, "novelty_mix": None}
    assert terms[1] == {"failure": 0.0, "novelty_sem": 0.1, "novelty_lex": 0.2, "novelty_mix": 0.3}
    assert terms[2] == {"failure": 1.0, "novelty_sem": 0.1, "novelty_lex": 0.2, "novelty_mix": 0.3}
    assert terms[3] == terms[4] == dict.fromkeys(TERMS)


def test_rarity_pays_less_where_the_candidate_is_right() -> None:
    for share in (0.0, 0.5, 1.0):
        terms = group_terms([INVALID, RIGHT, WRONG], [0.1] * 3, [0.2] * 3, [0.3] * 3, share)
        assert [row["novelty_mix"] for row in terms] == [None, pytest.approx(share * 0.3), 0.3]


def test_weighted_sum_leaves_out_what_does_not_apply() -> None:
    weights = Weights(failure=2.0, novelty_sem=0.5, novelty_lex=0.25, novelty_mix=1.0)
    terms = group_terms([INVALID, WRONG, UNJUDGED], [0.4] * 3, [0.8] * 3, [0.1] * 3)
    assert weighted(terms[0], weights) == -2.0
    assert weighted(terms[1], weights) == pytest.approx(2.0 + 0.2 + 0.2 + 0.1)
    assert weighted(terms[2], weights) is None


@given(st.lists(st.tuples(verdicts, shares, shares, shares), min_size=1, max_size=16))
def test_failures_earn_most_and_invalid_ones_least(rows: list[tuple[Verdict, float, float, float]]) -> None:
    group, semantic, lexical, mix = (list(column) for column in zip(*rows, strict=True))
    weights = Weights(novelty_sem=0.2, novelty_lex=0.1, novelty_mix=0.5)
    for verdict, terms in zip(group, group_terms(group, semantic, lexical, mix), strict=True):
        reward = weighted(terms, weights)
        assert (reward is None) == verdict.unscorable
        if verdict.valid is False:
            assert reward == -1.0
        elif reward is not None:
            assert (1.0 if verdict.failure else 0.0) <= reward <= (1.8 if verdict.failure else 0.8) + 1e-9


@given(st.lists(st.none() | compositions, max_size=12), counts, formulas)
def test_bonus_is_between_zero_and_one_and_only_for_valid(group, asked, formula) -> None:  # type: ignore[no-untyped-def]
    for composition, bonus in zip(group, composition_bonus(group, asked, formula), strict=True):
        assert bonus == 0.0 if composition is None else 0.0 < bonus <= 1.0


@given(compositions, counts, st.integers(1, 100), formulas)
def test_bonus_falls_as_a_composition_is_asked_more(composition, asked, more, formula) -> None:  # type: ignore[no-untyped-def]
    asked = {**asked, ("existence", "counting", "colour", "size"): 50}  # something else has been asked, too
    often = {**asked, composition: asked.get(composition, 0) + more}
    oftener = {**often, composition: often[composition] + more}
    before = composition_bonus([composition], asked | {composition: 0}, formula)
    after = composition_bonus([composition], often, formula)
    later = composition_bonus([composition], oftener, formula)
    assert before == [1.0]
    assert before > after > later


@given(st.lists(st.none() | compositions, min_size=2, max_size=8), counts, formulas, st.randoms())
def test_bonus_does_not_depend_on_the_order_of_the_group(group, asked, formula, rng) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(group)))
    rng.shuffle(order)
    straight = composition_bonus(group, asked, formula)
    shuffled = composition_bonus([group[i] for i in order], asked, formula)
    assert shuffled == pytest.approx([straight[i] for i in order])


def test_bonus_differs_between_members_of_a_group() -> None:
    asked = {("counting",): 90, ("viewpoint",): 10}
    bonus = composition_bonus([("counting",), ("viewpoint",), ("between",), ("between",)], asked)
    assert bonus[0] == pytest.approx(1 / (1 + 2 * 0.9))
    assert bonus[1] == pytest.approx(1 / (1 + 2 * 0.1))
    assert bonus[2] == bonus[3] == pytest.approx(1 / math.sqrt(2))


def test_share_keeps_its_scale_as_the_run_grows() -> None:
    early = {("counting",): 9, ("colour",): 1}
    late = {composition: 1000 * count for composition, count in early.items()}
    group = [("counting",), ("colour",)]
    assert composition_bonus(group, early) == pytest.approx(composition_bonus(group, late))
    assert composition_bonus(group, late, "count")[0] < 0.02
