"""Budgets of calls, minutes, tokens and dollars: reserved before, settled after, never exceeded."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.errors import BudgetSpent
from scotoma.models.chat import Hold
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
    with pytest.raises(BudgetSpent, match="2 minutes is spent"):
        asyncio.run(budget.reserve(1, 0.0))


def test_no_limit() -> None:
    budget = Budget()
    budget.charge(10**9)
    assert budget.room_for(10**9)


def test_what_is_reserved_is_settled_at_what_was_used() -> None:
    budget = Budget(max_tokens=100, max_usd=1.0, tokens_so_far=10, usd_so_far=0.1)
    hold = asyncio.run(budget.reserve(90, 0.9))
    budget.settle(hold, 20, 0.2)
    assert (budget.tokens, round(budget.usd, 9)) == (30, 0.3)
    with pytest.raises(BudgetSpent, match=r"\$1 is spent \(\$0.3000 paid.*\$0.8000\).*--max-usd"):
        asyncio.run(budget.reserve(1, 0.8))
    with pytest.raises(BudgetSpent, match=r"100 tokens is spent \(30 used.*need 71\).*--max-tokens"):
        asyncio.run(budget.reserve(71, 0.0))


def test_whoever_does_not_fit_beside_calls_under_way_waits_for_them() -> None:
    async def scene() -> list[str]:
        budget, told = Budget(max_usd=1.0), []
        first = await budget.reserve(0, 0.6)

        async def second() -> None:
            hold = await budget.reserve(0, 0.6)
            told.append("second")
            budget.settle(hold, 0, 0.6)

        waiting = asyncio.create_task(second())
        await asyncio.sleep(0)
        told.append("first")
        budget.settle(first, 0, 0.3)
        await waiting
        with pytest.raises(BudgetSpent):
            await budget.reserve(0, 0.2)
        return told

    assert asyncio.run(scene()) == ["first", "second"]


def test_a_price_that_is_not_known_fits_no_budget_in_dollars() -> None:
    assert asyncio.run(Budget().reserve(5, None)) == Hold(5, 0.0)
    with pytest.raises(BudgetSpent, match="price_in and price_out"):
        asyncio.run(Budget(within=Budget(max_usd=1.0)).reserve(5, None))


def test_repetitions_leave_room_for_what_is_owed() -> None:
    budget = Budget(max_calls=10, owed=8)
    budget.charge(3)
    assert budget.calls == 3
    asyncio.run(budget.reserve(0, 0.0, again=True))
    asyncio.run(budget.reserve(0, 0.0, again=True))
    with pytest.raises(BudgetSpent, match="10 candidate calls"):
        asyncio.run(budget.reserve(0, 0.0, again=True))
    budget.charge(5)
    assert budget.calls == 10


def test_room_is_judged_by_what_calls_have_come_to() -> None:
    money = Budget(max_usd=1.0)
    budget = Budget(within=money)
    assert budget.room_for(1000)
    budget.charge(10)
    money.settle(asyncio.run(money.reserve(0, 0.5)), 0, 0.5)
    assert budget.room_for(10)
    assert not budget.room_for(11)
    assert budget.usd == 0.0
    assert money.usd == 0.5


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=30),
    st.integers(0, 100),
    st.integers(),
)
def test_no_order_of_calls_under_way_together_exceeds_a_budget(
    calls: list[tuple[int, int]], limit: int, seed: int
) -> None:
    rng = random.Random(seed)
    budget = Budget(within=Budget(max_tokens=limit, max_usd=limit / 100))

    async def call(bound: int, used: int) -> None:
        hold = await budget.reserve(bound, bound / 100)
        for _ in range(rng.randrange(3)):
            await asyncio.sleep(0)
        budget.settle(hold, min(bound, used), min(bound, used) / 100)

    async def scene() -> None:
        await asyncio.gather(*(call(*each) for each in calls), return_exceptions=True)

    asyncio.run(scene())
    assert budget.tokens <= limit
    assert budget.usd <= limit / 100 + 1e-6
