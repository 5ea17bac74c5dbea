"""Skills of every probe: exact where the verdict has them, asked for once elsewhere, none for invalid questions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from runs import synthetic_images, synthetic_probes
from scotoma.errors import SpecError
from scotoma.labelling import Label, NearestLabeller, label_probes, open_labeller
from scotoma.labelling.opening import LABELLER_CALLS, open_labelling_model
from scotoma.models.cached import CachedCalls, MemoryCalls
from scotoma.models.guard import Budget
from scotoma.records import Probe


class Recorder:
    """Labels everything "colour" and remembers what it was asked."""

    name = "recorder"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def label(self, questions: Sequence[str]) -> list[Label]:
        self.asked += questions
        return [Label(("colour",)) for _ in questions]


@pytest.fixture(scope="module")
def probes() -> list[Probe]:
    images = synthetic_images(20)
    return list(synthetic_probes(images, steps=4, held_out=4))


def test_exact_skills_are_taken_and_nobody_is_asked(probes: list[Probe]) -> None:
    recorder = Recorder()
    known = [probe for probe in probes if probe.verdict.valid is not False]
    labels = asyncio.run(label_probes(probes, recorder))
    assert recorder.asked == []
    assert labels == {probe.key: Label(probe.verdict.skills) for probe in known}
    assert len(known) < len(probes)


def test_the_rest_is_asked_for_once_a_question(probes: list[Probe]) -> None:
    recorder = Recorder()
    blind = [replace(probe, verdict=replace(probe.verdict, skills=())) for probe in probes]
    labels = asyncio.run(label_probes(blind, recorder))
    assert len(recorder.asked) == len(set(recorder.asked))
    assert set(labels) == {probe.key for probe in probes if probe.verdict.valid is not False}


def test_opening_a_labeller() -> None:
    calls = CachedCalls(MemoryCalls(), Budget(), LABELLER_CALLS)
    assert open_labelling_model("catalogue") is None
    assert isinstance(open_labeller(None, calls), NearestLabeller)
    with pytest.raises(SpecError, match="unknown labeller 'gpt'"):
        open_labelling_model("gpt")
