"""Probes of discovery in the order asked, a number of candidate calls -> what those calls paid for. Pure.

The same question about the same image is answered once and looked up ever after, and a question that is screened out
as invalid is never put to the candidate: neither is a call.
"""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.records import Probe


def calls_of(probes: Sequence[Probe]) -> int:
    """Candidate calls that these probes took: distinct questions by image that were put to it, failed ones included."""
    return len({_call(probe) for probe in probes if probe.answer is not None})


def within_calls(probes: Sequence[Probe], calls: int) -> list[Probe]:
    """The probes up to, and without, the first one that would take more than so many calls."""
    paid: set[tuple[str, str]] = set()
    kept: list[Probe] = []
    for probe in probes:
        if probe.answer is not None:
            paid.add(_call(probe))
            if len(paid) > calls:
                break
        kept.append(probe)
    return kept


def _call(probe: Probe) -> tuple[str, str]:
    return probe.image_id, probe.question.text
