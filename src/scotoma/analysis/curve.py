"""Training probes -> one StepFigures a step: the curves of a run. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from scotoma.analysis.figures import scored
from scotoma.records import Probe


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step. Shares are None where nothing was asked of that kind.

    reward:  mean over the probes that have one.  mean_skills: over valid questions with known skills.
    new_compositions: sets of skills asked validly for the first time.  seen_compositions: all so far.
    distinct_compositions: sets of skills among this step's valid questions.
    terms:   mean of each reward term over the probes that have it.
    """

    step: int
    asked: int
    valid: int
    failures: int
    unscorable: int
    reward: float | None
    mean_skills: float | None
    new_compositions: int
    seen_compositions: int
    distinct_compositions: int
    terms: Mapping[str, float]

    @property
    def fdr_asked(self) -> float | None:
        """Failures / asked."""
        return self.failures / self.asked if self.asked else None

    @property
    def fdr_valid(self) -> float | None:
        """Failures / valid."""
        return self.failures / self.valid if self.valid else None

    @property
    def valid_share(self) -> float | None:
        """Valid / asked."""
        return self.valid / self.asked if self.asked else None


def curve(probes: Iterable[Probe]) -> tuple[StepFigures, ...]:
    """The steps of a training phase, in order."""
    steps: dict[int, list[Probe]] = defaultdict(list)
    for probe in probes:
        steps[probe.step].append(probe)
    seen: set[tuple[str, ...]] = set()
    figures = []
    for step in sorted(steps):
        at_step = _step(step, steps[step], seen)
        seen |= {probe.verdict.skills for probe in steps[step] if scored(probe) and probe.verdict.skills}
        figures.append(at_step)
    return tuple(figures)


def smoothed(values: Sequence[float | None], half_window: int) -> tuple[float | None, ...]:
    """Centred moving mean over 2 * half_window + 1 entries, Nones left out; shorter at the ends."""
    means: list[float | None] = []
    for place in range(len(values)):
        window = values[max(0, place - half_window) : place + half_window + 1]
        known = [value for value in window if value is not None]
        means.append(sum(known) / len(known) if known else None)
    return tuple(means)


def _step(step: int, probes: Sequence[Probe], seen: set[tuple[str, ...]]) -> StepFigures:
    valid = [probe for probe in probes if scored(probe)]
    rewards = [probe.reward for probe in probes if probe.reward is not None]
    skills = [len(probe.verdict.skills) for probe in valid if probe.verdict.skills]
    now = {probe.verdict.skills for probe in valid if probe.verdict.skills}
    return StepFigures(
        step=step,
        asked=len(probes),
        valid=len(valid),
        failures=sum(probe.verdict.failure for probe in probes),
        unscorable=sum(probe.verdict.unscorable for probe in probes),
        reward=fsum(rewards) / len(rewards) if rewards else None,
        mean_skills=sum(skills) / len(skills) if skills else None,
        new_compositions=len(now - seen),
        seen_compositions=len(now | seen),
        distinct_compositions=len(now),
        terms=_mean_terms(probes),
    )


def _mean_terms(probes: Sequence[Probe]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for probe in probes:
        for term, value in probe.rewards.items():
            if value is not None:
                values[term].append(value)
    return {term: fsum(values[term]) / len(values[term]) for term in sorted(values)}
