"""Evidence by betting: fair under the null, growing under the alternative, indifferent to order and to peeking."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.betting import BETS, BOLDEST, MEANS, Wager, anytime_interval, bets

means = st.floats(0.01, 0.99)
shares = st.lists(st.floats(0.0, 1.0), max_size=40)


def evidence(observed: list[float], mean: float, *, above: bool) -> float:
    wager = Wager(mean, above=above)
    for share in observed:
        wager.observe(share)
    return wager.log_e


@given(means, st.booleans())
def test_no_bet_can_lose_everything(mean: float, above: bool) -> None:
    bet_B = bets(mean, above=above)
    assert len(bet_B) == BETS
    assert (bet_B > 0).all() == above
    for share in (0.0, 1.0):
        assert (1 + bet_B * (share - mean) >= 1 - BOLDEST - 1e-9).all()


@given(means, st.booleans(), st.integers(1, 6))
def test_wealth_is_a_martingale_at_the_mean(mean: float, above: bool, rounds: int) -> None:
    """Over all outcomes of fair coins with this mean, the expected e-value is exactly 1."""
    expected = sum(
        math.prod(mean if share else 1 - mean for share in outcome)
        * math.exp(evidence(list(outcome), mean, above=above))
        for outcome in product((0.0, 1.0), repeat=rounds)
    )
    assert expected == pytest.approx(1.0)


@given(shares, means, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_observations_does_not_matter(observed, mean, above, random) -> None:
    shuffled = list(observed)
    random.shuffle(shuffled)
    assert evidence(shuffled, mean, above=above) == pytest.approx(evidence(observed, mean, above=above))


@given(shares, means)
def test_sides_mirror_each_other(observed: list[float], mean: float) -> None:
    turned = evidence([1 - share for share in observed], 1 - mean, above=False)
    assert turned == pytest.approx(evidence(observed, mean, above=True), abs=1e-6)


def test_known_wealth() -> None:
    """One hit against a mean of one half: the average of 1 + BOLDEST * d / BETS over the grid."""
    assert math.exp(evidence([1.0], 0.5, above=True)) == pytest.approx(1 + BOLDEST * (BETS + 1) / (2 * BETS))


def test_evidence_grows_as_foreseen() -> None:
    observed = [1.0, 0.0, 0.5, 1.0] * 100
    wager = Wager(0.3, above=True)
    for share in observed:
        wager.observe(share)
    foreseen = 400 * wager.growth([0.0, 0.5, 1.0], [1, 1, 2])
    assert foreseen - math.log(BETS) <= wager.log_e <= foreseen
    assert Wager(0.3, above=False).growth([0.0, 0.5, 1.0], [1, 1, 2]) < 0


@given(st.lists(st.floats(0.0, 1.0), max_size=60))
def test_intervals_hold_the_mean_of_what_was_seen_and_narrow(observed: list[float]) -> None:
    low, high = anytime_interval(observed)
    assert 0.0 <= low <= high <= 1.0
    mean = sum(observed) / len(observed) if observed else 0.5
    ever = [anytime_interval(observed[:n]) for n in (len(observed) // 2, len(observed))]
    assert ever[0][0] <= ever[1][0] and ever[1][1] <= ever[0][1]
    if len(set(observed)) <= 1:
        assert low - 1 / MEANS <= mean <= high + 1 / MEANS


def test_intervals_cover_at_all_times() -> None:
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(40):
        observed = rng.beta(0.6, 1.4, 150)  # mean 0.3, mostly near 0 and 1
        low, high = anytime_interval(observed.tolist())
        missed += not low <= 0.3 <= high
        assert high - low < 0.35
    assert missed <= 2


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_bad_observations_and_means(bad: float) -> None:
    with pytest.raises(ValueError, match="a share from 0 to 1"):
        Wager(0.5, above=True).observe(bad)
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        Wager(bad, above=True)
