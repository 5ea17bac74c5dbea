"""Scored probes -> failure rate by skill, by pair, by composition, and the combinations that stand out. Pure.

A composition is the exact set of skills that a question needs. A combination is a set that a question needs AT LEAST:
"counting + occlusion" is met by every question that needs both, whatever else it needs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scotoma.analysis.figures import scored
from scotoma.analysis.statistics import Interval, wilson_interval
from scotoma.records import SKILLS, Probe

Skills = tuple[str, ...]

LARGEST_COMBINATION = 3
"""Skills in a combination, at most: more are rarely asked often enough to say anything."""

LEAST_SUPPORT = 20
"""Scored questions that a combination needs before it is ranked."""

_RANK = {skill: rank for rank, skill in enumerate(SKILLS)}


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """The scored questions that need these skills: how many, on how many images, how many failed, and the rate.

    `rate.low` is what groups are ranked by: a high rate over little support has a low one.
    """

    skills: Skills
    valid: int
    failures: int
    images: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination that stands out where it was discovered, and the same combination on held-out questions."""

    discovered: GroupFigures
    held_out: GroupFigures | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Scored probes by composition: place_P (index of the image) and failed_P (0 or 1), one entry a probe."""

    place_P: Mapping[Skills, NDArray[np.intp]]
    failed_P: Mapping[Skills, NDArray[np.float64]]
    images: int

    @staticmethod
    def of(probes: Iterable[Probe]) -> Tally:
        """Probes without known skills and unscored ones are left out."""
        known: dict[str, int] = {}
        places: dict[Skills, list[int]] = defaultdict(list)
        failed: dict[Skills, list[bool]] = defaultdict(list)
        for probe in probes:
            if scored(probe) and probe.verdict.skills:
                skills = canonical(probe.verdict.skills)
                places[skills].append(known.setdefault(probe.image_id, len(known)))
                failed[skills].append(probe.verdict.failure)
        return Tally(
            {skills: np.asarray(where, np.intp) for skills, where in places.items()},
            {skills: np.asarray(which, np.float64) for skills, which in failed.items()},
            len(known),
        )

    def group(
        self, name: Skills, compositions: Sequence[Skills], *, level: float = 0.95
    ) -> GroupFigures | None:
        """The figures of these compositions taken together, under a name; None if there are none."""
        if not compositions:
            return None
        place_P = np.concatenate([self.place_P[skills] for skills in compositions])
        failed_P = np.concatenate([self.failed_P[skills] for skills in compositions])
        trials_C = np.bincount(place_P, minlength=self.images).astype(np.float64)
        hits_C = np.bincount(place_P, failed_P, self.images)
        rate = wilson_interval(hits_C, trials_C, level=level)
        if rate is None:
            return None
        return GroupFigures(name, rate.n, round(float(hits_C.sum())), rate.images, rate)


def canonical(skills: Iterable[str]) -> Skills:
    """Each skill once, in the order of SKILLS; unknown ones after them, by name."""
    return tuple(sorted(set(skills), key=lambda skill: (_RANK.get(skill, len(SKILLS)), skill)))


def by_composition(tally: Tally) -> tuple[GroupFigures, ...]:
    """Every exact set of skills that was asked, highest lower bound first."""
    groups = (tally.group(skills, [skills]) for skills in tally.place_P)
    return ranked(group for group in groups if group is not None)


def by_combination(tally: Tally, size: int) -> tuple[GroupFigures, ...]:
    """Every combination of `size` skills that was asked, highest lower bound first. size 1: by skill; 2: by pair."""
    groups = (tally.group(skills, members) for skills, members in _members(tally, size).items())
    return ranked(group for group in groups if group is not None)


def standing_out(
    tally: Tally, held_out: Tally, *, least_support: int = LEAST_SUPPORT, largest: int = LARGEST_COMBINATION
) -> tuple[Combination, ...]:
    """The combinations that fail more often than their parts do without the rest, highest lower bound first.

    A combination is kept if, for each part of it (one skill taken away), its interval lies above that of the questions that
    need the part but not the whole. So {counting, occlusion} is kept if counting is easy without occlusion and the reverse, and
    {counting, occlusion, colour} is not if colour adds nothing. A single skill is held against all questions without it.
    Where the part was never asked without the whole the two cannot be told apart, and the whole, which says exactly what
    was asked, is kept. These intervals are at 1 - 0.05 / (number of combinations tried), since many are tried.
    """
    members = {size: _members(tally, size) for size in range(largest + 1)}
    tried = [
        whole
        for size in range(1, largest + 1)
        for skills, compositions in members[size].items()
        if (whole := tally.group(skills, compositions)) is not None
        and whole.valid >= least_support
        and whole.failures
    ]
    level = 1.0 - 0.05 / max(1, len(tried))
    kept = [
        whole.skills
        for whole in tried
        if not _always_more(whole.skills, members, largest)
        and _adds_to_parts(tally, whole.skills, members, level)
    ]
    elsewhere = {size: _members(held_out, size) for size in members}
    return tuple(
        Combination(whole, held_out.group(whole.skills, elsewhere[len(whole.skills)].get(whole.skills, [])))
        for whole in ranked(whole for whole in tried if whole.skills in set(kept))
    )


def ranked(groups: Iterable[GroupFigures]) -> tuple[GroupFigures, ...]:
    """Highest lower bound first; ties by support, then by fewer skills, then by name."""
    return tuple(
        sorted(groups, key=lambda group: (-group.rate.low, -group.valid, len(group.skills), group.skills))
    )


def _members(tally: Tally, size: int) -> dict[Skills, list[Skills]]:
    """Combination of `size` skills -> the compositions that hold it."""
    members: dict[Skills, list[Skills]] = defaultdict(list)
    for composition in tally.place_P:
        for skills in combinations(composition, size):
            members[skills].append(composition)
    return members


def _adds_to_parts(
    tally: Tally, skills: Skills, members: Mapping[int, Mapping[Skills, list[Skills]]], level: float
) -> bool:
    """Does the whole fail credibly more often than each of its parts without it?"""
    inside = set(members[len(skills)][skills])
    whole = tally.group(skills, list(inside), level=level)
    for part in combinations(skills, len(skills) - 1):
        outside = [composition for composition in members[len(part)][part] if composition not in inside]
        without = tally.group(part, outside, level=level)
        if whole is not None and without is not None and whole.rate.low <= without.rate.high:
            return False
    return True


def _always_more(skills: Skills, members: Mapping[int, Mapping[Skills, list[Skills]]], largest: int) -> bool:
    """Was it only ever asked together with one same further skill? Then the larger combination says it better."""
    if len(skills) >= largest:
        return False
    first, *others = members[len(skills)][skills]
    return len(set(first).intersection(*others)) > len(skills)
