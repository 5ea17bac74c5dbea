"""Tally -> the combinations that stand out: sets of skills that fail more than their parts explain. Pure.

It works on closed sets: a set of skills is closed if no further skill was needed by every question that needs
it. Of several sets met by exactly the same questions the closed one is the one that says what was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from scotoma.analysis.breakdown import GroupFigures, Skills, Tally, canonical, members
from scotoma.analysis.statistics import Floats, wilson_ends, wilson_interval

LARGEST = 3
"""Skills by which a combination is found, at most: more are rarely asked often enough to say anything."""

LEAST_SUPPORT = 20
"""Scored questions that a combination needs before it is ranked."""

MOST = 20
"""Combinations listed, at most."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination that stands out, apart from the questions of the combinations ranked before it.

    discovered: its figures where it was found.  held_out: the same on held-out questions, if there are any.
    share:      its failures / all failures of discovery; the shares of a list add up to at most 1.
    """

    discovered: GroupFigures
    held_out: GroupFigures | None
    share: float


def standing_out(
    tally: Tally,
    held_out: Tally,
    *,
    least_support: int = LEAST_SUPPORT,
    largest: int = LARGEST,
    most: int = MOST,
) -> tuple[Combination, ...]:
    """Sequential covering: take the worst combination, set its questions aside, go on with the rest.

    The worst is the one with the highest lower bound of its failure rate (95%, clustered by image), among
    those that fail credibly more often than the questions that need only a part of them. So {counting,
    occlusion} is taken if both are easy apart, {counting, occlusion, colour} is not if colour adds nothing,
    and {occlusion} does not come after it if it was only hard together with counting. The empty set is a part
    of all: a single skill is held against all questions without it. "Credibly more" is intervals that do not
    overlap, at level 1 - 0.05 / (number of combinations tried).
    """
    failures = sum(float(failed_P.sum()) for failed_P in tally.failed_P.values())
    left, elsewhere = list(tally.place_P), list(held_out.place_P)
    found: list[Combination] = []
    while len(found) < most:
        worst = _Lattice(tally, left, largest).worst(least_support)
        if worst is None:
            break
        there = held_out.group(worst.skills, _needing(elsewhere, worst.skills))
        found.append(Combination(worst, there, worst.failures / failures))
        left = [skills for skills in left if not set(worst.skills) <= set(skills)]
        elsewhere = [skills for skills in elsewhere if not set(worst.skills) <= set(skills)]
    return tuple(found)


class _Lattice:
    """The closed sets that up to `largest` skills generate over some compositions, and what failed there."""

    def __init__(self, tally: Tally, compositions: Sequence[Skills], largest: int) -> None:
        self._tally = tally
        self._largest = largest
        self._everything = len(compositions) == len(tally.place_P)
        self._sums: dict[Skills, tuple[Floats, Floats]] = {}
        self._closed: dict[Skills, Skills] = {}
        self._extents: dict[Skills, list[Skills]] = {}
        for size in range(largest + 1):
            for skills, extent in members(compositions, size).items():
                closed = canonical(set(extent[0]).intersection(*extent[1:]))
                self._closed[skills] = closed
                self._extents[closed] = extent

    def worst(self, least_support: int) -> GroupFigures | None:
        """The set with the highest lower bound that is worse than its parts, or None."""
        counts = {skills: self._counts(extent) for skills, extent in self._extents.items() if skills}
        tried = [skills for skills, (hits, trials) in counts.items() if trials >= least_support and hits]
        level = 1.0 - 0.05 / max(1, len(tried))
        # A bound that takes every question for independent is never below the clustered one, and cheap.
        ceiling = {
            skills: wilson_ends(counts[skills][0] / counts[skills][1], counts[skills][1])[0]
            for skills in tried
        }
        best: GroupFigures | None = None
        for skills in sorted(tried, key=lambda skills: (-ceiling[skills], len(skills), skills)):
            if best is not None and best.rate.low >= ceiling[skills]:
                break
            group = self._tally.group(skills, self._extents[skills])
            if group is None or (best is not None and group.rate.low <= best.rate.low):
                continue
            if self._worse_than_parts(skills, level):
                best = group
        return best

    def _worse_than_parts(self, skills: Skills, level: float) -> bool:
        hits_C, trials_C = self._sum(skills)
        own = wilson_interval(hits_C, trials_C, level=level)
        # If every question ever asked needs these skills, they can be held against nothing, and are named.
        compared = self._everything
        for part in self._parts(skills):
            more_hits_C, more_trials_C = self._sum(part)
            rest = wilson_interval(more_hits_C - hits_C, more_trials_C - trials_C, level=level)
            if own is None or (rest is not None and own.low <= rest.high):
                return False
            compared = compared or rest is not None
        return compared

    def _parts(self, skills: Skills) -> list[Skills]:
        """The closed sets strictly inside this one, smallest first."""
        sizes = range(min(self._largest, len(skills)) + 1)
        inside = {self._closed[some] for size in sizes for some in combinations(skills, size)}
        return sorted(
            (part for part in inside if set(part) < set(skills)), key=lambda part: (len(part), part)
        )

    def _counts(self, extent: Sequence[Skills]) -> tuple[float, float]:
        """Failures and scored questions."""
        return (
            sum(float(self._tally.failed_P[skills].sum()) for skills in extent),
            float(sum(len(self._tally.failed_P[skills]) for skills in extent)),
        )

    def _sum(self, skills: Skills) -> tuple[Floats, Floats]:
        if skills not in self._sums:
            self._sums[skills] = self._tally.sums(self._extents[skills])
        return self._sums[skills]


def _needing(compositions: Sequence[Skills], skills: Skills) -> list[Skills]:
    """The compositions that hold all of these skills."""
    return [composition for composition in compositions if set(skills) <= set(composition)]
