"""One call: what is sent, one repair, what is lost, and nothing paid twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fakes import SceneSource
from judges import ScriptedJudge, always, own
from scotoma.ledger import Ledger
from scotoma.models.cached import CachedCalls, CallStore, MemoryCalls
from scotoma.models.guard import Budget
from scotoma.verifiers.judge import ERROR, UNREADABLE, prompts
from scotoma.verifiers.judge.assessing import OWN
from scotoma.verifiers.judge.calling import JudgeCalls, Lost, Task
from scotoma.verifiers.judge.schemas import OWN_ANSWER, OwnAnswer

SOURCE = SceneSource(3)
IMAGE = SOURCE.record(0)
TASK = Task(IMAGE, "What colour?", ("What colour?",), "what colour")
RED = OwnAnswer(answer="red", why="seen")


def caller(model: ScriptedJudge, store: CallStore | None = None) -> JudgeCalls:
    return JudgeCalls(model, SOURCE, CachedCalls(store or MemoryCalls(), Budget(), "verifier"))


def ask(of: JudgeCalls, tasks: list[tuple[Task, int]]) -> list[OwnAnswer | Lost]:
    return asyncio.run(of.ask(OWN, tasks))


def test_what_is_sent() -> None:
    model = ScriptedJudge()
    assert ask(caller(model), [(TASK, 0), (TASK, 1)]) == [RED, RED]
    assert [seed for _, _, seed in model.asked] == [0, 1]
    for _, request, _ in model.asked:
        assert request.picture is SOURCE.picture(IMAGE)
        assert (request.image_id, request.text) == (IMAGE.id, "What colour?")
        assert request.system == prompts.load("system")
        assert request.schema == OWN_ANSWER


def test_a_blind_task_shows_nothing() -> None:
    model = ScriptedJudge()
    ask(caller(model), [(Task(None, "What colour?", (), ""), 0)])
    ((_, request, _),) = model.asked
    assert (request.picture, request.image_id) == (None, "")


def test_an_unreadable_reply_is_asked_for_once_more() -> None:
    model = ScriptedJudge(
        answer=lambda request, seed: own("red") if prompts.load("repair") in request.text else "red, I think"
    )
    assert ask(caller(model), [(TASK, 0)]) == [RED]
    assert [request.text for _, request, _ in model.asked] == [
        "What colour?",
        f"What colour?\n\n{prompts.load('repair')}",
    ]


def test_only_what_could_not_be_read_is_repaired_and_a_second_failure_is_lost() -> None:
    model = ScriptedJudge(answer=lambda request, seed: own("red") if seed == 0 else "{broken\n{")
    first, second = ask(caller(model), [(TASK, 0), (TASK, 1)])
    assert first == RED
    assert isinstance(second, Lost)
    assert second.reason == UNREADABLE
    assert "\n" not in second.told
    assert [seed for _, _, seed in model.asked] == [0, 1, 1]


def test_a_failed_call_is_lost_with_its_error_and_not_repaired() -> None:
    model = ScriptedJudge(answer=always(None))
    assert ask(caller(model), [(TASK, 0)]) == [Lost(ERROR, "timed out")]
    assert len(model.asked) == 1


def test_a_later_sitting_pays_for_nothing_again_but_failed_calls(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "run", {}, {}) as ledger:
        first = ScriptedJudge(answer=lambda request, seed: None if seed else "no JSON")
        ask(caller(first, ledger), [(TASK, 0), (TASK, 1)])
        assert len(first.asked) == 3
        assert ledger.call_count("verifier") == 2  # the reply and its repair
        second = ScriptedJudge()
        lost, found = ask(caller(second, ledger), [(TASK, 0), (TASK, 1)])
        assert isinstance(lost, Lost)
        assert found == RED
        assert [seed for _, _, seed in second.asked] == [1]


def test_another_prompt_picture_repeat_or_parameter_is_another_call() -> None:
    store = MemoryCalls()
    other = Task(SOURCE.record(1), TASK.text, TASK.quoted, TASK.about)
    blind = Task(None, TASK.text, TASK.quoted, TASK.about)
    longer = Task(IMAGE, TASK.text + "?", TASK.quoted, TASK.about)
    model = ScriptedJudge()
    wanted = [(TASK, 0), (TASK, 1), (other, 0), (blind, 0), (longer, 0)]
    ask(caller(model, store), [*wanted, *wanted])
    assert len(model.asked) == 5
    model.parameters = {"temperature": 0.0}
    ask(caller(model, store), wanted)
    assert len(model.asked) == 10
