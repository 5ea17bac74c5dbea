"""The guard around a caller: every request ends in a reply or a reason, within all bounds."""

from __future__ import annotations

import asyncio

import pytest

from callers import Outcome, Purse, ScriptedCaller, Time, busy, guarded, requests, run
from scotoma.errors import BudgetSpent, CallFailed, ModelError
from scotoma.models.chat import Reply, Request
from scotoma.models.guard import Backoff, Budget
from scotoma.models.guard.guarded import HOPELESS, request_seeds


def test_replies_come_in_order_and_no_more_calls_run_together_than_allowed() -> None:
    caller = ScriptedCaller(lambda text, attempt: Reply(text.upper()))
    purse = Purse()
    model = guarded(caller, concurrency=5)
    assert run(model.reply(requests(40), account=purse)) == [f"Q{index}" for index in range(40)]
    assert caller.most == 5
    assert purse.kept == {index: f"Q{index}" for index in range(40)}
    assert (caller.connections, caller.closed) == (1, 1)
    assert run(model.reply([])) == []


def test_there_are_never_more_tasks_than_calls_under_way() -> None:
    tasks: list[int] = []
    caller = ScriptedCaller(lambda text, attempt: (tasks.append(len(asyncio.all_tasks())), Reply(text))[1])
    run(guarded(caller, concurrency=6).reply(requests(3000)))
    assert max(tasks) == 7  # and the one that asks


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
