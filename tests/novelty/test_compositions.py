"""The memory of compositions: nothing is lost from `seen`, old questions fade from `recent`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.novelty import CompositionMemory

A, B, C = ("counting",), ("colour",), ("counting", "occlusion")
steps = st.lists(st.lists(st.sampled_from([A, B, C]), max_size=20), max_size=20)


def test_counts_halve_after_a_half_life() -> None:
    memory = CompositionMemory(half_life=10)
    assert memory.remember([A] * 8) == 1
    assert memory.remember([B] * 10) == 1
    assert memory.recent == {A: pytest.approx(4.0), B: 10.0}
    assert memory.seen == {A: 8, B: 10}


@given(steps)
def test_without_a_half_life_recent_is_seen(asked: list[list[tuple[str, ...]]]) -> None:
    memory = CompositionMemory()
    new = sum(memory.remember(step) for step in asked)
    assert dict(memory.recent) == dict(memory.seen)
    assert new == len(memory.seen)


@given(steps, st.floats(1.0, 1000.0))
def test_recent_never_exceeds_seen_and_forgets_no_composition(
    asked: list[list[tuple[str, ...]]], half_life: float
) -> None:
    memory = CompositionMemory(half_life)
    for step in asked:
        memory.remember(step)
    assert set(memory.recent) == set(memory.seen)
    assert all(0.0 <= memory.recent[composition] <= count for composition, count in memory.seen.items())


def test_a_step_does_not_fade_itself() -> None:
    memory = CompositionMemory(half_life=1)
    memory.remember([A] * 50)
    assert memory.recent == {A: 50.0}
