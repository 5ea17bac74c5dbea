"""k votes in rounds: who wins, why the verifier abstains, and what it costs."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import SceneSource
from judges import ScriptedJudge, own
from scotoma.models.cached import CachedCalls, MemoryCalls
from scotoma.models.guard import Budget
from scotoma.verifiers.judge import ERROR, UNREADABLE, UNSURE
from scotoma.verifiers.judge.assessing import OWN
from scotoma.verifiers.judge.calling import JudgeCalls, Task
from scotoma.verifiers.judge.polling import Poll, polls
from scotoma.verifiers.judge.schemas import OwnAnswer

SOURCE = SceneSource(2)


def poll(script: list[str | None], agreement: float = 0.6) -> tuple[Poll[OwnAnswer], ScriptedJudge]:
    """The poll of as many votes as the script has; a vote is an answer, "?" (unreadable) or None (fails)."""

    def said(vote: str | None) -> str | None:
        return vote if vote in (None, "?") else own(vote)

    model = ScriptedJudge(answer=lambda request, seed: said(script[seed]))
    caller = JudgeCalls(model, SOURCE, CachedCalls(MemoryCalls(), Budget(), "verifier"))
    task = Task(SOURCE.record(0), "What colour?", (), "")
    (found,) = asyncio.run(polls(caller, OWN, [task], len(script), agreement))
    return found, model


@pytest.mark.parametrize(
    ("script", "winner", "calls"),
    [
        (["red"], "red", 1),
        (["red", "Red.", "blue"], "red", 2),
        (["red", "blue", "the red"], "red", 3),
        (["red", None, "red"], "red", 3),
        (["red", "?", "red"], "red", 4),  # one of them a repair
        (["red", "red", "red", "blue", "blue"], "red", 3),
        (["red", "blue"], None, 2),
        (["red", "blue", "green"], None, 3),
    ],
)
def test_winners_and_their_price(script: list[str | None], winner: str | None, calls: int) -> None:
    found, model = poll(script)
    assert found.winner == winner
    assert len(model.asked) == calls


@pytest.mark.parametrize(
    ("script", "reason", "told"),
    [
        (["red", "blue", "green"], UNSURE, "disagree: “red” 1, “blue” 1, “green” 1"),
        ([None, None, None], ERROR, "timed out"),
        (["?", "?", "?"], UNREADABLE, "cannot be read: '?'"),
        (["?", None, "red"], ERROR, "timed out"),
        (["red", "?", "blue"], UNREADABLE, "cannot be read"),
        # Here one vote is lost, but it could have decided nothing.
        (["red", "blue", None, "green", "white"], UNSURE, "disagree"),
    ],
)
def test_why_it_abstains(script: list[str | None], reason: str, told: str) -> None:
    found, _ = poll(script)
    assert found.winner is None
    assert found.abstention()[0] == reason
    assert told in found.abstention()[1]


@given(st.lists(st.sampled_from(["red", "blue", "?", None]), min_size=1, max_size=7), st.floats(0.5, 1.0))
def test_a_winner_has_its_votes_and_an_abstention_its_reason(
    script: list[str | None], agreement: float
) -> None:
    found, model = poll(script, agreement)
    assert len(found.votes) <= len(script)
    assert len(model.asked) <= 2 * len(script)
    if found.winner is not None:
        assert len(found.agreeing) >= found.needed > len(script) // 2
        assert all(reading.answer == found.winner for reading in found.agreeing)
    else:
        assert found.abstention()[0] in (UNSURE, ERROR, UNREADABLE)


def test_clear_tasks_are_not_asked_again_because_of_unclear_ones() -> None:
    model = ScriptedJudge(
        answer=lambda request, seed: own("red" if "clear" in request.text else f"colour {seed}")
    )
    caller = JudgeCalls(model, SOURCE, CachedCalls(MemoryCalls(), Budget(), "verifier"))
    tasks = [Task(SOURCE.record(0), text, (), "") for text in ("clear", "mixed")]
    found = asyncio.run(polls(caller, OWN, tasks, 5, 0.6))
    assert [entry.winner for entry in found] == ["red", None]
    assert [request.text for _, request, _ in model.asked].count("clear") == 3
