"""calls -> replies: what was paid for is never asked again, and nothing is asked beyond the budget."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from scotoma.errors import CallFailed, ModelError
from scotoma.ledger import FailedCall, StoredCall, call_key
from scotoma.models.chat import Account, Bound, ChatModel, Hold, Parameters, Reply, Request
from scotoma.models.guard import Budget

_SUMMARY_CHARS = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is wanted.

    key:     `ledger.call_key` of the whole request, its repeat included.
    summary: what is asked, for people who read the ledger; shortened when it is stored.
    repeat:  0, 1, 2, ...: the same request again on purpose. It seeds what samples.
    """

    key: str
    summary: str
    repeat: int = 0


class CallStore(Protocol):
    """Where calls are kept: a `Ledger`, or `MemoryCalls`."""

    def calls(self, keys: Sequence[str]) -> dict[str, StoredCall]: ...

    def store_calls(self, calls: Iterable[StoredCall], failed: Iterable[FailedCall] = ()) -> None: ...


class MemoryCalls:
    """Finished calls kept in memory, where there is no run to keep them in."""

    def __init__(self) -> None:
        self._kept: dict[str, StoredCall] = {}

    def calls(self, keys: Sequence[str]) -> dict[str, StoredCall]:
        """The finished calls among these keys."""
        return {key: self._kept[key] for key in keys if key in self._kept}

    def store_calls(self, calls: Iterable[StoredCall], failed: Iterable[FailedCall] = ()) -> None:
        """Keep finished calls; the first answer under a key stays."""
        for call in calls:
            self._kept.setdefault(call.key, call)


class Make(Protocol):
    """Really makes the calls at these indices, all of one repeat: one reply each, in order.

    account: pays for them and keeps them as they end, under their places in `indices`; for `ChatModel.reply`.
    """

    async def __call__(self, indices: Sequence[int], repeat: int, account: Account) -> Sequence[Reply]: ...


class CachedCalls:
    """The calls of one role behind a store of finished calls and a budget.

    role: under what the store files them, so that they can be counted apart.
    """

    def __init__(self, store: CallStore, budget: Budget, role: str) -> None:
        self._store = store
        self._role = role
        self.budget = budget

    async def replies(self, wanted: Sequence[Call], make: Make) -> list[Reply]:
        """Replies in order. What was asked before, also within this batch, is not asked again.

        make: called once for each repeat that misses something, all of them together. What it brings is stored before
              it is used, call by call where `make` tells the account, also if another repeat fails. A reply without
              text is not stored: it may be asked for again.
        Raises BudgetSpent before anything is asked if the missing calls do not fit; LedgerError; what `make` raises.
        """
        stored = self._store.calls(list(dict.fromkeys(call.key for call in wanted)))
        missing: dict[str, int] = {}
        for index, call in enumerate(wanted):
            if call.key not in stored:
                missing.setdefault(call.key, index)
        self.budget.charge(len(missing))
        by_repeat: defaultdict[int, list[int]] = defaultdict(list)
        for index in missing.values():
            by_repeat[wanted[index].repeat].append(index)
        fresh: dict[str, Reply] = {}
        finished = await asyncio.gather(
            *(self._made(wanted, indices, repeat, make) for repeat, indices in by_repeat.items()),
            return_exceptions=True,
        )
        for part in finished:
            if isinstance(part, BaseException):
                raise part
            fresh |= part
        return [fresh[call.key] if call.key in fresh else _kept(stored[call.key]) for call in wanted]

    async def _made(
        self, wanted: Sequence[Call], indices: Sequence[int], repeat: int, make: Make
    ) -> dict[str, Reply]:
        calls = [wanted[index] for index in indices]
        account = _BatchAccount(self._store, self.budget, self._role, calls)
        replies = await make(indices, repeat, account)
        await account.keep(dict(enumerate(replies)))
        return {call.key: reply for call, reply in zip(calls, replies, strict=True)}


class _BatchAccount:
    """The `Account` of calls: they are charged to a budget and kept in a store, once each."""

    def __init__(self, store: CallStore, budget: Budget, role: str, calls: Sequence[Call]) -> None:
        self._store = store
        self._budget = budget
        self._role = role
        self._calls = calls
        self._kept: set[int] = set()
        self._fresh: list[StoredCall] = []
        self._failed: list[FailedCall] = []
        self._storing = asyncio.Lock()

    async def reserve(self, bound: Bound, *, again: bool) -> Hold:
        return await self._budget.reserve(bound.tokens, bound.cost_usd, again=again)

    async def finished(self, replies: Mapping[int, Reply], hold: Hold) -> None:
        for reply in replies.values():
            counted = (
                None if reply.prompt_tokens is None else reply.prompt_tokens + (reply.completion_tokens or 0)
            )
            self._budget.settle(
                hold,
                hold.tokens if counted is None else counted,
                hold.usd if reply.cost_usd is None else reply.cost_usd,
            )
        await self.keep(replies)
        for reply in replies.values():
            unknown_cost = self._budget.needs_price and reply.cost_usd is None
            if unknown_cost or (self._budget.needs_usage and reply.prompt_tokens is None):
                raise ModelError(
                    "the server does not say how many tokens a call used, so that no budget of tokens or dollars "
                    "can be held: give --max-calls instead"
                )

    async def failed(self, index: int, failure: CallFailed, hold: Hold, latency_s: float) -> None:
        # What may have been billed counts as billed, or a budget would not hold.
        tokens, usd = (hold.tokens, hold.usd) if failure.billed else (0, 0.0)
        self._budget.settle(hold, tokens, usd)
        self._failed.append(
            FailedCall(self._calls[index].key, failure.reason, self._role, latency_s, usd, tokens)
        )
        await self._store_new()

    async def keep(self, replies: Mapping[int, Reply]) -> None:
        """Store those that have a text and are not stored yet; returns when they are on disk."""
        for index, reply in replies.items():
            if index not in self._kept and reply.text is not None:
                self._kept.add(index)
                self._fresh.append(_stored(self._calls[index], reply, reply.text, self._role))
        await self._store_new()

    async def _store_new(self) -> None:
        # Whatever ends while a transaction is being written waits here, and goes into the next one together.
        async with self._storing:
            fresh, self._fresh = self._fresh, []
            failed, self._failed = self._failed, []
            if fresh or failed:
                await asyncio.to_thread(self._store.store_calls, fresh, failed)


class KeptModel:
    """A ChatModel whose finished calls are kept before they are used, and charged: for models that cost something."""

    def __init__(self, model: ChatModel, calls: CachedCalls) -> None:
        self._model = model
        self._calls = calls

    @property
    def name(self) -> str:
        """Of the model."""
        return self._model.name

    @property
    def parameters(self) -> Parameters:
        """Of the model."""
        return self._model.parameters

    async def reply(
        self, requests: Sequence[Request], *, seed: int = 0, account: Account | None = None
    ) -> list[Reply]:
        """See `ChatModel`. The same turn several times is so many samples, each of which is kept.

        account: not used, it has its own.
        """
        drawn = _drawn(requests)

        async def make(indices: Sequence[int], repeat: int, account: Account) -> Sequence[Reply]:
            return await self._model.reply([drawn[index] for index in indices], seed=repeat, account=account)

        wanted = [Call(self._key(request, seed), request.text, seed) for request in drawn]
        return await self._calls.replies(wanted, make)

    def _key(self, request: Request, seed: int) -> str:
        messages = [{"system": request.system, "text": request.text, "schema": request.schema}]
        parameters = {**self._model.parameters, "seed": seed}
        return call_key(self._model.name, parameters, request.image_id, messages, request.draw)


def _drawn(requests: Sequence[Request]) -> list[Request]:
    """Requests whose `draw` tells equal ones apart, by their order."""
    seen: Counter[tuple[str, str, str | None, int]] = Counter()
    drawn = []
    for request in requests:
        turn = (request.image_id, request.text, request.system, request.draw)
        drawn.append(replace(request, draw=request.draw + seen[turn]))
        seen[turn] += 1
    return drawn


def _stored(call: Call, reply: Reply, text: str, role: str) -> StoredCall:
    return StoredCall(
        call.key,
        call.summary[:_SUMMARY_CHARS],
        text,
        reply.latency_s,
        reply.cost_usd,
        role,
        reply.prompt_tokens,
        reply.completion_tokens,
    )


def _kept(call: StoredCall) -> Reply:
    return Reply(
        call.response,
        latency_s=call.latency_s,
        cost_usd=call.cost_usd,
        prompt_tokens=call.prompt_tokens,
        completion_tokens=call.completion_tokens,
    )
