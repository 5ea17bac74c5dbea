"""Callers, accounts and clocks for tests of the guard: scripted, and nothing is slept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from scotoma.errors import CallFailed, ModelError
from scotoma.models.chat import Bound, Call, Hold, Reply, Request
from scotoma.models.guard import Budget, Guarded


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
