"""Two runs on one candidate -> the difference of their failure rates, paired by image. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scotoma.analysis.figures import compare_phases
from scotoma.analysis.statistics import Comparison
from scotoma.comparing.reading import ReadRun
from scotoma.records import Probe

Where = Literal["discovery", "held out"]


@dataclass(frozen=True, slots=True)
class Difference:
    """FDR of one run beside another's, where: over all asked and over valid; None where no interval would be honest.

    shared: images that both asked about; images: that any of them did. Paired on those that are shared; with none the
    two are told apart as two samples of images.
    verifiers: both, if they differ: the difference is then also that of who judged.
    """

    first: str
    second: str
    where: Where
    over_asked: Comparison | None
    over_valid: Comparison | None
    shared: int
    images: int
    verifiers: tuple[str, str] | None = None

    @property
    def paired(self) -> bool:
        """Did both ask about any image?"""
        return self.shared > 0


def differences(
    runs: Sequence[ReadRun], cut: Mapping[str, Sequence[Probe]], *, seed: int = 0
) -> tuple[Difference, ...]:
    """Every two runs on the same candidate: their discovery, as `cut` has it by label, and their held-out phases.

    Each interval is at 95% by itself, however many there are. seed: of the bootstrap.
    """
    found: list[Difference] = []
    for first, second in itertools.combinations(runs, 2):
        if first.setting.candidate != second.setting.candidate:
            continue
        found.append(_difference(first, second, "discovery", cut[first.label], cut[second.label], seed))
        if first.held_out and second.held_out:
            found.append(_difference(first, second, "held out", first.held_out, second.held_out, seed))
    return tuple(found)


def _difference(
    first: ReadRun,
    second: ReadRun,
    where: Where,
    mine: Sequence[Probe],
    other: Sequence[Probe],
    seed: int,
) -> Difference:
    sides = [{probe.image_id for probe in probes} for probes in (mine, other)]
    beside = compare_phases((first.label, mine), (second.label, other), seed=seed)
    verifiers = first.setting.verifier, second.setting.verifier
    return Difference(
        first.label,
        second.label,
        where,
        beside.over_asked,
        beside.over_valid,
        len(sides[0] & sides[1]),
        len(sides[0] | sides[1]),
        verifiers if verifiers[0] != verifiers[1] else None,
    )
