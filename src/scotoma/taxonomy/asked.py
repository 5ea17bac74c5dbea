"""Probes + labels -> what a taxonomy counts: scored questions with their skills; and why others are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scotoma.analysis.figures import scored
from scotoma.labelling.labels import Label
from scotoma.labelling.probes import ProbeKey
from scotoma.records import Probe


@dataclass(frozen=True, slots=True)
class Asked:
    """A valid question whose answer could be judged.

    candidate: who answered, its SPEC.  image_id: of which image; questions about one image are not independent.
    skills:    what it needs: ids of the catalogue, or phrases.  failed: was the answer wrong?
    """

    candidate: str
    image_id: str
    text: str
    skills: tuple[str, ...]
    failed: bool


def asked_of(
    candidate: str, probes: Iterable[Probe], labels: Mapping[ProbeKey, Label]
) -> tuple[list[Asked], Counter[str]]:
    """The scored and labelled questions of a run, in order; and how many scored ones are unlabelled, by reason."""
    kept: list[Asked] = []
    unlabelled: Counter[str] = Counter()
    for probe in probes:
        if not scored(probe):
            continue
        label = labels[probe.key]
        if label.skills:
            failed = probe.verdict.failure
            kept.append(Asked(candidate, probe.image_id, probe.question.text, label.skills, failed))
        else:
            unlabelled[label.reason] += 1
    return kept, unlabelled
