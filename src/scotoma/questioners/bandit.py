"""Evidence -> which skills to ask for next: Thompson sampling for DISTINCT failing compositions.

An arm is a set of one to three skills. With n(S) and f(S) the scored questions and failures that need at least the
skills S, and Beta posteriors around a common prior (the run's failure rate, worth two questions):

    theta(a) ~ Beta of f(a), n(a)                             failure rate of what needs the whole arm
    phi(a,b) ~ Beta of f(b) - f(a), n(b) - n(a)               of what needs its part b only, for each proper subset b
    reach(a) ~ Beta(1 + useful, 1 + asked - useful)           a question asked for the arm is valid and needs it
    value(a) = reach(a) * (theta(a) - max over b of phi(a,b))

Each question is asked for the open arm with the highest value in one draw of all posteriors (Thompson 1933; with
results that come late, as in a step of many questions: Chapelle & Li 2011): how likely it is a verified failure that
no part of the arm explains. The end is to tell as many failing arms as the calls allow, not to ask for the worst one
for ever, so an arm is closed once it is settled: see `standing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from scotoma.questioners.evidence import Arm, Evidence
from scotoma.questioners.standing import Standing, standing_of
from scotoma.questioners.told import Instruction
from scotoma.records import Probe


class Bandit:
    """The planner of the engine `bandit`.

    support:   scored questions that an arm needs before it can be settled.
    exploring: False asks for what was found, each failing arm as often: the frozen questioner of an evaluation.
    """

    def __init__(self, support: int, *, exploring: bool = True) -> None:
        self._support = support
        self._exploring = exploring
        self._evidence = Evidence()
        self._standing: Standing | None = None

    def learn(self, probes: Iterable[Probe]) -> None:
        """Count probes in; only their number matters, not their order."""
        self._evidence.learn(probes)
        self._standing = None

    @property
    def standing(self) -> Standing:
        """What is known of the arms now."""
        if self._standing is None:
            self._standing = standing_of(self._evidence, self._support)
        return self._standing

    def instructions(self, n: int, seed: int) -> list[Instruction]:
        """One arm a question."""
        return [Instruction.needing(arm) for arm in self.draw(n, seed)]

    def draw(self, n: int, seed: int) -> list[Arm]:
        """n arms, each from a draw of its own."""
        at = self.standing
        rng = np.random.default_rng(seed)
        if not self._exploring and at.found:
            return [at.found[place] for place in rng.integers(len(at.found), size=n)]
        distinct = self._exploring and not at.closed_A.all()
        return [at.arms[place] for place in drawn_values(at, n, rng, distinct=distinct).argmax(axis=1)]

    def figures(self) -> Mapping[str, float]:
        """How many arms there are, are closed, and were found."""
        at = self.standing
        return {
            "arms": len(at.arms),
            "arms_closed": int(at.closed_A.sum()),
            "arms_found": len(at.found),
        }


def drawn_values(
    at: Standing, n: int, rng: np.random.Generator, *, distinct: bool = True
) -> NDArray[np.float64]:
    """(n, A) values of the arms, one row a draw.

    distinct: as told above, and below all others for a closed arm. Otherwise reach * theta: any failure counts.
    """
    a, b = at.prior
    theta_NA = rng.beta(a + at.failed_A, b + at.valid_A - at.failed_A, (n, len(at.arms)))
    reach_NA = rng.beta(1 + at.useful_A, 1 + at.asked_A - at.useful_A, (n, len(at.arms)))
    if not distinct:
        return reach_NA * theta_NA
    valid_K, failed_K = (
        at.part_valid_AB[at.is_part_AB],
        at.part_failed_AB[at.is_part_AB],
    )  # K pairs of arm and part
    phi_NAB = np.zeros((n, *at.is_part_AB.shape))
    phi_NAB[:, at.is_part_AB] = rng.beta(a + failed_K, b + valid_K - failed_K, (n, len(valid_K)))
    excess_NA = theta_NA - phi_NAB.max(axis=2)
    # Below zero reach would turn the order around.
    value_NA = np.where(excess_NA > 0.0, reach_NA * excess_NA, excess_NA)
    return np.where(at.closed_A, -2.0, value_NA)
