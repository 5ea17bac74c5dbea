"""Calls that are paid once: kept as they end, charged as they are made, drawn apart where they are the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from models.test_guard import Outcome, ScriptedCaller, busy, guarded
from scotoma.errors import BudgetSpent, CallFailed, ModelError
from scotoma.ledger import Ledger, Spent
from scotoma.models.cached import CachedCalls, Call, KeptModel
from scotoma.models.chat import Account, Bound, Reply, Request
from scotoma.models.guard import Backoff, Budget


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "run", {}, {}) as opened:
        yield opened


def kept(
    ledger: Ledger, script: Callable[[str, int], Outcome], budget: Budget | None = None, concurrency: int = 3
) -> tuple[KeptModel, ScriptedCaller]:
    caller = ScriptedCaller(script)
    model = guarded(caller, concurrency=concurrency, backoff=Backoff(attempts=2))
    return KeptModel(model, CachedCalls(ledger, budget or Budget(), "questioner")), caller


def asked(model: KeptModel, requests: Sequence[Request], seed: int = 0) -> list[str | None]:
    return [reply.text for reply in asyncio.run(model.reply(requests, seed=seed))]


def turns(*texts: str) -> list[Request]:
    return [Request(None, "", text) for text in texts]


def test_samples_of_one_turn_are_different_calls_and_each_is_kept(ledger: Ledger) -> None:
    model, caller = kept(ledger, lambda text, attempt: Reply(f"{text}{attempt}"), concurrency=1)
    assert asked(model, turns("a", "a", "b", "a")) == ["a0", "a1", "b0", "a2"]
    assert len(set(caller.seeds["a"])) == 3
    assert asked(model, turns("a", "a", "a")) == ["a0", "a1", "a2"]
    assert caller.calls == ledger.call_count("questioner") == 4
    assert asked(model, turns("a"), seed=1) == ["a3"]


def test_a_sample_that_is_missing_is_drawn_with_its_own_seed(ledger: Ledger) -> None:
    first, caller = kept(
        ledger,
        lambda text, attempt: Reply("x") if attempt != 1 else CallFailed("HTTP 400", transient=False),
        concurrency=1,
    )
    assert asked(first, turns("a", "a", "a")) == ["x", None, "x"]
    again, later = kept(ledger, lambda text, attempt: Reply("y"))
    assert asked(again, turns("a", "a", "a")) == ["x", "y", "x"]
    assert later.seeds["a"] == [caller.seeds["a"][1]]


def test_what_makes_a_turn_another_one(ledger: Ledger) -> None:
    model, caller = kept(ledger, lambda text, attempt: Reply("x"))
    base = Request(None, "", "a")
    others = [
        Request(None, "i", "a"),
        Request(None, "", "a", "told"),
        Request(None, "", "a", None, {"type": "object"}),
    ]
    asked(model, [base, *others])
    assert caller.calls == 4


def test_a_bug_in_the_middle_of_a_batch_loses_nothing_that_was_finished(ledger: Ledger) -> None:
    def script(text: str, attempt: int) -> Outcome:
        if text == "q6":
            raise ZeroDivisionError
        return Reply(text)

    model, _caller = kept(ledger, script, concurrency=2)
    texts = [f"q{index}" for index in range(20)]
    with pytest.raises(ExceptionGroup):
        asked(model, turns(*texts))
    done = ledger.call_count()
    assert 5 <= done <= 7
    later, again = kept(ledger, lambda text, attempt: Reply(text))
    assert asked(later, turns(*texts)) == texts
    assert again.calls == 20 - done


def test_attempts_that_failed_are_noted_and_counted_and_never_an_answer(ledger: Ledger) -> None:
    model, _caller = kept(
        ledger, lambda text, attempt: busy("timed out", billed=True) if attempt < 1 else Reply("x")
    )
    assert asked(model, turns("a")) == ["x"]
    assert ledger.call_count() == 1
    assert ledger.spent("questioner") == Spent(2, 10, 0.1, 0)
    assert ledger.spent("candidate") == Spent()
    lost, _ = kept(ledger, lambda text, attempt: busy("HTTP 500"))
    assert asked(lost, turns("b")) == [None]
    assert ledger.spent().calls == 4
    assert asked(model, turns("b")) == ["x"]


def test_what_calls_came_to_is_in_the_ledger(ledger: Ledger) -> None:
    model, _ = kept(
        ledger,
        lambda text, attempt: Reply(
            text, None, 0.0, 0.25 if text == "a" else None, 7, 2 if text == "a" else None
        ),
    )
    asked(model, turns("a", "b"))
    assert ledger.spent() == Spent(2, 16, 0.25, 1)


def test_a_budget_in_dollars_ends_a_batch_and_a_larger_one_goes_on(ledger: Ledger) -> None:
    def script(text: str, attempt: int) -> Outcome:
        return Reply(text, None, 0.0, 0.1, 1, 1)

    texts = [f"q{index}" for index in range(30)]
    model, caller = kept(ledger, script, Budget(max_usd=1.0))
    with pytest.raises(BudgetSpent, match="--max-usd"):
        asked(model, turns(*texts))
    assert caller.calls == ledger.call_count() == 10
    spent = ledger.spent()
    model, later = kept(ledger, script, Budget(max_usd=4.0, usd_so_far=spent.usd))
    assert asked(model, turns(*texts)) == texts
    assert later.calls == 20


def test_a_budget_that_no_server_can_be_held_to_is_told(ledger: Ledger) -> None:
    model, caller = kept(ledger, lambda text, attempt: Reply(text), Budget(max_tokens=1000))
    with pytest.raises(ModelError, match="does not say how many tokens"):
        asked(model, turns("a", "b"))
    assert caller.calls == ledger.call_count() == 1


def test_what_make_does_not_tell_the_account_is_kept_all_the_same(ledger: Ledger) -> None:
    calls = CachedCalls(ledger, Budget(), "verifier")

    async def make(indices: Sequence[int], repeat: int, account: Account) -> Sequence[Reply]:
        hold = await account.reserve(Bound(1, 1, 0.0), again=False)
        await account.finished({0: Reply("first")}, hold)
        return [Reply("first"), Reply(None, "lost"), Reply("third")]

    wanted = [Call(f"k{index}", "?") for index in range(3)]
    assert [reply.text for reply in asyncio.run(calls.replies(wanted, make))] == ["first", None, "third"]
    assert {key: call.response for key, call in ledger.calls(["k0", "k1", "k2"]).items()} == {
        "k0": "first",
        "k2": "third",
    }
