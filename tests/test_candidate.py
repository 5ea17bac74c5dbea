"""The candidate behind the ledger and a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import SceneSource, ScriptedModel
from scotoma.candidate import (
    UNANSWERABLE,
    Candidate,
    ModelAnswerer,
    OracleAnswerer,
    answerer_from_spec,
)
from scotoma.errors import BudgetSpent, ImagesError, SpecError
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.records import Answer, Image
from scotoma.tabletop.oracle import ask
from scotoma.tabletop.scene import Scene

SOURCE = SceneSource(3)
IMAGES = [SOURCE.record(index) for index in range(3)]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "run", {}, {}) as opened:
        yield opened


def candidate(
    ledger: Ledger, model: ScriptedModel, max_calls: int | None = None, so_far: int = 0
) -> Candidate:
    answerer = ModelAnswerer(model, SOURCE, "{question} Be short.")
    return Candidate(answerer, ledger, Budget(max_calls, calls_so_far=so_far))


def answers(of: Candidate, images: list[Image], questions: list[str], repeat: int = 0) -> list[str | None]:
    return [answer.text for answer in asyncio.run(of.answer(images, questions, repeat))]


def test_one_call_for_the_same_image_and_question(ledger: Ledger) -> None:
    model = ScriptedModel(str.upper)
    under_test = candidate(ledger, model)
    first = answers(under_test, [IMAGES[0], IMAGES[0], IMAGES[1], IMAGES[0]], ["a", "b", "a", "a"])
    assert first == ["A BE SHORT.", "B BE SHORT.", "A BE SHORT.", "A BE SHORT."]
    assert model.asked == ["a Be short.", "b Be short.", "a Be short."]
    assert under_test.budget.calls == ledger.call_count("candidate") == 3


def test_what_was_paid_for_is_never_asked_again_but_on_purpose(ledger: Ledger) -> None:
    answers(candidate(ledger, ScriptedModel(str.upper)), IMAGES[:1], ["a"])
    silent = ScriptedModel(lambda text: "other")
    later = candidate(ledger, silent, max_calls=2, so_far=1)
    assert answers(later, IMAGES[:1], ["a"]) == ["A BE SHORT."]
    assert silent.asked == []
    assert answers(later, IMAGES[:1], ["a"], repeat=1) == ["other"]
    with pytest.raises(BudgetSpent):
        answers(later, IMAGES[:1], ["a"], repeat=2)


def test_a_refused_batch_asks_nothing(ledger: Ledger) -> None:
    model = ScriptedModel(str.upper)
    with pytest.raises(BudgetSpent):
        answers(candidate(ledger, model, max_calls=2), IMAGES, ["a", "b", "c"])
    assert model.asked == []
    assert ledger.call_count() == 0


def test_a_failed_call_is_told_and_may_be_made_again(ledger: Ledger) -> None:
    model = ScriptedModel(lambda text: None)
    under_test = candidate(ledger, model)
    answer = asyncio.run(under_test.answer(IMAGES[:1], ["a"]))[0]
    assert answer == Answer(None, "scripted", 0.25, 0.01, "timed out")
    assert under_test.budget.calls == 1
    assert answers(candidate(ledger, ScriptedModel(str.upper)), IMAGES[:1], ["a"]) == ["A BE SHORT."]


def test_braces_in_a_question_are_just_text(ledger: Ledger) -> None:
    assert answers(candidate(ledger, ScriptedModel(str)), IMAGES[:1], ["{0} {x}?"]) == ["{0} {x}? Be short."]


def test_oracle_is_right_and_says_when_it_cannot_be() -> None:
    questions = ["How many objects are there?", "Who are you?"]
    replies = asyncio.run(OracleAnswerer().reply(IMAGES[:2], questions, 0))
    assert replies[0].text == ask(questions[0], Scene.from_truth(IMAGES[0].truth or {})).answer
    assert replies[1].text == UNANSWERABLE
    with pytest.raises(ImagesError, match="no exact truth"):
        asyncio.run(OracleAnswerer().reply([Image("0", "f", 1, 1, "photo.png")], ["Is there a cat?"], 0))


def test_planted_fails_in_its_blind_spot(tmp_path: Path) -> None:
    file = tmp_path / "spot.toml"
    file.write_text(
        'name = "cannot count"\naccuracy = 1.0\n[[blind_spot]]\nskills = ["counting"]\nfailure_rate = 1.0\n'
    )
    answerer = answerer_from_spec(f"planted:{file}", SOURCE)
    question = "How many objects are there?"
    reply = asyncio.run(answerer.reply(IMAGES[:1], [question], 0))[0]
    assert reply.text != ask(question, Scene.from_truth(IMAGES[0].truth or {})).answer
    assert "cannot count" in str(answerer.parameters)


def test_unknown_spec() -> None:
    with pytest.raises(SpecError):
        answerer_from_spec("gpt", SOURCE)
