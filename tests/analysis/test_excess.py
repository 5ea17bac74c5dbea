"""p-values of an excess: exact without clusters, larger with them, and never below the quick bound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom

from scotoma.analysis.excess import excess_p_value, least_p_value
from scotoma.analysis.statistics import Floats


def apart(hits: int, trials: int) -> tuple[Floats, Floats]:
    """Each question on an image of its own."""
    return np.array([1.0] * hits + [0.0] * (trials - hits)), np.ones(trials)


counts = st.tuples(st.integers(2, 60), st.integers(2, 200)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)
clustered = st.lists(
    st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=25
)


@given(counts)
def test_without_clusters_it_is_fishers_test(given: tuple[int, int, int, int]) -> None:
    hits, trials, other_hits, other_trials = given
    p = excess_p_value(apart(hits, trials), apart(other_hits, other_trials))
    table = [[hits, trials - hits], [other_hits, other_trials - other_hits]]
    assert p == pytest.approx(fisher_exact(table, alternative="greater").pvalue, rel=1e-6, abs=1e-12)


@given(clustered, clustered)
@settings(max_examples=300)
def test_the_quick_bound_is_a_bound(own: list[tuple[int, int]], rest: list[tuple[int, int]]) -> None:
    sums = [tuple(np.array(column, float) for column in zip(*pairs, strict=True)) for pairs in (own, rest)]
    p = excess_p_value((sums[0][0], sums[0][1]), (sums[1][0], sums[1][1]))
    totals = [np.array([column.sum()]) for side in sums for column in side]
    higher = totals[0] / totals[1] > totals[2] / totals[3]
    bound = least_p_value(*totals)
    assert (bound <= p + 1e-12).all() or not higher.all()
    assert (bound == 1.0).all() or higher.all()


@pytest.mark.parametrize(("trials", "rest_trials"), [(30, 30), (60, 400), (400, 60), (25, 100_000)])
def test_the_quick_bound_is_one_of_fishers_test(trials: int, rest_trials: int) -> None:
    rng = np.random.default_rng(trials)
    rate, rest_rate = np.sort(rng.beta(0.5, 0.5, (2, 10_000)), axis=0)[::-1]
    hits, rest_hits = rng.binomial(trials, rate), rng.binomial(rest_trials, rest_rate)
    both = np.full(10_000, trials), np.full(10_000, rest_trials)
    exact = hypergeom.sf(hits - 1, trials + rest_trials, hits + rest_hits, trials)
    bound = least_p_value(*(np.asarray(part, float) for part in (hits, both[0], rest_hits, both[1])))
    higher = hits / trials > rest_hits / rest_trials
    assert higher.sum() > 5000
    assert (bound[higher] <= exact[higher] * (1 + 1e-9) + 1e-290).all()


def test_failures_that_cluster_say_less() -> None:
    rest = apart(6, 200)
    spread = (np.full(20, 1.0), np.full(20, 4.0))
    whole_images = (np.array([4.0] * 5 + [0.0] * 15), np.full(20, 4.0))
    assert excess_p_value(spread, rest) < 1e-4 * excess_p_value(whole_images, rest)


def test_nothing_says_nothing() -> None:
    empty = np.zeros(5), np.zeros(5)
    assert excess_p_value(empty, apart(1, 5)) == excess_p_value(apart(5, 5), empty) == 1.0
    assert least_p_value(*(np.array([n]) for n in (5.0, 5.0, 0.0, 0.0))).tolist() == [1.0]


def test_known_values() -> None:
    """Fisher's tea (1935): 3 of 4 against 1 of 4 is 17 / 70."""
    assert excess_p_value(apart(3, 4), apart(1, 4)) == pytest.approx(17 / 70)
    assert excess_p_value(apart(8, 8), apart(0, 8)) == pytest.approx(1 / 12870)
