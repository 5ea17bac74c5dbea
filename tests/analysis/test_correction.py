"""Rates corrected for a verifier's mistakes: the known formula, intervals that cover, None where none can be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.calibration import Accuracy, Rate
from scotoma.analysis.correction import corrected, effective_size
from scotoma.analysis.statistics import Interval, rate_interval, wilson_ends, wilson_interval


def interval(hits: int, trials: int) -> Interval:
    """Each trial on an image of its own."""
    found = wilson_interval(np.array([1.0] * hits + [0.0] * (trials - hits)), np.ones(trials))
    assert found is not None
    return found


def rate(hits: int, trials: int) -> Rate:
    return Rate(interval(hits, trials), interval(hits, trials))


def verifier(clears: tuple[int, int], finds: tuple[int, int]) -> Accuracy:
    """clears: right answers judged right, of how many; finds: wrong answers judged wrong, of how many."""
    return Accuracy(rate(*clears), rate(*finds), None)


share = st.tuples(st.integers(0, 200), st.integers(1, 200)).map(lambda pair: (min(pair), pair[1]))


def test_known_value() -> None:
    """23 of 150 positive with a test of sensitivity 96% and specificity 89%: 5.1% (epiR's manual, epi.prev)."""
    found = corrected(interval(23, 150), verifier(clears=(8900, 10000), finds=(9600, 10000)))
    assert found.corrected is not None
    assert found.corrected.estimate == pytest.approx(0.051, abs=5e-4)
    assert found.raw.estimate == pytest.approx(23 / 150)
    assert (found.corrected.method, found.corrected.n, found.corrected.level) == ("rogan_gladen", 150, 0.95)
    assert found.reason == ""


def test_a_verifier_that_is_never_wrong_changes_little() -> None:
    found = corrected(interval(60, 200), verifier(clears=(5000, 5000), finds=(5000, 5000)))
    assert found.corrected is not None
    assert found.corrected.estimate == pytest.approx(0.3)
    assert found.corrected.low == pytest.approx(found.raw.low, abs=0.005)
    assert found.corrected.high == pytest.approx(found.raw.high, abs=0.005)


@given(share, share, share)
def test_a_correction_is_a_rate_in_its_interval_or_a_reason(raw, clears, finds) -> None:
    found = corrected(interval(*raw), verifier(clears, finds))
    assert found.raw == interval(*raw)
    if clears[0] / clears[1] + finds[0] / finds[1] <= 1.0 + 1e-12:
        assert found.corrected is None
        assert "tells nothing" in found.reason
    elif found.corrected is not None:
        assert 0.0 <= found.corrected.low <= found.corrected.estimate <= found.corrected.high <= 1.0
        assert found.reason == ""


def test_what_is_not_known_of_the_verifier_widens_the_interval() -> None:
    raw = interval(60, 200)
    few, many = (corrected(raw, verifier((9 * n, 10 * n), (8 * n, 10 * n))).corrected for n in (5, 100))
    assert few is not None and many is not None
    assert few.estimate == pytest.approx(many.estimate)
    assert few.high - few.low > 1.3 * (many.high - many.low)


def test_without_calibrated_answers_nothing_is_corrected() -> None:
    raw = interval(5, 50)
    for half, kind in (
        (Accuracy(None, rate(9, 10), None), "right"),
        (Accuracy(rate(9, 10), None, None), "wrong"),
    ):
        found = corrected(raw, half)
        assert (found.raw, found.corrected) == (raw, None)
        assert found.reason == f"the calibration holds no {kind} answer that was judged"


def test_a_verifier_no_better_than_chance_corrects_nothing() -> None:
    found = corrected(interval(5, 50), verifier(clears=(70, 100), finds=(30, 100)))
    assert found.corrected is None
    assert found.reason.startswith("the verifier finds 30% of wrong answers and clears 70% of right ones")


@given(st.integers(1, 400), st.floats(0, 1))
def test_effective_size_inverts_wilson(n: int, p: float) -> None:
    low, high = wilson_ends(p, n)
    assert effective_size(Interval(p, low, high, 1000, 10)) == pytest.approx(n, rel=1e-3)
    assert effective_size(Interval(p, low, high, n // 2 + 1, 10)) <= n // 2 + 1


def test_intervals_cover_with_clustered_failures() -> None:
    """True rate 0.2 on 150 images of 6 questions whose rates differ; the verifier is measured on 200 of each kind."""
    rng = np.random.default_rng(1)
    true, finds, clears = 0.2, 0.85, 0.93
    covered = naive = 0
    for seed in range(300):
        rate_C = rng.beta(2 * true, 2 * (1 - true), 150)
        wrong_C = rng.binomial(6, rate_C)
        seen_C = rng.binomial(wrong_C, finds) + rng.binomial(6 - wrong_C, 1 - clears)
        raw = rate_interval(seen_C.astype(float), np.full(150, 6.0), seed=seed, replicates=400)
        assert raw is not None
        of_verifier = verifier((int(rng.binomial(200, clears)), 200), (int(rng.binomial(200, finds)), 200))
        found = corrected(raw, of_verifier).corrected
        assert found is not None
        covered += found.low <= true <= found.high
        naive += raw.low <= true <= raw.high
    assert covered / 300 >= 0.92
    assert naive / 300 < 0.9, "the raw rate must be off for this test to mean anything"
