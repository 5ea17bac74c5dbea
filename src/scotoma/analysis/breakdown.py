"""Scored probes -> failure rate by skill, by pair of skills, by composition. Pure.

A composition is the exact set of skills that a question needs. A combination is a set that a question needs
AT LEAST: "counting + occlusion" is met by every question that needs both, whatever else it needs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scotoma.analysis.figures import scored
from scotoma.analysis.statistics import Floats, Interval, by_place, wilson_interval
from scotoma.records import SKILLS, Probe

Skills = tuple[str, ...]

_RANK = {skill: rank for rank, skill in enumerate(SKILLS)}


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """The scored questions that need these skills: how many, on how many images, how many failed, the rate.

    `rate.low` is what groups are ranked by: a high rate over little support has a low one.
    """

    skills: Skills
    valid: int
    failures: int
    images: int
    rate: Interval


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

    def sums(self, compositions: Sequence[Skills]) -> tuple[Floats, Floats]:
        """(hits_C, trials_C) of these compositions taken together."""
        if not compositions:
            return np.zeros(self.images), np.zeros(self.images)
        place_P = np.concatenate([self.place_P[skills] for skills in compositions])
        failed_P = np.concatenate([self.failed_P[skills] for skills in compositions])
        return by_place(place_P, failed_P, self.images), by_place(place_P, np.ones(len(place_P)), self.images)

    def group(self, skills: Skills, compositions: Sequence[Skills]) -> GroupFigures | None:
        """The figures of these compositions taken together, named `skills`; None if there are none."""
        hits_C, trials_C = self.sums(compositions)
        rate = wilson_interval(hits_C, trials_C)
        if rate is None:
            return None
        return GroupFigures(skills, rate.n, round(float(hits_C.sum())), rate.images, rate)


def canonical(skills: Iterable[str]) -> Skills:
    """Each skill once, in the order of SKILLS; unknown ones after them, by name."""
    return tuple(sorted(set(skills), key=lambda skill: (_RANK.get(skill, len(SKILLS)), skill)))


def by_composition(tally: Tally) -> tuple[GroupFigures, ...]:
    """Every exact set of skills that was asked, highest lower bound first."""
    groups = (tally.group(skills, [skills]) for skills in tally.place_P)
    return ranked(group for group in groups if group is not None)


def by_combination(tally: Tally, size: int) -> tuple[GroupFigures, ...]:
    """Every combination of `size` skills that was asked (1: skills, 2: pairs), highest lower bound first."""
    groups = (tally.group(skills, holders) for skills, holders in members(tally.place_P, size).items())
    return ranked(group for group in groups if group is not None)


def ranked(groups: Iterable[GroupFigures]) -> tuple[GroupFigures, ...]:
    """Highest lower bound first; ties by support, then by fewer skills, then by name."""
    return tuple(
        sorted(groups, key=lambda group: (-group.rate.low, -group.valid, len(group.skills), group.skills))
    )


def members(compositions: Iterable[Skills], size: int) -> dict[Skills, list[Skills]]:
    """Combination of `size` skills -> the compositions that hold it."""
    holders: dict[Skills, list[Skills]] = defaultdict(list)
    for composition in compositions:
        for skills in combinations(composition, size):
            holders[skills].append(composition)
    return holders
