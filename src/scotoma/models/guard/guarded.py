"""Caller + concurrency, pace, backoff -> ChatModel: every request ends in a reply, or in a reason."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from scotoma.errors import BudgetSpent, CallFailed, ModelError, ScotomaError
from scotoma.models.chat import Account, Bound, Call, Caller, Hold, Parameters, Reply, Request
from scotoma.models.guard.pace import Pace
from scotoma.models.guard.retry import Backoff

HOPELESS = 100
"""Requests that failed in a row, each in all its attempts, after which the model is given up."""

_UNREACHABLE_ATTEMPTS = 3
"""Attempts where nobody has ever answered: there is probably no server."""


@dataclass(slots=True)
class _Session:
    """Open connections, shared by all that use the model in one event loop at the same time."""

    call: Call
    stack: AsyncExitStack
    slots: asyncio.Semaphore
    first: asyncio.Lock
    users: int = 0


@dataclass(slots=True)
class _Batch:
    """Requests under way. `stopped`: why no more of them are started."""

    requests: Sequence[Request]
    seeds: list[int]
    account: Account
    waiting: Iterator[int]
    replies: dict[int, Reply] = field(default_factory=dict)
    stopped: ScotomaError | None = None


class Guarded:
    """A ChatModel that stands between the stages and a Caller.

    concurrency: calls under way at once. So many tasks exist, however many requests wait.
    rpm, tpm:    requests, tokens a minute; None = no limit.
    clock, sleep, rng: of waits; given in tests.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        concurrency: int = 16,
        rpm: int | None = None,
        tpm: int | None = None,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._caller = caller
        self._concurrency = concurrency
        self._requests_pace = Pace(rpm, clock, sleep) if rpm else None
        self._tokens_pace = Pace(tpm, clock, sleep) if tpm else None
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._sleep = sleep
        self._rng = rng or random.Random()
        self._sessions: dict[asyncio.AbstractEventLoop, _Session] = {}
        self._scouted = self._answered_once = False
        self._lost_in_a_row = 0

    @property
    def name(self) -> str:
        """Of the caller."""
        return self._caller.name

    @property
    def parameters(self) -> Parameters:
        """Of the caller: pace and concurrency change no reply."""
        return self._caller.parameters

    async def reply(
        self, requests: Sequence[Request], *, seed: int = 0, account: Account | None = None
    ) -> list[Reply]:
        """One reply a request, in order; see `ChatModel`. Where it has to stop, calls under way are waited for."""
        waiting = iter(range(len(requests)))
        batch = _Batch(requests, request_seeds(requests, seed), account or _Unlimited(), waiting)
        async with self._session() as session, asyncio.TaskGroup() as workers:
            for _ in range(min(self._concurrency, len(requests))):
                workers.create_task(self._work(batch, session))
        if batch.stopped is not None:
            raise batch.stopped
        return [batch.replies[index] for index in range(len(requests))]

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[_Session]:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None:
            stack = AsyncExitStack()
            call = await stack.enter_async_context(self._caller.connect())
            slots = asyncio.Semaphore(self._concurrency)
            session = self._sessions[loop] = _Session(call, stack, slots, asyncio.Lock())
        session.users += 1
        try:
            yield session
        finally:
            session.users -= 1
            if not session.users:
                del self._sessions[loop]
                await session.stack.aclose()

    async def _work(self, batch: _Batch, session: _Session) -> None:
        for index in batch.waiting:
            try:
                async with session.slots:
                    batch.replies[index] = await self._in_turn(batch, index, session)
            except ScotomaError as error:
                batch.stopped = batch.stopped or error
                return

    async def _in_turn(self, batch: _Batch, index: int, session: _Session) -> Reply:
        if not self._scouted:
            # One call alone tells whether the model answers, and what for, before many of them are under way.
            async with session.first:
                if not self._scouted:
                    try:
                        return await self._answered(batch, index, session.call)
                    finally:
                        self._scouted = True
        return await self._answered(batch, index, session.call)

    async def _answered(self, batch: _Batch, index: int, call: Call) -> Reply:
        failure: CallFailed | None = None
        failures = 0
        while True:
            if batch.stopped is not None:
                raise batch.stopped
            try:
                reply = await self._attempt(batch, index, call, again=failure is not None)
            except CallFailed as failed:
                failure, failures = failed, failures + 1
                if not failed.transient or failures >= self._attempts(failed):
                    return self._lost(failed)
                await self._sleep(self._backoff.wait_s(failures, failed.retry_after_s, self._rng))
            except BudgetSpent as spent:
                if failure is None:
                    raise
                # The request was paid for: it is its repetition that there is nothing left for.
                return Reply(None, f"{failure.reason}; not tried again: {spent}")
            else:
                self._lost_in_a_row, self._answered_once = 0, True
                return reply

    async def _attempt(self, batch: _Batch, index: int, call: Call, *, again: bool) -> Reply:
        request, account = batch.requests[index], batch.account
        bound = self._caller.bound(request)
        if self._requests_pace is not None:
            await self._requests_pace.wait()
        if self._tokens_pace is not None:
            await self._tokens_pace.wait(bound.tokens)
        hold = await account.reserve(bound, again=again)
        start_s = self._clock()
        try:
            reply = await call(request, batch.seeds[index])
        except CallFailed as failure:
            await account.failed(index, failure, hold, self._clock() - start_s)
            raise
        except ModelError as error:
            # No call can succeed: nothing was billed for this one.
            await account.failed(
                index, CallFailed(str(error), transient=False), hold, self._clock() - start_s
            )
            raise
        reply = replace(reply, latency_s=self._clock() - start_s)
        if self._tokens_pace is not None and reply.prompt_tokens is not None:
            self._tokens_pace.correct(reply.prompt_tokens + (reply.completion_tokens or 0) - bound.tokens)
        await account.finished({index: reply}, hold)
        return reply

    def _attempts(self, failure: CallFailed) -> int:
        if failure.unreachable and not self._answered_once:
            return min(_UNREACHABLE_ATTEMPTS, self._backoff.attempts)
        return self._backoff.attempts

    def _lost(self, failure: CallFailed) -> Reply:
        """The reply of a request that failed for good. Raises ModelError where the rest will fail as well."""
        if failure.unreachable and not self._answered_once:
            raise ModelError(f"{self.name}: {failure.reason}: start the server, or correct the address")
        self._lost_in_a_row += 1
        if self._lost_in_a_row >= HOPELESS:
            raise ModelError(
                f"{self.name}: {HOPELESS} requests in a row have failed, the last one with: {failure.reason}: "
                "see to the server, then resume the run"
            )
        return Reply(None, failure.reason)


class _Unlimited:
    """The account of whoever has none."""

    async def reserve(self, bound: Bound, *, again: bool) -> Hold:
        return Hold(0, 0.0)

    async def finished(self, replies: Mapping[int, Reply], hold: Hold) -> None:
        pass

    async def failed(self, index: int, failure: CallFailed, hold: Hold, latency_s: float) -> None:
        pass


def request_seeds(requests: Sequence[Request], seed: int) -> list[int]:
    """A seed for each request, 0..2^31-1: the same turn several times in a batch is so many different samples."""
    seen: Counter[tuple[str, str, str | None, int]] = Counter()
    seeds = []
    for request in requests:
        turn = (request.image_id, request.text, request.system, request.draw)
        seeds.append((seed + 1_000_003 * (request.draw + seen[turn])) % 2**31)
        seen[turn] += 1
    return seeds
