"""Budgets of calls and minutes."""

from __future__ import annotations

import pytest

from scotoma.errors import BudgetSpent
from scotoma.models.guard import Budget


def test_calls_are_refused_before_they_are_counted() -> None:
    budget = Budget(max_calls=10, calls_so_far=4)
    budget.charge(5)
    assert not budget.room_for(2)
    with pytest.raises(BudgetSpent, match=r"10 candidate calls is spent.*9 made, 2 more.*--max-calls"):
        budget.charge(2)
    budget.charge(1)
    assert budget.calls == 10
    budget.charge(0)


def test_minutes_of_this_sitting() -> None:
    now_s = [100.0]
    budget = Budget(max_minutes=2.0, clock=lambda: now_s[0])
    now_s[0] += 119.0
    budget.charge(1000)
    now_s[0] += 1.0
    assert budget.minutes == 2.0
    with pytest.raises(BudgetSpent, match="2 minutes is spent"):
        budget.charge(1)


def test_no_limit() -> None:
    budget = Budget()
    budget.charge(10**9)
    assert budget.room_for(10**9)
