"""Budgets, pace, backoff, and the guard around a caller: waits are given, never slept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.errors import BudgetSpent, CallFailed, ModelError
from scotoma.models.chat import Bound, Call, Hold, Reply, Request
from scotoma.models.guard import Backoff, Budget, Guarded, Pace
from scotoma.models.guard.guarded import HOPELESS, request_seeds
from scotoma.models.guard.retry import retry_after_s

# ---- budget ---------------------------------------------------------------------------------------------


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


# ---- pace and backoff -----------------------------------------------------------------------------------


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def test_pace_spreads_units_evenly() -> None:
    time = Time()
    pace = Pace(120, time.clock, time.sleep)

    async def scene() -> list[float]:
        starts = []
        for units in (1.0, 1.0, 4.0, 1.0):
            await pace.wait(units)
            starts.append(time.now_s)
        pace.correct(-2.0)
        time.now_s += 0.0
        await pace.wait()
        return [*starts, time.now_s]

    assert asyncio.run(scene()) == [0.0, 0.5, 1.0, 3.0, 3.0]


@given(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=50), st.integers(1, 600))
def test_no_minute_sees_more_than_its_share(units: list[float], per_minute: int) -> None:
    time = Time()
    pace = Pace(per_minute, time.clock, time.sleep)
    starts: list[tuple[float, float]] = []

    async def scene() -> None:
        for count in units:
            await pace.wait(count)
            starts.append((time.now_s, count))

    asyncio.run(scene())
    for index, (start_s, _) in enumerate(starts):
        # What starts within a minute, less the last one, has had its time.
        within = [count for at_s, count in starts[index:] if at_s < start_s + 60.0]
        assert sum(within[:-1]) <= per_minute + 1e-6


@given(st.integers(1, 10_000), st.none() | st.floats(0.0, 1e6), st.integers())
def test_backoff_has_full_jitter_a_cap_and_respect_for_retry_after(
    failures: int, asked_s: float | None, seed: int
) -> None:
    backoff = Backoff(base_s=0.5, cap_s=30.0, retry_after_cap_s=120.0)
    wait_s = backoff.wait_s(failures, asked_s, random.Random(seed))
    if asked_s is None:
        assert 0.0 <= wait_s <= min(30.0, 0.5 * 2.0 ** min(failures - 1, 10))
    else:
        assert min(asked_s, 120.0) <= wait_s <= min(asked_s, 120.0) + 0.5


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60.0),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 12:01:00", 60.0),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Thu, 99 Jan 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_of_any_text(header: str) -> None:
    seconds = retry_after_s(header, NOW)
    assert seconds is None or seconds >= 0.0


# ---- the guard ------------------------------------------------------------------------------------------

Outcome = Reply | CallFailed | ModelError


class ScriptedCaller:
    """A caller whose calls end as a function of (text, attempt) says; `most` under way at once, `seeds` by text."""

    name = "scripted"
    parameters = {"temperature": 0.0}

    def __init__(self, script: Callable[[str, int], Outcome]) -> None:
        self._script = script
        self._attempts: dict[str, int] = {}
        self.under_way = self.most = self.calls = self.connections = self.closed = 0
        self.seeds: dict[str, list[int]] = {}

    def bound(self, request: Request) -> Bound:
        return Bound(8, 2, 0.1)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Call]:
        self.connections += 1
        yield self.call
        self.closed += 1

    async def call(self, request: Request, seed: int) -> Reply:
        attempt = self._attempts.get(request.text, 0)
        self._attempts[request.text] = attempt + 1
        self.seeds.setdefault(request.text, []).append(seed)
        self.calls += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(3):
            await asyncio.sleep(0)
        self.under_way -= 1
        outcome = self._script(request.text, attempt)
        if isinstance(outcome, Reply):
            return outcome
        raise outcome


class Purse:
    """An account that notes what it is told."""

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.kept: dict[int, str | None] = {}
        self.lost: list[tuple[int, str]] = []

    async def reserve(self, bound: Bound, *, again: bool) -> Hold:
        return await self.budget.reserve(bound.tokens, bound.cost_usd, again=again)

    async def finished(self, replies: Any, hold: Hold) -> None:
        for index, reply in replies.items():
            self.kept[index] = reply.text
            self.budget.settle(hold, 5, reply.cost_usd)

    async def failed(self, index: int, failure: CallFailed, hold: Hold, latency_s: float) -> None:
        self.lost.append((index, failure.reason))
        self.budget.settle(hold, 0, 0.0)


def requests(n: int) -> list[Request]:
    return [Request(None, "", f"q{index}") for index in range(n)]


def guarded(caller: ScriptedCaller, time: Time | None = None, **options: Any) -> Guarded:
    time = time or Time()
    return Guarded(caller, clock=time.clock, sleep=time.sleep, rng=random.Random(0), **options)


def run(work: Coroutine[Any, Any, list[Reply]]) -> list[str | None]:
    return [reply.text for reply in asyncio.run(work)]


def busy(reason: str = "busy", **options: Any) -> CallFailed:
    return CallFailed(reason, transient=True, **options)


def test_replies_come_in_order_and_no_more_calls_run_together_than_allowed() -> None:
    caller = ScriptedCaller(lambda text, attempt: Reply(text.upper()))
    purse = Purse()
    model = guarded(caller, concurrency=5)
    assert run(model.reply(requests(40), account=purse)) == [f"Q{index}" for index in range(40)]
    assert caller.most == 5
    assert purse.kept == {index: f"Q{index}" for index in range(40)}
    assert (caller.connections, caller.closed) == (1, 1)
    assert run(model.reply([])) == []


def test_the_first_call_is_alone_so_that_its_price_is_known() -> None:
    alone: list[int] = []
    caller = ScriptedCaller(lambda text, attempt: (alone.append(caller.under_way), Reply(text))[1])
    run(guarded(caller, concurrency=8).reply(requests(9)))
    assert alone[0] == 0
    assert caller.most > 1


def test_batches_that_run_together_share_connections_and_the_bound() -> None:
    caller = ScriptedCaller(lambda text, attempt: Reply(text))
    model = guarded(caller, concurrency=4)

    async def scene() -> None:
        await asyncio.gather(*(model.reply(requests(20)) for _ in range(5)))

    asyncio.run(scene())
    assert caller.most == 4
    assert (caller.connections, caller.closed) == (1, 1)


def test_a_transient_failure_is_tried_again_after_a_wait() -> None:
    time = Time()
    caller = ScriptedCaller(
        lambda text, attempt: (busy(), busy(retry_after_s=7.0), Reply("yes"))[min(attempt, 2)]
    )
    purse = Purse()
    assert run(guarded(caller, time).reply(requests(1), account=purse)) == ["yes"]
    assert purse.lost == [(0, "busy"), (0, "busy")]
    assert purse.budget.calls == 2
    assert time.slept[0] <= 0.5
    assert 7.0 <= time.slept[1] <= 7.5


def test_a_request_that_fails_for_good_is_a_reply_with_its_reason() -> None:
    final = CallFailed("HTTP 400: too long", transient=False)
    caller = ScriptedCaller(
        lambda text, attempt: final if text == "q1" else busy("HTTP 500") if text == "q2" else Reply("a")
    )
    replies = asyncio.run(guarded(caller, backoff=Backoff(attempts=3)).reply(requests(4)))
    assert [reply.text for reply in replies] == ["a", None, None, "a"]
    assert [reply.error for reply in replies] == [None, "HTTP 400: too long", "HTTP 500", None]
    assert caller.calls == 2 + 1 + 3


def test_what_was_finished_is_kept_when_the_money_runs_out() -> None:
    caller = ScriptedCaller(lambda text, attempt: Reply(text, cost_usd=0.1))
    purse = Purse(Budget(max_usd=1.0))
    with pytest.raises(BudgetSpent, match="--max-usd"):
        asyncio.run(guarded(caller, concurrency=4).reply(requests(30), account=purse))
    assert len(purse.kept) == caller.calls == 10


def test_a_repetition_that_there_is_nothing_left_for_ends_the_request_alone() -> None:
    caller = ScriptedCaller(lambda text, attempt: busy("HTTP 503") if text == "q1" else Reply("a"))
    budget = Budget(max_calls=4)
    budget.charge(3)
    replies = asyncio.run(guarded(caller).reply(requests(3), account=Purse(budget)))
    assert [reply.text for reply in replies] == ["a", None, "a"]
    assert (replies[1].error or "").startswith("HTTP 503; not tried again: the budget of 4 candidate calls")
    assert caller.calls == budget.calls == 4


def test_a_model_that_cannot_be_used_stops_everything_but_what_is_under_way() -> None:
    caller = ScriptedCaller(lambda text, attempt: ModelError("no key") if text == "q7" else Reply(text))
    purse = Purse()
    with pytest.raises(ModelError, match="no key"):
        asyncio.run(guarded(caller, concurrency=3).reply(requests(100), account=purse))
    assert 7 <= len(purse.kept) <= 10


def test_a_server_that_was_never_there_is_told_after_few_attempts() -> None:
    caller = ScriptedCaller(lambda text, attempt: busy("no connection could be made", unreachable=True))
    with pytest.raises(ModelError, match="scripted: no connection could be made: start the server"):
        asyncio.run(guarded(caller).reply(requests(50)))
    assert caller.calls == 3


def test_a_server_that_went_away_costs_a_request_and_in_the_end_the_run() -> None:
    caller = ScriptedCaller(
        lambda text, attempt: (
            Reply("a") if text == "q0" else busy("no connection could be made", unreachable=True)
        )
    )
    model = guarded(caller, backoff=Backoff(attempts=2), concurrency=1)
    replies = asyncio.run(model.reply(requests(HOPELESS)))
    assert [reply.text for reply in replies] == ["a"] + [None] * (HOPELESS - 1)
    with pytest.raises(ModelError, match=f"{HOPELESS} requests in a row have failed"):
        asyncio.run(model.reply(requests(2)[1:]))


def test_pace_holds_calls_and_tokens_back() -> None:
    time = Time()
    caller = ScriptedCaller(lambda text, attempt: Reply(text, prompt_tokens=4, completion_tokens=1))
    asyncio.run(guarded(caller, time, rpm=60, concurrency=1).reply(requests(4)))
    assert time.slept == [1.0, 1.0, 1.0]
    time = Time()
    # Ten tokens are waited for and five are used: the next call starts so much earlier.
    asyncio.run(guarded(caller, time, tpm=60, concurrency=1).reply(requests(3)))
    assert time.slept == [5.0, 5.0]


def test_a_bug_in_a_back_end_stays_a_bug() -> None:
    def script(text: str, attempt: int) -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        asyncio.run(guarded(ScriptedCaller(script)).reply(requests(2)))


def test_seeds_tell_samples_of_the_same_turn_apart_and_nothing_else() -> None:
    caller = ScriptedCaller(lambda text, attempt: Reply(text))
    asked = [*requests(2), *requests(2), *requests(1)]
    run(guarded(caller, concurrency=1).reply(asked, seed=3))
    assert caller.seeds["q0"] == [3, 1_000_006, 2_000_009]
    assert caller.seeds["q1"] == [3, 1_000_006]
    drawn = [Request(None, "", "q", draw=draw) for draw in (2, 0, 1)]
    assert request_seeds(drawn, 3) == [2_000_009, 3, 1_000_006]
