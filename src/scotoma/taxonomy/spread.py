"""Failures of a skill, by candidate -> does it fail in all of them, in some, or is that not known. Pure.

Axes: `_C` one entry an image, as in `analysis.statistics`.

A skill FAILS for a candidate if its failure rate there is credibly above the candidate's on all its other questions:
Wilson's intervals, on image-clustered effective sample sizes, do not overlap at level 1 - 0.05 / (number of rates
compared), with at least LEAST_SUPPORT questions, as in `analysis.modes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scotoma.analysis.modes import LEAST_SUPPORT
from scotoma.analysis.statistics import Floats, Interval, wilson_interval

ALPHA = 0.05

Spread = Literal["universal", "specific", "undecided", "none", "single"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A skill in one candidate: (hits_C, trials_C) of its questions, and of all the candidate's other ones."""

    within: tuple[Floats, Floats]
    elsewhere: tuple[Floats, Floats]


def fails(outcome: Outcome, level: float) -> bool:
    """Is the failure rate credibly above the candidate's rate elsewhere?"""
    within, elsewhere = _interval(outcome.within, level), _interval(outcome.elsewhere, level)
    if within is None or elsewhere is None or within.n < LEAST_SUPPORT:
        return False
    return within.low > elsewhere.high


def spread_of(outcomes: Mapping[str, Outcome], level: float) -> tuple[Spread, tuple[str, ...]]:
    """How a skill fails over candidates, and in which of them it fails. level: of every interval.

    universal: in all of several.
    specific:  in some, and in each of the others, asked at least LEAST_SUPPORT times, its rate is credibly below that
               of each one that fails.
    undecided: in some, and of another it cannot be said.
    none:      in none.  single: there is only one candidate, nothing can be compared.
    """
    failing = tuple(name for name, outcome in outcomes.items() if fails(outcome, level))
    if len(outcomes) == 1:
        return "single", failing
    if not failing:
        return "none", ()
    if len(failing) == len(outcomes):
        return "universal", failing
    lows = [found.low for name in failing if (found := _interval(outcomes[name].within, level)) is not None]
    for name in outcomes.keys() - set(failing):
        other = _interval(outcomes[name].within, level)
        if other is None or other.n < LEAST_SUPPORT or other.high >= min(lows):
            return "undecided", failing
    return "specific", failing


def level_for(comparisons: int) -> float:
    """The level of each interval so that all comparisons together err at most at ALPHA (Bonferroni)."""
    return 1.0 - ALPHA / max(1, comparisons)


def _interval(sums: tuple[Floats, Floats], level: float) -> Interval | None:
    return wilson_interval(*sums, level=level)
