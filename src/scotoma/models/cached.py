"""calls -> replies: what was paid for is never asked again, and nothing is asked beyond the budget."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from scotoma.ledger import StoredCall
from scotoma.models.chat import Reply
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
    """Where finished calls are kept: a `Ledger`, or `MemoryCalls`."""

    def calls(self, keys: Sequence[str]) -> dict[str, StoredCall]: ...

    def store_calls(self, calls: Iterable[StoredCall]) -> None: ...


class MemoryCalls:
    """Finished calls kept in memory, where there is no run to keep them in."""

    def __init__(self) -> None:
        self._kept: dict[str, StoredCall] = {}

    def calls(self, keys: Sequence[str]) -> dict[str, StoredCall]:
        """The finished calls among these keys."""
        return {key: self._kept[key] for key in keys if key in self._kept}

    def store_calls(self, calls: Iterable[StoredCall]) -> None:
        """Keep finished calls; the first answer under a key stays."""
        for call in calls:
            self._kept.setdefault(call.key, call)


class Make(Protocol):
    """Really makes the calls at these indices, all of one repeat: one reply each, in order."""

    async def __call__(self, indices: Sequence[int], repeat: int) -> Sequence[Reply]: ...


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
              it is used, also if another repeat fails. A reply without text is not stored: it may be asked for again.
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
        replies = dict(zip(indices, await make(indices, repeat), strict=True))
        self._store.store_calls(
            StoredCall(
                wanted[index].key,
                wanted[index].summary[:_SUMMARY_CHARS],
                text,
                reply.latency_s,
                reply.cost_usd,
                self._role,
            )
            for index, reply in replies.items()
            if (text := reply.text) is not None
        )
        return {wanted[index].key: reply for index, reply in replies.items()}


def _kept(call: StoredCall) -> Reply:
    return Reply(call.response, latency_s=call.latency_s, cost_usd=call.cost_usd)
