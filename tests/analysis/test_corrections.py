"""Every raw rate over valid has its corrected one beside it, or the reason why there is none."""

from __future__ import annotations

import pytest

from runs import synthetic_images, synthetic_probes
from scotoma.analysis.calibration import Accuracy, Rate
from scotoma.analysis.correction import corrected
from scotoma.analysis.corrections import corrections
from scotoma.analysis.statistics import Interval
from scotoma.analysis.summary import Summary, summarise


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarise(synthetic_probes(synthetic_images(80), steps=20, held_out=30))


def rate(share: float) -> Rate:
    one = Interval(share, max(0.0, share - 0.02), min(1.0, share + 0.02), 1000, 200, "wilson")
    return Rate(one, one)


def test_rates_stand_beside_their_raw_ones(summary: Summary) -> None:
    correctness = Accuracy(rate(0.95), rate(0.9), None)
    found = corrections(summary, correctness)
    assert found.reason == ""
    assert len(summary.phases) == len(found.phases) == 4
    for at in summary.phases:
        assert at.fdr_valid is not None
        assert found.phases[at.phase] == corrected(at.fdr_valid, correctness)
        assert found.phases[at.phase].raw == at.fdr_valid
    assert summary.combinations
    assert [row.raw for row in found.combinations] == [row.discovered.rate for row in summary.combinations]


def test_a_verifier_that_guesses_corrects_nothing_and_says_why(summary: Summary) -> None:
    found = corrections(summary, Accuracy(rate(0.5), rate(0.4), None))
    assert "tells nothing" in found.reason
    assert all(each.corrected is None for each in (*found.phases.values(), *found.combinations))


def test_a_run_without_probes_has_nothing_to_correct() -> None:
    found = corrections(summarise([]), Accuracy(rate(0.9), rate(0.9), None))
    assert (dict(found.phases), found.combinations, found.reason) == ({}, (), "")
