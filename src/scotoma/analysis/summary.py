"""Probes -> Summary: every figure that the report, the terminal and `--json` show. Pure.

Phases: "train" and whatever else is not "eval:*" is discovery; "eval:NAME" is a frozen questioner on held-out
images; "confirm" asks for what was claimed, so that its rates say nothing of discovery, and is left out here. Failure
rates by skill are taken over discovery, where the support is; what stands out there is looked up in the held-out
phases as well, where nothing was chosen by looking at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from scotoma.analysis.breakdown import GroupFigures, Tally, by_combination, by_composition
from scotoma.analysis.combinations import Combination, standing_out
from scotoma.analysis.curve import StepFigures, curve
from scotoma.analysis.features import Conditions, ProbeTable
from scotoma.analysis.figures import PhaseComparison, PhaseFigures, compare_phases, phase_figures
from scotoma.records import Probe

EVALUATION = "eval:"
"""How the name of a held-out phase begins; the rest names the questioner ("trained", "random")."""

CONFIRMATION = "confirm"
TRAINING = "train"
BASELINES = ("eval:random", "eval:static", "eval:untrained")
JUDGED = ("eval:trained", "eval:bandit", "eval:feedback")
"""What an engine that learns is judged by; a run has one of them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a run.

    phases:       one entry a phase, discovery first, then evaluations: baselines before what the run is judged by.
    comparisons:  what the run is judged by, beside each baseline that was evaluated.
    skills, pairs, compositions: failure rates over discovery (over everything, if there was no discovery).
    combinations: the failure modes, see `combinations.standing_out`.
    curve:        the steps of training.
    """

    phases: tuple[PhaseFigures, ...]
    comparisons: tuple[PhaseComparison, ...]
    skills: tuple[GroupFigures, ...]
    pairs: tuple[GroupFigures, ...]
    compositions: tuple[GroupFigures, ...]
    combinations: tuple[Combination, ...]
    curve: tuple[StepFigures, ...]

    def phase(self, name: str) -> PhaseFigures | None:
        """The figures of a phase, if it took place."""
        return next((figures for figures in self.phases if figures.phase == name), None)

    @property
    def evaluations(self) -> tuple[PhaseFigures, ...]:
        """The held-out phases."""
        return tuple(figures for figures in self.phases if is_evaluation(figures.phase))

    @property
    def headline(self) -> PhaseFigures | None:
        """The phase that the run is judged by: the questioner that learned, held out, else the last phase."""
        return next(filter(None, map(self.phase, JUDGED)), self.phases[-1] if self.phases else None)


def is_evaluation(phase: str) -> bool:
    """Is this a held-out phase?"""
    return phase.startswith(EVALUATION)


def summarise(probes: Iterable[Probe], *, seed: int = 0, conditions: Conditions | None = None) -> Summary:
    """The figures of a run. seed: of the bootstrap; the same probes and seed give the same figures.

    conditions: what a probe meets beside its skills, where the truth tells (see `conditions`).
    """
    phases: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        if probe.phase != CONFIRMATION:
            phases[probe.phase].append(probe)
    names = sorted(phases, key=_order)
    discovery = [probe for name in names if not is_evaluation(name) for probe in phases[name]]
    held_out = [probe for name in names if is_evaluation(name) for probe in phases[name]]
    tally = Tally.of(discovery or held_out)
    return Summary(
        phases=tuple(phase_figures(name, phases[name], seed=seed) for name in names),
        comparisons=_comparisons(phases, seed),
        skills=by_combination(tally, 1),
        pairs=by_combination(tally, 2),
        compositions=by_composition(tally),
        combinations=standing_out(
            ProbeTable.of(sorted(discovery or held_out, key=lambda probe: probe.key), conditions),
            ProbeTable.of(held_out if discovery else (), conditions),
            seed=seed,
        ),
        curve=curve(phases.get(TRAINING, ())),
    )


def _comparisons(phases: dict[str, list[Probe]], seed: int) -> tuple[PhaseComparison, ...]:
    return tuple(
        compare_phases((judged, phases[judged]), (name, phases[name]), seed=seed)
        for judged in JUDGED
        for name in BASELINES
        if judged in phases and name in phases
    )


def _order(phase: str) -> tuple[int, int, str]:
    """Discovery, then baselines in their order, then other evaluations, then the questioner that learned."""
    if not is_evaluation(phase):
        return (0, 0, phase)
    if phase in JUDGED:
        return (3, 0, phase)
    return (1, BASELINES.index(phase), phase) if phase in BASELINES else (2, 0, phase)
