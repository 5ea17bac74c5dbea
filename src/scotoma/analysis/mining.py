"""ProbeTable -> every set of features that is asked often enough, with its support and failures. Exact. Pure.

Of several sets that are met by exactly the same questions only the smallest are listed: the minimal generators of
a closed set (Pasquier et al. 1999, "Discovering frequent closed itemsets for association rules"; Boulicaut et al.
2003, "Free-sets"). A set is one exactly if leaving any of its features out adds questions, and then so are all its
parts. So nothing has to be grown that is rare, or that one feature fewer says as well.

The search is depth first. A node holds only the rows that have its features, and only the features that may still
be added; the last two features are counted together by one product of matrices. Its work is the number of
(distinct question, part of at most largest - 2 features) pairs, whatever the number of sets is.
Axes: `_S` one entry a set, `_K` a place in a set, `_D` a distinct row, `_F` a feature, `_C` a column of a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scotoma.analysis.features import ProbeTable, Words, key_of

NONE = -1
"""Fills the places of a set that has fewer features than the largest."""

CONDITIONS = 2
"""Conditions that a set may have, at most."""

_EXACT_IN_FLOAT32 = 1 << 24
_WORDS_AT_ONCE = 1 << 21
_ROWS_AT_ONCE = 1 << 16

Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Mined:
    """The sets, the empty one first.

    items_SK: features of a set, ascending, then NONE.  support_S: questions that have them.  failures_S: failed ones.
    part_SK:  index of the set without the k-th feature; NONE where there is no k-th.
    """

    items_SK: NDArray[np.int16]
    support_S: NDArray[np.int64]
    failures_S: NDArray[np.int64]
    part_SK: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.support_S)

    def features(self, index: int) -> tuple[int, ...]:
        """The features of a set."""
        return tuple(int(item) for item in self.items_SK[index] if item != NONE)


def mine(table: ProbeTable, *, least_support: int, largest: int, most_conditions: int) -> Mined:
    """All minimal generators of at most `largest` skills and `most_conditions` conditions with the support.

    least_support: at least 1.  most_conditions: 0, 1 or 2; a range of one thing (count>=2, count<=3) is one condition.
    Supports and failures are exact.
    """
    if least_support < 1 or largest < 0 or not 0 <= most_conditions <= CONDITIONS:
        raise ValueError("least_support must be at least 1, largest at least 0, most_conditions 0, 1 or 2")
    conditions = CONDITIONS if most_conditions else 0
    search = _Search(table, least_support, largest + conditions)
    search.start(largest, conditions, ranges_only=most_conditions == 1)
    return _generators(*search.result())


def fits(table: ProbeTable, items: tuple[int, ...], *, largest: int, most_conditions: int) -> bool:
    """Has the set no more skills and conditions than these?"""
    keys = [key_of(table.features[item]) for item in items if item >= table.skills]
    return len(items) - len(keys) <= largest and len(keys) <= CONDITIONS and len(set(keys)) <= most_conditions


def recount(table: ProbeTable, mined: Mined, mask_W: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Support and failures (S,) of every set among the probes of the mask."""
    probes = table.probes_in(mask_W)
    has_PF = table.has_DF[table.row_P[probes]]
    # The last column stands for "no feature": everything has it.
    full = np.ones((len(probes), 1), np.bool_)
    bits = np.packbits(np.hstack([has_PF, full]), axis=0, bitorder="little")
    bits_FW = np.ascontiguousarray(np.pad(bits, ((0, -len(bits) % 8), (0, 0))).T).view(np.uint64)
    failed = np.unpackbits(table.failed_W.view(np.uint8), count=len(table), bitorder="little")[probes]
    bits = np.packbits(failed, bitorder="little")
    failed_W = np.pad(bits, (0, -len(bits) % 8)).view(np.uint64)
    support_S, failures_S = np.zeros(len(mined), np.int64), np.zeros(len(mined), np.int64)
    step = max(1, _WORDS_AT_ONCE // max(1, bits_FW.shape[1]))
    for begin in range(0, len(mined), step):
        items_SK = mined.items_SK[begin : begin + step]
        met_SW = bits_FW[items_SK[:, 0]]
        for place in range(1, items_SK.shape[1]):
            met_SW &= bits_FW[items_SK[:, place]]
        support_S[begin : begin + step] = np.bitwise_count(met_SW).sum(axis=1, dtype=np.int64)
        met_SW &= failed_W
        failures_S[begin : begin + step] = np.bitwise_count(met_SW).sum(axis=1, dtype=np.int64)
    return support_S, failures_S


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A set with at least the support, its rows, and what may be added to it."""

    items: tuple[int, ...]
    has_DC: Numbers
    weight_2D: Numbers
    columns_C: NDArray[np.intp]
    skills_left: int
    conditions_left: int


class _Search:
    """Depth first over sets in ascending order of features."""

    def __init__(self, table: ProbeTable, least: int, width: int) -> None:
        kind = np.float32 if len(table) < _EXACT_IN_FLOAT32 else np.float64
        failed_P = np.zeros(len(table))
        failed_P[table.probes_in(table.failed_W)] = 1.0
        rows = len(table.has_DF)
        self._weight_2D = np.stack(
            [np.bincount(table.row_P, minlength=rows), np.bincount(table.row_P, failed_P, rows)]
        ).astype(kind)
        self._table, self._least, self._width, self._kind = table, least, width, kind
        # Pairs of features that no set holds together.
        self._apart_FF = np.zeros((0, 0), np.bool_)
        self._items: list[NDArray[np.int16]] = [np.full((1, width), NONE, np.int16)]
        self._counts: list[Numbers] = [self._weight_2D.sum(axis=1, dtype=np.float64)[:, None]]

    def start(self, largest: int, conditions: int, *, ranges_only: bool) -> None:
        """Grow everything from the empty set. ranges_only: two conditions must be about the same thing."""
        table = self._table
        if not len(table):
            return
        has_DF: Numbers = table.has_DF.astype(self._kind)
        together_FF: Numbers = np.zeros((has_DF.shape[1], has_DF.shape[1]), self._kind)
        for begin in range(0, len(has_DF), _ROWS_AT_ONCE):
            block_DF: Numbers = has_DF[begin : begin + _ROWS_AT_ONCE]
            weight_D: Numbers = self._weight_2D[0, begin : begin + _ROWS_AT_ONCE]
            together_FF += (block_DF * weight_D[:, None]).T @ block_DF
        alone_F = together_FF.diagonal()
        implies_FF = together_FF == alone_F[:, None]
        self._apart_FF = implies_FF | implies_FF.T
        if ranges_only:
            keys = [key_of(feature) for feature in table.features]
            number = {key: n for n, key in enumerate(keys)}
            key_F = np.array([-1] * table.skills + [number[key] for key in keys[table.skills :]])
            self._apart_FF |= (
                (key_F[:, None] != key_F[None, :]) & (key_F[:, None] >= 0) & (key_F[None, :] >= 0)
            )
        columns_F = np.arange(len(table.features), dtype=np.intp)
        self._grow(_Node((), has_DF, self._weight_2D, columns_F, largest, conditions))

    def result(self) -> tuple[NDArray[np.int16], NDArray[np.int64], NDArray[np.int64]]:
        """Sets, supports, failures."""
        counts = np.rint(np.hstack(self._counts)).astype(np.int64)
        return np.concatenate(self._items), counts[0], counts[1]

    def _grow(self, node: _Node) -> None:
        is_skill_C = node.columns_C < self._table.skills
        open_C = np.where(is_skill_C, node.skills_left > 0, node.conditions_left > 0)
        counts_2C = node.weight_2D @ node.has_DC
        total = node.weight_2D[0].sum(dtype=np.float64)
        open_C &= (counts_2C[0] >= self._least) & (counts_2C[0] < total)
        if not open_C.any():
            return
        columns_C, counts_2C, is_skill_C = node.columns_C[open_C], counts_2C[:, open_C], is_skill_C[open_C]
        self._emit(node.items, columns_C[:, None], counts_2C)
        skills_left = node.skills_left if is_skill_C.any() else 0
        conditions_left = node.conditions_left if not is_skill_C.all() else 0
        if skills_left + conditions_left < 2:
            return
        has_DC = node.has_DC if open_C.all() else np.ascontiguousarray(node.has_DC[:, open_C])
        kept = _Node(node.items, has_DC, node.weight_2D, columns_C, skills_left, conditions_left)
        if skills_left + conditions_left == 2:
            self._pairs(kept, is_skill_C)
        else:
            self._children(kept, is_skill_C)

    def _children(self, node: _Node, is_skill_C: NDArray[np.bool_]) -> None:
        for place, (column, skill) in enumerate(zip(node.columns_C, is_skill_C, strict=True)):
            later_C = node.columns_C[place + 1 :]
            free_C = ~self._apart_FF[column, later_C]
            if not free_C.any():
                continue
            rows_D = node.has_DC[:, place] > 0
            has_DC = node.has_DC[rows_D, place + 1 :]
            child = _Node(
                (*node.items, int(column)),
                has_DC if free_C.all() else np.ascontiguousarray(has_DC[:, free_C]),
                np.ascontiguousarray(node.weight_2D[:, rows_D]),
                later_C[free_C],
                node.skills_left - bool(skill),
                node.conditions_left - (not skill),
            )
            self._grow(child)

    def _pairs(self, node: _Node, is_skill_C: NDArray[np.bool_]) -> None:
        """The last two features at once."""
        support_CC = (node.has_DC * node.weight_2D[0][:, None]).T @ node.has_DC
        alone_C = support_CC.diagonal()
        skills_CC = is_skill_C[:, None].astype(np.int8) + is_skill_C[None, :]
        fits_CC = (skills_CC <= node.skills_left) & (2 - skills_CC <= node.conditions_left)
        fits_CC &= (support_CC >= self._least) & ~self._apart_FF[np.ix_(node.columns_C, node.columns_C)]
        fits_CC &= (support_CC < alone_C[:, None]) & (support_CC < alone_C[None, :])
        first, second = np.nonzero(np.triu(fits_CC, 1))
        if not len(first):
            return
        failed_D = node.weight_2D[1] > 0
        hard_DC = node.has_DC[failed_D]
        failures_CC = (hard_DC * node.weight_2D[1][failed_D][:, None]).T @ hard_DC
        self._emit(
            node.items,
            np.stack([node.columns_C[first], node.columns_C[second]], axis=1),
            np.stack([support_CC[first, second], failures_CC[first, second]]),
        )

    def _emit(self, items: tuple[int, ...], added: NDArray[np.intp], counts_2S: Numbers) -> None:
        block = np.full((len(added), self._width), NONE, np.int16)
        block[:, : len(items)] = items
        block[:, len(items) : len(items) + added.shape[1]] = added
        self._items.append(block)
        self._counts.append(counts_2S.astype(np.float64))


def _generators(
    items_SK: NDArray[np.int16], support_S: NDArray[np.int64], failures_S: NDArray[np.int64]
) -> Mined:
    """Leave out what one feature fewer says as well, and find each set's parts."""
    for _ in range(2):  # the second time finds the parts among those that are left
        key_S = _keys(items_SK)
        order = np.argsort(key_S)
        ordered = key_S[order]
        part_SK = np.full(items_SK.shape, NONE, np.int32)
        free_S = np.ones(len(items_SK), np.bool_)
        for place in range(items_SK.shape[1]):
            has_S = items_SK[:, place] != NONE
            wanted = _keys(np.delete(items_SK, place, axis=1))
            found = order[np.minimum(np.searchsorted(ordered, wanted), len(order) - 1)]
            free_S &= ~has_S | ((key_S[found] == wanted) & (support_S[found] > support_S))
            part_SK[:, place] = np.where(has_S, found, NONE)
        if free_S.all():
            break
        items_SK, support_S, failures_S = items_SK[free_S], support_S[free_S], failures_S[free_S]
    return Mined(items_SK, support_S, failures_S, part_SK)


def _keys(items_SK: NDArray[np.int16]) -> NDArray[np.int64]:
    """One number a set."""
    base = int(items_SK.max(initial=0)) + 2
    if base ** items_SK.shape[1] > np.iinfo(np.int64).max:
        raise ValueError(
            f"{base - 1} features are too many for sets of {items_SK.shape[1]}; mine smaller sets"
        )
    key_S = np.zeros(len(items_SK), np.int64)
    for place in range(items_SK.shape[1]):
        key_S += (items_SK[:, place].astype(np.int64) + 1) * base**place
    return key_S
