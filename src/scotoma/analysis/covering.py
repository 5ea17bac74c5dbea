"""Mined sets -> those that fail in their own right, worst first: sequential covering. Pure.

Round i takes the set with the highest lower bound of its failure rate among those whose p-value is at most
q * i / m, sets its questions aside, and goes on with the rest. In the end a set that only borrowed the failures of
those taken after it is struck out, and the covering is done again without it. See `modes` for what this means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scotoma.analysis.excess import excess_p_value, least_p_value
from scotoma.analysis.features import ProbeTable, Words, count_of, sums_of
from scotoma.analysis.mining import NONE, Mined, fits, recount
from scotoma.analysis.statistics import Floats, wilson_ends, wilson_interval

Items = tuple[int, ...]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A set that was taken.

    all_W: its questions.  own_W: those not set aside before.  same: the other sets that have exactly these left.
    nearest: the part that explains most of it.  rest_W: the other questions of that part.
    """

    index: int
    items: Items
    all_W: Words
    own_W: Words
    same: tuple[Items, ...]
    rest_W: Words
    nearest: Items
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """What is covered: the table, its sets, the least support, and how many skills and conditions a set may have."""

    table: ProbeTable
    mined: Mined
    least_support: int
    largest: int
    most_conditions: int


@dataclass(frozen=True, slots=True, eq=False)
class _Test:
    """The hardest comparison of a set: p-value, the part's other questions and their failure rate, the part."""

    p_value: float
    rest_rate: float
    nearest: Items
    rest_W: Words


def cover(these: Cover, *, q: float, most: int) -> tuple[Found, ...]:
    """The sets that stand out, worst first. m counts all mined sets but the empty one."""
    struck: set[int] = set()
    while True:
        found = _covered(these, q, most, struck)
        borrowed = next(
            (one.index for n, one in reversed(list(enumerate(found))) if _borrowed(these, found, n, q)), None
        )
        if borrowed is None:
            return tuple(found)
        struck.add(borrowed)


def _covered(these: Cover, q: float, most: int, struck: set[int]) -> list[Found]:
    table, mined = these.table, these.mined
    support_S, failures_S = mined.support_S.copy(), mined.failures_S.copy()
    left_W = table.everything()
    found: list[Found] = []
    while len(found) < most:
        level = q * (len(found) + 1) / max(1, len(mined) - 1)
        worst = _worst(these, left_W, (support_S, failures_S), level, struck)
        if worst is None:
            break
        alike_S = np.flatnonzero(
            (support_S == support_S[worst.index]) & (failures_S == failures_S[worst.index])
        )
        found.append(replace(worst, same=_same(these, worst, left_W, alike_S)))
        left_W = left_W & ~worst.own_W
        gone = recount(table, mined, worst.own_W)
        support_S -= gone[0]
        failures_S -= gone[1]
    return found


def _worst(
    these: Cover, left_W: Words, counts: tuple[Counts, Counts], level: float, struck: set[int]
) -> Found | None:
    """The set with the highest lower bound among those that fail more than their parts at this level."""
    table, mined = these.table, these.mined
    best: Found | None = None
    best_low = 0.0
    for index, ceiling in _candidates(these, counts, level):
        if ceiling <= best_low:
            break
        if index in struck:
            continue
        items = mined.features(index)
        all_W = table.needing(items)
        own_W = all_W & left_W
        own = sums_of(table, own_W)
        rate = wilson_interval(*own)
        if rate is None or rate.low <= best_low:
            continue
        test = _against_parts(these, items, own_W, own, left_W, level)
        if test is not None:
            best_low = rate.low
            best = Found(index, items, all_W, own_W, (), test.rest_W, test.nearest, test.p_value)
    return best


def _candidates(these: Cover, counts: tuple[Counts, Counts], level: float) -> Iterator[tuple[int, float]]:
    """Sets that may pass at this level, with the most that their lower bound can be, the highest first.

    Both bounds take every question for independent, which no clustering can better. Of sets that have the same
    questions left the one with fewer conditions comes first, then the one that claims least beyond them, then the
    smaller one.
    """
    mined = these.mined
    support_S, failures_S = counts[0].astype(np.float64), counts[1].astype(np.float64)
    index_S = np.flatnonzero((support_S >= these.least_support) & (failures_S > 0))
    index_S = index_S[index_S != 0]
    for place in (*range(mined.items_SK.shape[1]), None):  # None: against all other questions
        part_S = np.zeros_like(index_S) if place is None else mined.part_SK[index_S, place]
        p_S = least_p_value(
            failures_S[index_S],
            support_S[index_S],
            failures_S[part_S] - failures_S[index_S],
            support_S[part_S] - support_S[index_S],
        )
        empty_S = (part_S == NONE) | (support_S[part_S] == support_S[index_S])
        index_S = index_S[(p_S <= level) | (empty_S if place is not None else False)]
    ranked = [(int(index), _independent_low(failures_S[index], support_S[index])) for index in index_S]

    def order(entry: tuple[int, float]) -> tuple[float, int, int, int, Items]:
        index, ceiling = entry
        conditions, size, items = preference(these.table, mined.features(index))
        return -ceiling, conditions, int(mined.support_S[index] - counts[0][index]), size, items

    return iter(sorted(ranked, key=order))


def preference(table: ProbeTable, items: Items) -> tuple[int, int, Items]:
    """What names are ordered by: conditions, size, the order of the features."""
    return sum(item >= table.skills for item in items), len(items), items


def _same(these: Cover, found: Found, left_W: Words, alike_S: NDArray[np.intp]) -> tuple[Items, ...]:
    sets = [these.mined.features(int(index)) for index in alike_S if index != found.index]
    same = [items for items in sets if np.array_equal(these.table.needing(items) & left_W, found.own_W)]
    return tuple(sorted(same, key=lambda items: preference(these.table, items)))


def _independent_low(failures: float, support: float) -> float:
    return wilson_ends(failures / support, support)[0]


def _against_parts(
    these: Cover, items: Items, own_W: Words, own: tuple[Floats, Floats], left_W: Words, level: float
) -> _Test | None:
    """The hardest comparison, or None if one is not passed. A part without other questions left tells nothing."""
    hardest: _Test | None = None
    for part in _parts(these, items):
        rest_W = these.table.needing(part) & left_W & ~own_W
        if not rest_W.any():
            continue
        rest = sums_of(these.table, rest_W)
        p_value = excess_p_value(own, rest)
        if p_value > level:
            return None
        # The rate decides where p-values are too small for a float.
        test = _Test(p_value, float(rest[0].sum() / rest[1].sum()), part, rest_W)
        if hardest is None or (test.p_value, test.rest_rate) > (hardest.p_value, hardest.rest_rate):
            hardest = test
    return hardest


def _parts(these: Cover, items: Items) -> Iterator[Items]:
    """The set with a feature less, nothing at all, and the set with a feature exchanged for a wider one."""
    for item in items:
        yield tuple(other for other in items if other != item)
    if len(items) > 1:
        yield ()
    table = these.table
    closed = table.closure(table.needing(items))
    for item in items:
        for wider in closed:
            part = tuple(sorted({*items, wider} - {item}))
            if wider not in items and fits(
                table, part, largest=these.largest, most_conditions=these.most_conditions
            ):
                yield part


def _borrowed(these: Cover, found: Sequence[Found], n: int, q: float) -> bool:
    """Does the n-th set fail no more than its parts where those after it do not reach?

    Wider sets after it do not count: it was held against them when it was taken.
    """
    one, table = found[n], these.table
    others_W: Words = np.zeros_like(one.all_W)
    for m, other in enumerate(found):
        if m < n or (m > n and (one.all_W & ~other.all_W).any()):
            others_W |= other.all_W
    if not (others_W & one.own_W).any():
        return False  # nothing that it could have borrowed
    left_W: Words = table.everything() & ~others_W
    own_W: Words = one.all_W & left_W
    own = sums_of(table, own_W)
    for part in _parts(these, one.items):
        rest_W = table.needing(part) & left_W & ~own_W
        if count_of(rest_W) and excess_p_value(own, sums_of(table, rest_W)) > q:
            return True
    return not own_W.any()
