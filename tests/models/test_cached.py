"""Calls that were paid for: kept before they are used, never made twice, charged together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.errors import BudgetSpent, ModelError
from scotoma.ledger import Ledger, StoredCall
from scotoma.models.cached import CachedCalls, Call, MemoryCalls
from scotoma.models.chat import Account, Reply
from scotoma.models.guard import Budget


class Maker:
    """Answers "KEY/REPEAT"; `made` holds the keys that were really asked."""

    def __init__(self, wanted: Sequence[Call], silent: str = "", broken_repeat: int | None = None) -> None:
        self.wanted = wanted
        self.silent = silent
        self.broken_repeat = broken_repeat
        self.made: list[str] = []

    async def __call__(self, indices: Sequence[int], repeat: int, account: Account) -> Sequence[Reply]:
        await asyncio.sleep(0)
        if repeat == self.broken_repeat:
            raise ModelError("gone")
        self.made += [self.wanted[index].key for index in indices]
        assert {self.wanted[index].repeat for index in indices} == {repeat}
        return [
            Reply(None, "timed out") if key == self.silent else Reply(f"{key}/{repeat}", None, 0.5, 0.01)
            for key in (self.wanted[index].key for index in indices)
        ]


def replies(calls: CachedCalls, maker: Maker) -> list[str | None]:
    return [reply.text for reply in asyncio.run(calls.replies(maker.wanted, maker))]


def cached(store: MemoryCalls | Ledger, max_calls: int | None = None, so_far: int = 0) -> CachedCalls:
    return CachedCalls(store, Budget(max_calls, calls_so_far=so_far), "verifier")


keys = st.lists(st.sampled_from(["a0", "b0", "a1", "c2", "b1"]), max_size=12)


@given(keys, keys)
def test_every_key_is_made_once_whatever_is_wanted(first: list[str], second: list[str]) -> None:
    calls = cached(MemoryCalls())
    made = []
    for some in (first, second):
        maker = Maker([Call(key, key, int(key[1])) for key in some])
        assert replies(calls, maker) == [f"{key}/{key[1]}" for key in some]
        made += maker.made
    assert sorted(made) == sorted({*first, *second})
    assert calls.budget.calls == len(made)


def test_a_ledger_keeps_calls_under_their_role(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "run", {}, {}) as ledger:
        assert replies(cached(ledger), Maker([Call("a", "x" * 999), Call("a", "y")])) == ["a/0", "a/0"]
        assert ledger.call("a") == StoredCall("a", "x" * 200, "a/0", 0.5, 0.01, "verifier")
        silent = Maker([Call("a", "")])
        assert replies(cached(ledger, 0), silent) == ["a/0"]
        assert silent.made == []


def test_all_repeats_fit_the_budget_or_none_is_made() -> None:
    maker = Maker([Call("a", "", 0), Call("b", "", 1), Call("c", "", 2)])
    with pytest.raises(BudgetSpent):
        replies(cached(MemoryCalls(), max_calls=5, so_far=3), maker)
    assert maker.made == []


def test_a_failed_call_is_told_and_may_be_made_again() -> None:
    calls = cached(MemoryCalls())
    maker = Maker([Call("a", ""), Call("b", "")], silent="a")
    assert replies(calls, maker) == [None, "b/0"]
    assert replies(calls, Maker([Call("a", ""), Call("b", "")])) == ["a/0", "b/0"]
    assert calls.budget.calls == 3


def test_what_another_repeat_brought_is_kept_when_one_fails() -> None:
    store = MemoryCalls()
    maker = Maker([Call("a", "", 0), Call("b", "", 1)], broken_repeat=1)
    with pytest.raises(ModelError, match="gone"):
        replies(cached(store), maker)
    again = Maker([Call("a", "", 0), Call("b", "", 1)])
    assert replies(cached(store), again) == ["a/0", "b/1"]
    assert again.made == ["b"]
