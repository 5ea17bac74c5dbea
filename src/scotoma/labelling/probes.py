"""Probes + labeller -> the label of every question: exact where the verifier knew the skills, else the labeller's."""

from __future__ import annotations

from collections.abc import Iterable

from scotoma.labelling.labels import Label, Labeller
from scotoma.records import Probe

ProbeKey = tuple[str, int, int, int]


async def label_probes(probes: Iterable[Probe], labeller: Labeller) -> dict[ProbeKey, Label]:
    """Key of each probe -> its label. Questions that never came, or that are invalid, have none.

    A verdict's own skills are exact (the tabletop's grammar reads them off the question) and are taken as they are. The
    rest is put to the labeller, each distinct question once.
    Raises what the labeller raises.
    """
    labels: dict[ProbeKey, Label] = {}
    asked: dict[str, list[ProbeKey]] = {}
    for probe in probes:
        if probe.verdict.valid is False or not probe.question.text:
            continue
        if probe.verdict.skills:
            labels[probe.key] = Label(probe.verdict.skills)
        else:
            asked.setdefault(probe.question.text, []).append(probe.key)
    found = await labeller.label(list(asked)) if asked else []
    for label, keys in zip(found, asked.values(), strict=True):
        labels.update(dict.fromkeys(keys, label))
    return labels
