"""Probes with labels -> what is counted: scored and labelled ones, and the others by reason."""

from __future__ import annotations

import asyncio
from collections import Counter

from runs import synthetic_images, synthetic_probes
from scotoma.analysis.figures import scored
from scotoma.labelling import Label, NearestLabeller, label_probes
from scotoma.taxonomy import asked_of


def test_scored_questions_are_counted_and_no_others() -> None:
    probes = list(synthetic_probes(synthetic_images(20), steps=4, held_out=4))
    labels = asyncio.run(label_probes(probes, NearestLabeller()))
    asked, unlabelled = asked_of("mini", probes, labels)
    counted = [probe for probe in probes if scored(probe)]
    assert len(counted) < len(probes)
    assert [one.text for one in asked] == [probe.question.text for probe in counted]
    assert sum(one.failed for one in asked) == sum(probe.verdict.failure for probe in probes)
    assert {one.candidate for one in asked} == {"mini"}
    assert unlabelled == Counter()


def test_unlabelled_ones_are_counted_by_reason() -> None:
    probes = [probe for probe in synthetic_probes(synthetic_images(20), steps=2, held_out=4) if scored(probe)]
    labels = {
        probe.key: Label(("colour",)) if number % 3 else Label((), "nothing_near", "far")
        for number, probe in enumerate(probes)
    }
    asked, unlabelled = asked_of("mini", probes, labels)
    assert unlabelled == {"nothing_near": len(probes) - len(asked)}
    assert len(asked) == sum(number % 3 > 0 for number in range(len(probes)))
