"""Properties of the intervals: they hold the estimate, know clusters, repeat, and cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scotoma.analysis.statistics import (
    FEWEST_IMAGES,
    FEWEST_OF_EACH,
    Floats,
    compare_rates,
    effective_trials,
    rate_interval,
    sums_by_image,
    wilson_ends,
    wilson_interval,
)

counts = st.integers(0, 9).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
images = st.lists(counts, max_size=40)


def columns(pairs: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    """[(hits, trials)] -> (hits_C, trials_C)."""
    return np.array([hits for hits, _ in pairs], float), np.array([trials for _, trials in pairs], float)


@given(images, st.integers(0, 5))
def test_a_rate_lies_in_its_interval(pairs: list[tuple[int, int]], seed: int) -> None:
    hits_C, trials_C = columns(pairs)
    for interval in (
        rate_interval(hits_C, trials_C, seed=seed, replicates=200),
        wilson_interval(hits_C, trials_C),
    ):
        if not trials_C.sum():
            assert interval is None
            continue
        assert interval is not None
        assert 0.0 <= interval.low <= interval.estimate <= interval.high <= 1.0
        assert interval.estimate == pytest.approx(hits_C.sum() / trials_C.sum())
        assert interval.n == trials_C.sum()
        assert interval.images == (trials_C > 0).sum()


@given(images, st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(pairs: list[tuple[int, int]], random) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first, second = (rate_interval(*columns(some), seed=3, replicates=200) for some in (pairs, shuffled))
    if first is None or second is None:
        assert first is second
    else:
        assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_a_seed_repeats_and_another_one_differs() -> None:
    rng = np.random.default_rng(0)
    trials_C = rng.integers(1, 9, 300).astype(float)
    hits_C = rng.binomial(trials_C.astype(int), 0.3).astype(float)
    assert rate_interval(hits_C, trials_C, seed=1) == rate_interval(hits_C, trials_C, seed=1)
    assert rate_interval(hits_C, trials_C, seed=1) != rate_interval(hits_C, trials_C, seed=2)


@given(st.integers(1, 60), st.booleans())
def test_rates_of_0_and_1_have_a_width(clusters: int, all_hit: bool) -> None:
    trials_C = np.full(clusters, 4.0)
    interval = rate_interval(trials_C if all_hit else np.zeros(clusters), trials_C)
    assert interval is not None
    assert interval.method == "wilson"
    assert interval.high - interval.low > 1.0 / (4 * clusters)


def test_few_images_with_hits_or_with_misses_are_not_bootstrapped() -> None:
    trials_C = np.full(400, 4.0)
    for hit_images, whole, method in (
        (FEWEST_OF_EACH - 1, 2.0, "wilson"),
        (FEWEST_OF_EACH, 2.0, "bootstrap"),
    ):
        hits_C = np.where(np.arange(400) < hit_images, whole, 0.0)
        for turned in (hits_C, trials_C - hits_C):
            interval = rate_interval(turned, trials_C)
            assert interval is not None
            assert interval.method == method


@given(images)
def test_effective_trials_lie_between_kish_and_all(pairs: list[tuple[int, int]]) -> None:
    hits_C, trials_C = columns([pair for pair in pairs if pair[1]])
    if len(trials_C):
        n = effective_trials(hits_C, trials_C)
        assert trials_C.sum() ** 2 / (trials_C**2).sum() <= n + 1e-9
        assert n <= trials_C.sum() + 1e-9


def test_clustered_failures_widen_both_intervals() -> None:
    """Ten images of ten questions: whole images fail, or every image fails half the time."""
    trials_C = np.full(20, 10.0)
    clustered = np.repeat([0.0, 10.0], 10)
    spread = np.full(20, 5.0) + np.tile([-1.0, 1.0], 10)
    for interval in (rate_interval, wilson_interval):
        wide, narrow = interval(clustered, trials_C), interval(spread, trials_C)
        assert wide is not None
        assert narrow is not None
        assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_wilson_is_wilson() -> None:
    """Brown, Cai, DasGupta 2001: 0 of 10 gives [0, 0.2775]; 5 of 10 gives [0.2366, 0.7634]."""
    assert wilson_ends(0.0, 10.0) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson_ends(0.5, 10.0) == pytest.approx((0.2366, 0.7634), abs=1e-4)


@given(st.floats(0, 1), st.integers(1, 500), st.integers(1, 500))
def test_wilson_narrows_with_support(rate: float, few: int, more: int) -> None:
    (low_few, high_few), (low_more, high_more) = wilson_ends(rate, few), wilson_ends(rate, few + more)
    assert low_few <= low_more + 1e-12
    assert high_more <= high_few + 1e-12


@pytest.mark.parametrize(
    ("clusters", "p", "spread"), [(400, 0.3, 2.0), (60, 0.2, 1.0), (20, 0.9, 1.0), (200, 0.03, 4.0)]
)
def test_intervals_cover_simulated_clustered_data(clusters: int, p: float, spread: float) -> None:
    """Failure rates that differ by image (beta-binomial): 95% intervals hold the true rate that often."""
    rng = np.random.default_rng(11)
    covered = np.zeros(2)
    naive = 0
    rounds = 300
    for seed in range(rounds):
        rate_C = rng.beta(spread * p, spread * (1 - p), clusters)
        trials_C = rng.integers(4, 9, clusters).astype(float)
        hits_C = rng.binomial(trials_C.astype(int), rate_C).astype(float)
        intervals = (
            rate_interval(hits_C, trials_C, seed=seed, replicates=400),
            wilson_interval(hits_C, trials_C),
        )
        covered += [interval is not None and interval.low <= p <= interval.high for interval in intervals]
        low, high = wilson_ends(hits_C.sum() / trials_C.sum(), trials_C.sum())
        naive += low <= p <= high
    assert (covered / rounds >= 0.92).all()
    assert naive / rounds < 0.9, "the data are not clustered enough for this test to mean anything"


@given(images, images, st.integers(0, 3))
@settings(max_examples=60)
def test_a_comparison_holds_its_estimates(
    first: list[tuple[int, int]], second: list[tuple[int, int]], seed: int
) -> None:
    size = max(len(first), len(second))
    first, second = [*first, *[(0, 0)] * (size - len(first))], [*second, *[(0, 0)] * (size - len(second))]
    compared = compare_rates(columns(first), columns(second), seed=seed, replicates=200)
    trials = sum(t for _, t in first), sum(t for _, t in second)
    used = sum(a[1] + b[1] > 0 for a, b in zip(first, second, strict=True))
    if not all(trials) or used < FEWEST_IMAGES:
        assert compared is None
        return
    assert compared is not None
    rates = sum(h for h, _ in first) / trials[0], sum(h for h, _ in second) / trials[1]
    difference = compared.difference
    assert difference.estimate == pytest.approx(rates[0] - rates[1])
    assert difference.low <= difference.estimate <= difference.high
    if rates[1] == 0:
        assert compared.ratio is None
    else:
        assert compared.ratio is not None
        assert compared.ratio.estimate == pytest.approx(rates[0] / rates[1])
        assert 0 <= compared.ratio.low <= compared.ratio.estimate <= compared.ratio.high
        assert not math.isnan(compared.ratio.high)


def test_pairing_cancels_what_an_image_does_to_both() -> None:
    rng = np.random.default_rng(5)
    hard_C = rng.beta(0.6, 0.6, 200)
    trials_C = np.full(200, 8.0)
    first = rng.binomial(8, np.minimum(1, hard_C + 0.1)).astype(float)
    second = rng.binomial(8, hard_C).astype(float)
    paired = compare_rates((first, trials_C), (second, trials_C))
    unpaired = compare_rates((first, trials_C), (rng.permutation(second), trials_C))
    assert paired is not None
    assert unpaired is not None
    assert paired.difference.low > 0
    assert paired.difference.high - paired.difference.low < 0.7 * (
        unpaired.difference.high - unpaired.difference.low
    )


def test_sums_by_image() -> None:
    ids, (hits_C, trials_C) = sums_by_image(["b", "a", "b"], [True, False, True], [1, 1, 1])
    assert ids == ("a", "b")
    assert hits_C.tolist() == [0, 2]
    assert trials_C.tolist() == [1, 2]
    assert sums_by_image([], [], [])[0] == ()
