"""Evidence -> which arms are found failing, which are closed, and what is known of the others. Pure.

Good-arm identification (Kano et al. 2019, "Good arm identification via bandit feedback"): an arm is good if its mean
exceeds a threshold, and is taken out as soon as that is credible. Here the threshold of an arm is what its parts
do: a composition is found if it fails credibly more often than the questions that need only a part of it.
Axes: `_A` arms, `_B` the proper subsets of an arm (7 at most), `_C` compositions asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from scotoma.questioners.evidence import Arm, Counts, Evidence, Flags, Table, arm_of, holds, mask_of, masks
from scotoma.records import SKILLS

Floats = NDArray[np.float64]

LARGEST = 3
"""Skills of an arm, at most."""

PRIOR_STRENGTH = 2.0
"""Questions that the prior around the run's failure rate weighs as much as."""

ERROR = 0.05
"""Chance, shared by all arms with enough support (Bonferroni), that a found one is no worse than its parts."""

MARGIN = 0.2
"""An arm that is, at 95%, less than this worse than its worst part is not worth more questions."""

ENOUGH = 3
"""Times the support after which an arm is closed although nothing is credible."""

OUT_OF_REACH = 0.1
"""Share of useful questions below which an arm is closed, once as many questions as its support were wasted."""

_FIRST: tuple[Arm, ...] = tuple(arm for size in (1, 2) for arm in combinations(SKILLS, size))
_TRIPLES: tuple[Arm, ...] = tuple(combinations(SKILLS, LARGEST))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of every open arm. Counts of scored questions, less those that found arms explain.

    found:      failing arms, in the order found.
    closed_A:   found, or not worth asking for any more.
    valid_A, failed_A:             questions that need the whole arm.
    part_valid_AB, part_failed_AB: those that need this part and not the whole.
    is_part_AB, is_found_AB:       is there such a part, and was it found?
    asked_A, useful_A:             questions asked for the arm, and those of them that count in `valid_A`.
    prior:      (a, b) of the Beta prior of all failure rates.
    """

    arms: tuple[Arm, ...]
    found: tuple[Arm, ...]
    closed_A: Flags
    valid_A: Counts
    failed_A: Counts
    part_valid_AB: Counts
    part_failed_AB: Counts
    is_part_AB: Flags
    is_found_AB: Flags
    asked_A: Counts
    useful_A: Counts
    prior: tuple[float, float]


def standing_of(evidence: Evidence, support: int) -> Standing:
    """Take the worst arm that stands out, set its questions aside, go on: the covering that the report does, too.

    support: scored questions that an arm needs before it can be found.
    All single skills and pairs are open. A triple is open once a pair in it is found, or two questions that needed
    all three failed; all of them are, once everything else is closed.
    """
    table = Table.of(evidence)
    standing = _covered(evidence, table, support, ())
    if standing.closed_A.all():
        return _covered(evidence, table, support, _TRIPLES)
    return standing


def _covered(evidence: Evidence, table: Table, support: int, more: Sequence[Arm]) -> Standing:
    found: list[Arm] = []
    failed_together = _failed_together(evidence)
    while True:
        arms = _open(found, failed_together, more)
        counted = _counted(evidence, table, arms, found)
        worst = _worst(counted, support)
        if worst is None:
            return _closing(counted, support)
        found.append(worst)


def _failed_together(evidence: Evidence) -> list[Arm]:
    """Triples that two failed questions or more needed."""
    failures: Counter[Arm] = Counter()
    for needed, count in evidence.failed.items():
        if count:
            for triple in combinations(needed, LARGEST):
                failures[triple] += count
    return [triple for triple, count in failures.items() if count >= 2]


def _open(found: Sequence[Arm], failed_together: Sequence[Arm], more: Sequence[Arm]) -> tuple[Arm, ...]:
    triples = {*failed_together, *more}
    for pair in found:
        if len(pair) == LARGEST - 1:
            triples |= {arm_of((*pair, skill)) for skill in SKILLS if skill not in pair}
    return (*_FIRST, *sorted(triples))


def _counted(evidence: Evidence, table: Table, arms: tuple[Arm, ...], found: Sequence[Arm]) -> Standing:
    mask_A = masks(arms)
    hidden_AC = np.zeros((len(arms), len(table.mask_C)), np.bool_)
    for arm in found:
        mask = mask_of(arm)
        hidden_AC |= ~holds(mask_A, mask)[:, None] & holds(table.mask_C, mask)[None, :]
    valid_A, failed_A = table.needing(mask_A, hidden_AC)
    part_AB = np.array([_parts(int(mask)) for mask in mask_A], np.int64)
    is_part_AB = part_AB >= 0
    part_valid_AB, part_failed_AB = np.zeros_like(part_AB), np.zeros_like(part_AB)
    for place, part_A in enumerate(part_AB.T):
        with_A, failed_with_A = table.needing(np.maximum(part_A, 0), hidden_AC)
        part_valid_AB[:, place] = np.where(part_A >= 0, with_A - valid_A, 0)
        part_failed_AB[:, place] = np.where(part_A >= 0, failed_with_A - failed_A, 0)
    useful = _useful(evidence, found)
    mean = evidence.failure_rate
    return Standing(
        arms=arms,
        found=tuple(found),
        closed_A=np.array([arm in found for arm in arms], np.bool_),
        valid_A=valid_A,
        failed_A=failed_A,
        part_valid_AB=part_valid_AB,
        part_failed_AB=part_failed_AB,
        is_part_AB=is_part_AB,
        is_found_AB=np.isin(part_AB, masks(found)),
        asked_A=np.array([evidence.asked[arm] for arm in arms], np.int64),
        useful_A=np.array([useful[arm] for arm in arms], np.int64),
        prior=(PRIOR_STRENGTH * mean, PRIOR_STRENGTH * (1.0 - mean)),
    )


def _useful(evidence: Evidence, found: Sequence[Arm]) -> Counter[Arm]:
    """Questions asked for an arm that met it and needed no found arm beside it."""
    useful: Counter[Arm] = Counter()
    for (arm, needed), count in evidence.met.items():
        if not any(set(failing) <= set(needed) and not set(failing) <= set(arm) for failing in found):
            useful[arm] += count
    return useful


def _worst(at: Standing, support: int) -> Arm | None:
    """The arm that is credibly worse than its parts and has the highest lower bound, or None; of equals the largest,
    which says all that its questions had in common.

    Bounds are quantiles of the posteriors. A part that was never asked without the rest is compared with nothing; if
    it was found itself, the same failures would be told twice.
    """
    a, b = at.prior
    tried = np.flatnonzero(at.valid_A >= support)
    tail = ERROR / 2.0 / max(1, len(tried))
    valid_A, failed_A = at.valid_A[tried], at.failed_A[tried]
    low_A = betaincinv(a + failed_A, b + valid_A - failed_A, tail)
    valid_AB, failed_AB = at.part_valid_AB[tried], at.part_failed_AB[tried]
    high_AB = betaincinv(a + failed_AB, b + valid_AB - failed_AB, 1.0 - tail)
    known_AB = valid_AB > 0
    told_twice_A = (at.is_found_AB[tried] & ~known_AB).any(axis=1)
    worst_part_A = np.where(known_AB, high_AB, 0.0).max(axis=1, initial=0.0)
    stands_out_A = known_AB.any(axis=1) & (low_A > worst_part_A) & ~told_twice_A & ~at.closed_A[tried]
    bounds = [
        (float(low_A[place]), len(at.arms[tried[place]]), -place) for place in np.flatnonzero(stands_out_A)
    ]
    return at.arms[tried[-max(bounds)[2]]] if bounds else None


def _closing(at: Standing, support: int) -> Standing:
    """The same with every arm closed that is not worth asking for: dull, out of reach, or known well enough."""
    a, b = at.prior
    high_A = betaincinv(1.0 + at.failed_A, 1.0 + at.valid_A - at.failed_A, 0.95)
    rate_AB = (a + at.part_failed_AB) / (a + b + at.part_valid_AB)
    dull_A = high_A - np.where(at.is_part_AB, rate_AB, 0.0).max(axis=1) < MARGIN
    wasted_A = at.asked_A - at.useful_A >= support
    unreachable_A = wasted_A & (at.useful_A < OUT_OF_REACH * at.asked_A)
    closed_A = at.closed_A | dull_A | unreachable_A | (at.valid_A >= ENOUGH * support)
    return replace(at, closed_A=closed_A)


@cache
def _parts(mask: int) -> tuple[int, ...]:
    """The proper subsets of a bit mask, the empty set included; -1 where there are fewer than 2^LARGEST - 1."""
    parts = []
    part = mask
    while part:
        part = (part - 1) & mask
        parts.append(part)
    return (*parts, *[-1] * (2**LARGEST - 1 - len(parts)))
