"""Probes of one phase -> PhaseFigures: how much was asked, how much was valid, how much failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scotoma.analysis.statistics import (
    Comparison,
    Floats,
    Interval,
    compare_rates,
    rate_interval,
    sums_by_image,
)
from scotoma.records import Probe


@dataclass(frozen=True, slots=True)
class PhaseFigures:
    """What came of the questions of one phase.

    asked:       every question put, unscorable ones included.
    valid:       judged valid and answered with something that could be judged.  failures: those answered
                 wrongly.
    invalid:     judged invalid.  unscorable: neither; asked = valid + invalid + unscorable.
    fdr_asked:   failures / asked.  fdr_valid: failures / valid.  valid_share: valid / asked.
    compositions: distinct sets of skills among the valid ones.  mean_skills: skills a valid question, on
                  average.
    """

    phase: str
    asked: int
    valid: int
    invalid: int
    unscorable: int
    failures: int
    images: int
    fdr_asked: Interval | None
    fdr_valid: Interval | None
    valid_share: Interval | None
    compositions: int
    mean_skills: float | None


def scored(probe: Probe) -> bool:
    """Valid, and the answer could be judged: what failure rates are taken over."""
    return probe.verdict.valid is True and probe.verdict.correct is not None


def phase_figures(phase: str, probes: Sequence[Probe], *, seed: int = 0) -> PhaseFigures:
    """The figures of one phase; shares without a denominator are None. seed: of the bootstrap."""
    valid = [probe for probe in probes if scored(probe)]
    invalid = sum(probe.verdict.valid is False for probe in probes)
    skills = [len(probe.verdict.skills) for probe in valid if probe.verdict.skills]
    _, (failures_C, valid_C, asked_C) = _sums(probes)
    return PhaseFigures(
        phase=phase,
        asked=len(probes),
        valid=len(valid),
        invalid=invalid,
        unscorable=len(probes) - len(valid) - invalid,
        failures=sum(probe.verdict.failure for probe in probes),
        images=len(asked_C),
        fdr_asked=rate_interval(failures_C, asked_C, seed=seed),
        fdr_valid=rate_interval(failures_C, valid_C, seed=seed),
        valid_share=rate_interval(valid_C, asked_C, seed=seed),
        compositions=len({probe.verdict.skills for probe in valid if probe.verdict.skills}),
        mean_skills=sum(skills) / len(skills) if skills else None,
    )


@dataclass(frozen=True, slots=True)
class PhaseComparison:
    """FDR of one phase beside another's, over all asked and over valid, paired by image; None: undefined."""

    first: str
    second: str
    over_asked: Comparison | None
    over_valid: Comparison | None


def compare_phases(
    first: tuple[str, Sequence[Probe]], second: tuple[str, Sequence[Probe]], *, seed: int = 0
) -> PhaseComparison:
    """Two named phases side by side. Images seen in only one of them count in that one alone."""
    both = [*first[1], *second[1]]
    mine = [probe_no < len(first[1]) for probe_no in range(len(both))]
    valid = [scored(probe) for probe in both]
    failed = [probe.verdict.failure for probe in both]
    _, sums = sums_by_image(
        [probe.image_id for probe in both],
        [a and f for a, f in zip(mine, failed, strict=True)],
        mine,
        [not a and f for a, f in zip(mine, failed, strict=True)],
        [not a for a in mine],
        [a and v for a, v in zip(mine, valid, strict=True)],
        [not a and v for a, v in zip(mine, valid, strict=True)],
    )
    failed_1, asked_1, failed_2, asked_2, valid_1, valid_2 = sums
    return PhaseComparison(
        first=first[0],
        second=second[0],
        over_asked=compare_rates((failed_1, asked_1), (failed_2, asked_2), seed=seed),
        over_valid=compare_rates((failed_1, valid_1), (failed_2, valid_2), seed=seed),
    )


def _sums(probes: Sequence[Probe]) -> tuple[tuple[str, ...], tuple[Floats, ...]]:
    return sums_by_image(
        [probe.image_id for probe in probes],
        [probe.verdict.failure for probe in probes],
        [scored(probe) for probe in probes],
        [1.0] * len(probes),
    )
