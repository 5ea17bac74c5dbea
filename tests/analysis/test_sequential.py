"""Confirmation: right decisions in few calls, false ones no more often than alpha however one peeks; the plan."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.sequential import EVEN, Claim, Confirmation, Standing, beside, plan

QUESTIONS = 3


def shares(rng: np.random.Generator, rate: float, images: int, spread: float = 2.0) -> list[float]:
    """Failed / asked of fresh images whose rates differ (beta-binomial)."""
    rate_C = rng.beta(spread * rate, spread * (1 - rate), images)
    return (rng.binomial(QUESTIONS, rate_C) / QUESTIONS).tolist()


def after(claims: list[Claim], observed: list[list[float]], alpha: float = 0.05) -> list[Standing]:
    confirmation = Confirmation(claims, alpha=alpha)
    for n, of_claim in enumerate(observed):
        for share in of_claim:
            confirmation.observe(n, share)
    return list(confirmation.standings())


@pytest.mark.parametrize("seed", range(10))
def test_true_claims_are_confirmed_and_false_ones_refuted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    claims = [Claim("strong", 0.15, 0.9), Claim("faint", 0.15, 0.4), Claim("none", 0.15, 0.4)]
    strong, faint, none = after(
        claims, [shares(rng, rate, images) for rate, images in ((0.9, 12), (0.4, 90), (0.03, 110))]
    )
    assert (strong.state, faint.state, none.state) == ("confirmed", "confirmed", "refuted")
    assert strong.calls_left == faint.calls_left == none.calls_left == 0
    assert strong.e_confirm >= strong.needed == 60
    assert none.e_refute >= none.needed
    assert none.mean is not None
    assert none.mean < 0.1


@pytest.mark.parametrize("rate", [0.2, 0.15])
def test_false_claims_are_rarely_confirmed_under_continuous_peeking(rate: float) -> None:
    """Three claims at or under their threshold, looked at after each of 120 images, 60 times."""
    wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        confirmation = Confirmation([Claim(f"{n}", 0.2, 0.5) for n in range(3)], alpha=0.1)
        seen = [shares(rng, rate, 120) for _ in range(3)]
        states = {confirmation.observe(n, seen[n][at]) for at in range(120) for n in range(3)}
        wrong += "confirmed" in states
    assert wrong / 60 <= 0.1


def test_a_decision_stays() -> None:
    confirmation = Confirmation([Claim("a", 0.5, 0.9)])
    while confirmation.observe(0, 1.0) == "undecided":
        pass
    for _ in range(200):
        assert confirmation.observe(0, 0.0) == "confirmed"
    (standing,) = confirmation.standings()
    assert standing.e_confirm < 1.0 < standing.e_refute
    assert standing.certainty == 1.0


@pytest.mark.parametrize("rate", [0.4, 0.9, 0.02])
def test_calls_left_are_what_it_takes(rate: float) -> None:
    """Foreseen with the true rate, against the mean over simulated confirmations."""
    claim = Claim("a", 0.15, rate, calls_an_image=QUESTIONS)
    foreseen = Confirmation([claim]).standings()[0].calls_left
    assert foreseen is not None
    taken = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        confirmation = Confirmation([claim])
        images = 0
        while confirmation.observe(0, float(rng.random() < rate)) == "undecided":
            images += 1
        taken.append((images + 1) * QUESTIONS)
    assert 0.5 * np.mean(taken) <= foreseen <= 2.0 * np.mean(taken)


def test_what_looks_like_its_threshold_is_not_foreseen() -> None:
    (standing,) = after([Claim("a", 0.25, 0.25)], [[0.0, 0.0, 0.0, 1.0] * 30])
    assert standing.state == "undecided"
    assert standing.calls_left is None
    assert standing.calls_at_best is not None and standing.calls_at_best > 150
    assert plan([standing], budget_calls=150, round_calls=100) == (0,)


def test_the_expected_rate_has_no_part_in_the_decision() -> None:
    observed = shares(np.random.default_rng(0), 0.4, 40)
    hopeful, doubtful = (after([Claim("a", 0.15, rate)], [observed])[0] for rate in (0.9, 0.1))
    assert (hopeful.e_confirm, hopeful.state) == (doubtful.e_confirm, doubtful.state)


def test_more_claims_need_more_evidence() -> None:
    one = Confirmation([Claim("a", 0.2, 0.9)]).standings()[0]
    ten = Confirmation([Claim("a", 0.2, 0.9)] * 10).standings()[0]
    assert (one.needed, ten.needed) == (20, 200)
    assert one.calls_left is not None and ten.calls_left is not None
    assert one.calls_left < ten.calls_left


# ---- beside its part ------------------------------------------------------------------------------------


@given(st.floats(0, 1), st.floats(0, 1))
def test_beside_is_a_share_that_tells_which_failed_more(mode: float, part: float) -> None:
    observed = beside(mode, part)
    assert 0.0 <= observed <= 1.0
    if abs(mode - part) > 1e-12:
        assert (observed > EVEN) == (mode > part)


def test_what_makes_images_hard_for_both_is_no_evidence() -> None:
    """Hard images fail whole: the mode's own rate is far above elsewhere, beside its part it is even."""
    rng = np.random.default_rng(1)
    confirmation = Confirmation([Claim("above elsewhere", 0.1, 0.5), Claim("above its part", EVEN, 0.7)])
    for _ in range(300):
        hard = float(rng.random() < 0.5)
        confirmation.observe(0, hard)
        confirmation.observe(1, beside(hard, hard))
    rate, paired = confirmation.standings()
    assert (rate.state, paired.state) == ("confirmed", "undecided")


def test_a_mode_that_fails_more_than_its_part_is_confirmed() -> None:
    rng = np.random.default_rng(2)
    confirmation = Confirmation([Claim("above its part", EVEN, 0.7)])
    images = 0
    while (
        confirmation.observe(0, beside(float(rng.random() < 0.6), float(rng.random() < 0.05))) == "undecided"
    ):
        images += 1
    assert images < 40
    assert confirmation.standings()[0].state == "confirmed"


# ---- the plan -------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.floats(0.05, 0.95), st.floats(0.0, 1.0), st.integers(1, 6), st.integers(0, 20)),
        max_size=6,
    ),
    st.integers(0, 300),
    st.integers(0, 100),
)
def test_a_plan_keeps_to_its_calls(claims, budget: int, round_calls: int) -> None:
    observed = [[rate] * images for _, rate, _, images in claims]
    standings = after([Claim("x", threshold, rate, calls) for threshold, rate, calls, _ in claims], observed)
    images = plan(standings, budget_calls=budget, round_calls=round_calls)
    assert len(images) == len(standings)
    cost = sum(n * at.claim.calls_an_image for n, at in zip(images, standings, strict=True))
    assert cost <= min(budget, round_calls)
    assert all(
        at.state == "undecided" and at.calls_at_best for n, at in zip(images, standings, strict=True) if n
    )


def test_calls_go_where_a_claim_is_least_certain_yet_decidable() -> None:
    claims = [
        Claim("nearly confirmed", 0.1, 0.9),
        Claim("new", 0.1, 0.9),
        Claim("hopeless", 0.5, 0.5),
        Claim("dear", 0.3, 0.34),
    ]
    nearly, new, hopeless, dear = after(claims, [[1.0], [], [0.0, 1.0] * 40, []])
    assert new.certainty < nearly.certainty < 1.0
    assert hopeless.calls_left is None
    assert dear.calls_left is not None and dear.calls_left > 200
    images = plan([nearly, new, hopeless, dear], budget_calls=6, round_calls=4)
    assert images[2:] == (0, 0)
    assert images[1] > images[0]
    assert sum(images) == 4
    with_more = plan([nearly, new, hopeless, dear], budget_calls=400, round_calls=40)
    assert with_more[3] > with_more[0]


def test_a_planned_confirmation_decides_all_within_its_budget() -> None:
    rng = np.random.default_rng(4)
    rates = [0.9, 0.45, 0.02, 0.9]
    confirmation = Confirmation([Claim(f"{n}", 0.15, 0.8, QUESTIONS) for n in range(4)])
    budget = 1200
    while budget > 0 and any(images := plan(confirmation.standings(), budget_calls=budget, round_calls=24)):
        for n, count in enumerate(images):
            for share in shares(rng, rates[n], count):
                confirmation.observe(n, share)
            budget -= count * QUESTIONS
    assert [at.state for at in confirmation.standings()] == ["confirmed", "confirmed", "refuted", "confirmed"]
    assert budget > 300


@pytest.mark.parametrize("alpha", [0.0, 1.0, math.nan])
def test_alpha_is_checked(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha lies between 0 and 1"):
        Confirmation([], alpha=alpha)


@pytest.mark.parametrize(
    "bad", [Claim("a", 0.0, 0.5), Claim("a", 1.0, 0.5), Claim("a", 0.5, 1.5), Claim("a", 0.5, 0.5, 0)]
)
def test_claims_are_checked(bad: Claim) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|from 0 to 1"):
        Confirmation([bad])


def test_no_claims() -> None:
    assert Confirmation([]).standings() == ()
    assert plan([], budget_calls=10, round_calls=10) == ()
