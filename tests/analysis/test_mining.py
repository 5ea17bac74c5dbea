"""Mined sets: exactly the minimal generators that a brute force lists, with its counts."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.features import ProbeTable, Row, key_of, packed
from scotoma.analysis.mining import NONE, fits, mine, recount
from simulated import Planted, rows

SKILLS = ("counting", "colour", "size", "occlusion", "negation")
CONDITIONS = ("count>=2", "count>=4", "count<=5", "objects>=6", "colour=red")
questions = st.lists(
    st.builds(
        Row,
        st.sets(st.sampled_from(SKILLS), min_size=1),
        st.sets(st.sampled_from(CONDITIONS)),
        st.booleans(),
        st.just("a"),
    ),
    max_size=60,
)


def brute_force(
    asked: list[Row], table: ProbeTable, least: int, largest: int, most: int
) -> dict[tuple[int, ...], tuple[int, int]]:
    """Every set that fits -> (support, failures), if no set of one feature fewer has the same support."""
    have = [{*row.skills, *row.conditions} for row in asked]

    def counted(items: tuple[int, ...]) -> tuple[int, int]:
        names = {table.features[item] for item in items}
        failed = [row.failed for row, here in zip(asked, have, strict=True) if names <= here]
        return len(failed), sum(failed)

    sets = {}
    for size in range(1, largest + 3):
        for items in combinations(range(len(table.features)), size):
            conditions = [key_of(table.features[item]) for item in items if item >= table.skills]
            if size - len(conditions) > largest or len(conditions) > 2 or len(set(conditions)) > most:
                continue
            support = counted(items)
            smaller = [counted(tuple(other for other in items if other != item)) for item in items]
            if support[0] >= least and all(part[0] > support[0] for part in smaller):
                sets[items] = support
    return sets


@given(questions, st.integers(1, 6), st.integers(0, 4), st.integers(0, 2))
def test_mined_sets_are_those_of_a_brute_force(asked: list[Row], least: int, largest: int, most: int) -> None:
    table = ProbeTable.of_rows(asked)
    mined = mine(table, least_support=least, largest=largest, most_conditions=most)
    counts = zip(mined.support_S.tolist(), mined.failures_S.tolist(), strict=True)
    found = {mined.features(index): both for index, both in enumerate(counts)}
    assert len(found) == len(mined)
    assert found.pop(()) == (len(asked), sum(row.failed for row in asked))
    assert found == brute_force(asked, table, least, largest, most)
    assert all(fits(table, items, largest=largest, most_conditions=most) for items in found)


@given(questions, st.integers(0, 2))
def test_parts_are_the_sets_with_one_feature_less(asked: list[Row], most: int) -> None:
    mined = mine(ProbeTable.of_rows(asked), least_support=1, largest=3, most_conditions=most)
    for index in range(len(mined)):
        items = mined.features(index)
        parts = [mined.features(int(part)) for part in mined.part_SK[index] if part != NONE]
        assert parts == [items[:place] + items[place + 1 :] for place in range(len(items))]


@given(questions, st.randoms(use_true_random=False))
def test_a_recount_is_a_count_of_the_probes_of_a_mask(asked: list[Row], random) -> None:
    table = ProbeTable.of_rows(asked)
    mined = mine(table, least_support=1, largest=2, most_conditions=1)
    chosen = [random.random() < 0.4 for _ in asked]
    support_S, failures_S = recount(table, mined, packed(np.array(chosen, bool)))
    left = [(row, {*row.skills, *row.conditions}) for row, here in zip(asked, chosen, strict=True) if here]
    for index in range(len(mined)):
        names = {table.features[item] for item in mined.features(index)}
        failed = [row.failed for row, here in left if names <= here]
        assert (support_S[index], failures_S[index]) == (len(failed), sum(failed))


def test_a_larger_table_is_counted_exactly() -> None:
    """More rows than a block of words, more sets than one product, and skills that imply others."""
    asked = list(
        rows(4000, [Planted(("counting", "occlusion"))], seed=3, implied={"viewpoint": "left_right"})
    )
    table = ProbeTable.of_rows(asked)
    mined = mine(table, least_support=25, largest=4, most_conditions=0)
    counts = zip(mined.support_S.tolist(), mined.failures_S.tolist(), strict=True)
    found = {mined.features(index): both for index, both in enumerate(counts)}
    del found[()]
    assert found == brute_force(asked, table, 25, 4, 0)
    both = {table.features.index("left_right"), table.features.index("viewpoint")}
    assert not any(both <= set(items) for items in found), "viewpoint alone says as much"


def test_bounds_are_checked() -> None:
    table = ProbeTable.of_rows([])
    assert len(mine(table, least_support=1, largest=4, most_conditions=2)) == 1
    for bad in ((0, 4, 1), (1, -1, 1), (1, 4, 3)):
        with pytest.raises(ValueError, match="least_support must be at least 1"):
            mine(table, least_support=bad[0], largest=bad[1], most_conditions=bad[2])
