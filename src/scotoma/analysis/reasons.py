"""Probes -> why questions were invalid, and why some could not be scored. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scotoma.records import Probe, Verdict


@dataclass(frozen=True, slots=True)
class ReasonFigures:
    """How many probes were set aside for this reason. share: of all that were asked."""

    kind: Literal["invalid", "unscorable"]
    reason: str
    count: int
    share: float


def reasons(probes: Iterable[Probe]) -> tuple[ReasonFigures, ...]:
    """The reasons of all that was not scored: invalid ones first, then unscorable ones, each by how often."""
    verdicts = [probe.verdict for probe in probes]
    counts = Counter((_kind(verdict), verdict.reason) for verdict in verdicts)
    return tuple(
        ReasonFigures(kind, reason, count, count / len(verdicts))
        for (kind, reason), count in sorted(
            counts.items(), key=lambda entry: (str(entry[0][0]), -entry[1], entry[0][1])
        )
        if kind is not None
    )


def _kind(verdict: Verdict) -> Literal["invalid", "unscorable"] | None:
    if verdict.valid is False:
        return "invalid"
    return "unscorable" if verdict.unscorable else None
