"""Probes -> what was asked for and what came of it, by sets of skills: all that an engine without training learns from.

The counts are a function of the probes alone, whatever their order: rebuilt from a ledger they are those of the run
that wrote it. Axes: `_A` one entry an arm, `_C` one a composition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scotoma.questioners.prompts import skills_asked
from scotoma.records import SKILLS, Composition, Probe

Arm = Composition
"""A set of skills that questions are asked for, in canonical order."""

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BIT = {skill: 1 << place for place, skill in enumerate(SKILLS)}


@dataclass
class Evidence:
    """Counts over scored and invalid questions; unscorable ones leave no trace.

    valid, failed: scored questions, and failures among them, by the composition that they needed: the verifier's word
                   where it has one, else the arm.
    asked:         questions asked for an arm.
    met:           by (arm, composition needed): those among them that were valid and needed all of the arm.
    """

    valid: Counter[Composition] = field(default_factory=Counter)
    failed: Counter[Composition] = field(default_factory=Counter)
    asked: Counter[Arm] = field(default_factory=Counter)
    met: Counter[tuple[Arm, Composition]] = field(default_factory=Counter)

    def learn(self, probes: Iterable[Probe]) -> None:
        """Count probes in. What a question was asked for is read from its prompt."""
        for probe in probes:
            verdict = probe.verdict
            if verdict.unscorable:
                continue
            arm = arm_of(skills_asked(probe.question.prompt))
            needed = arm_of(verdict.skills) or arm
            if arm:
                self.asked[arm] += 1
            if verdict.valid is True and needed:
                self.valid[needed] += 1
                self.failed[needed] += verdict.failure
                if arm and set(arm) <= set(needed):
                    self.met[arm, needed] += 1

    @property
    def failure_rate(self) -> float:
        """(failures + 1) / (scored + 2) over all questions: never 0 or 1."""
        return (self.failed.total() + 1) / (self.valid.total() + 2)

    def by_skill(self) -> tuple[Counter[str], Counter[str]]:
        """(scored questions, failures) of each skill that was needed."""
        valid: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for needed, count in self.valid.items():
            for skill in needed:
                valid[skill] += count
                failed[skill] += self.failed[needed]
        return valid, failed


@dataclass(frozen=True, slots=True)
class Table:
    """The compositions of some evidence as bit masks: mask_C, valid_C, failed_C."""

    mask_C: Counts
    valid_C: Counts
    failed_C: Counts

    @staticmethod
    def of(evidence: Evidence) -> Table:
        """Compositions in a fixed order."""
        known = sorted(evidence.valid)
        return Table(
            masks(known),
            np.array([evidence.valid[needed] for needed in known], np.int64),
            np.array([evidence.failed[needed] for needed in known], np.int64),
        )

    def needing(self, mask_A: Counts, hidden_AC: Flags) -> tuple[Counts, Counts]:
        """(valid_A, failed_A) of the questions that need at least these skills and are not hidden from the arm."""
        held_AC = holds(self.mask_C[None, :], mask_A[:, None]) & ~hidden_AC
        return held_AC @ self.valid_C, held_AC @ self.failed_C


def arm_of(skills: Iterable[str]) -> Arm:
    """Skills as an arm: canonical ones only, each once, in their order."""
    wanted = set(skills)
    return tuple(skill for skill in SKILLS if skill in wanted)


def mask_of(skills: Iterable[str]) -> int:
    """One bit a skill."""
    return sum(_BIT[skill] for skill in skills)


def masks(arms: Sequence[Arm]) -> Counts:
    """(A,) bit masks."""
    return np.array([mask_of(arm) for arm in arms], np.int64)


def holds(whole: Counts, part: Counts | int) -> Flags:
    """Does the set of skills `whole` hold all of `part`? Broadcast over bit masks."""
    held: Flags = (whole & part) == part
    return held
