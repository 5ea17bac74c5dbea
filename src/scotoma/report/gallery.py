"""Failures -> those worth showing: spread over compositions and images, held-out ones first. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from scotoma.analysis.summary import JUDGED, TRAINING, is_evaluation
from scotoma.records import Probe

CARDS = 36
"""Failures shown, if there are as many."""


def choose_failures(probes: Iterable[Probe], cards: int = CARDS) -> tuple[Probe, ...]:
    """Up to `cards` failures: one of each composition in turn, compositions with most failures first.

    Within a composition: an image and a wording not shown yet, then held out and asked by what learned,
    then late training.
    """
    failures = [probe for probe in probes if probe.verdict.failure]
    by_skills: dict[tuple[str, ...], list[Probe]] = defaultdict(list)
    for probe in sorted(failures, key=_preference):
        by_skills[probe.verdict.skills].append(probe)
    queues = sorted(by_skills.values(), key=lambda queue: (-len(queue), queue[0].verdict.skills))
    shown_images: Counter[str] = Counter()
    shown_texts: Counter[str] = Counter()
    chosen: list[Probe] = []
    while queues and len(chosen) < cards:
        for queue in queues[: cards - len(chosen)]:
            at, probe = min(
                enumerate(queue),
                key=lambda entry: (
                    shown_images[entry[1].image_id],
                    shown_texts[entry[1].question.text],
                    entry[0],
                ),
            )
            del queue[at]
            chosen.append(probe)
            shown_images[probe.image_id] += 1
            shown_texts[probe.question.text] += 1
        queues = [queue for queue in queues if queue]
    return tuple(chosen)


def _preference(probe: Probe) -> tuple[int, int, int, int]:
    kind = (
        0
        if probe.phase in JUDGED
        else 1
        if probe.phase == TRAINING
        else 2
        if is_evaluation(probe.phase)
        else 3
    )
    return (kind, -probe.step, probe.group, probe.member)
