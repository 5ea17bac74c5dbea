"""Before the candidate is asked: validity, the judge's own answer, the blind test."""

from __future__ import annotations

import asyncio

import pytest

from fakes import SceneSource
from judges import VALID, ScriptedJudge, always, blocks, invalid, judge, own
from scotoma.records import Verdict
from scotoma.verifiers.judge import ERROR, UNREADABLE, UNSURE
from scotoma.verifiers.judge.schemas import CHECKS
from scotoma.verifiers.judge.settings import QUESTION_CHARS

SOURCE = SceneSource(2)
IMAGE = SOURCE.record(0)
QUESTION = "What colour is the cup?"


def screened(model: ScriptedJudge, question: str = QUESTION, **settings: float) -> Verdict | None:
    (verdict,) = asyncio.run(judge(model, SOURCE, **settings).screen([IMAGE], [question]))
    return verdict


def test_a_valid_question_with_a_sure_answer_goes_to_the_candidate() -> None:
    model = ScriptedJudge()
    assert screened(model) is None
    assert model.kinds() == ["checklist", "checklist", "answer", "answer"]
    assert all(blocks(request) == [QUESTION] for _, request, _ in model.asked)


@pytest.mark.parametrize("name", CHECKS)
def test_an_invalid_question_is_named_by_the_point_that_fails(name: str) -> None:
    model = ScriptedJudge(validity=always(invalid(name, "It <b>fails</b>.\x1b[31m")))
    verdict = screened(model)
    assert verdict is not None
    assert (verdict.valid, verdict.correct, verdict.reference, verdict.reason) == (False, None, None, name)
    assert "2 of 2 votes" in verdict.evidence
    assert "It <b>fails</b>." in verdict.evidence
    assert "\x1b" not in verdict.evidence
    assert verdict.skills == ()
    assert "answer" not in model.kinds()


def test_votes_that_fail_different_points_agree_on_invalid() -> None:
    names = ["objective", "no_false_premise", "no_false_premise"]
    model = ScriptedJudge(validity=lambda request, seed: invalid(names[seed]))
    verdict = screened(model, agreement=1.0)
    assert verdict is not None
    assert verdict.reason == "no_false_premise"


def test_votes_that_disagree_on_validity_are_no_verdict() -> None:
    def validity(request: object, seed: int) -> str:
        return invalid("objective") if seed % 2 else VALID

    verdict = screened(ScriptedJudge(validity=validity), votes=2)
    assert verdict is not None
    assert (verdict.valid, verdict.reason, verdict.unscorable) == (None, UNSURE, True)


@pytest.mark.parametrize(("said", "reason"), [(None, ERROR), ("I would say yes.", UNREADABLE)])
def test_errors_are_never_verdicts(said: str | None, reason: str) -> None:
    for model, valid in (
        (ScriptedJudge(validity=always(said)), None),
        (ScriptedJudge(answer=always(said)), True),
    ):
        verdict = screened(model)
        assert verdict is not None
        assert (verdict.valid, verdict.correct, verdict.reason) == (valid, None, reason)
        assert verdict.unscorable


def test_own_answers_that_disagree_or_cannot_tell_are_unscorable() -> None:
    colours = ["red", "blue", "green"]
    for answer in (
        lambda request, seed: own(colours[seed]),
        always(own("red", can_tell=False)),
        always(own(" ")),
    ):
        verdict = screened(ScriptedJudge(answer=answer))
        assert verdict is not None
        assert (verdict.valid, verdict.correct, verdict.reference, verdict.reason) == (
            True,
            None,
            None,
            UNSURE,
        )


def test_one_question_is_paid_for_once_in_a_batch_and_across_calls() -> None:
    model = ScriptedJudge()
    verifier = judge(model, SOURCE)
    assert asyncio.run(verifier.screen([IMAGE] * 3, [QUESTION] * 3)) == [None] * 3
    assert asyncio.run(verifier.screen([IMAGE], [QUESTION])) == [None]
    assert len(model.asked) == 4
    asyncio.run(verifier.screen([SOURCE.record(1)], [QUESTION]))
    assert len(model.asked) == 8


@pytest.mark.parametrize(
    "question", ["", "  \n", "\x00\u202e", "???", "x" * (QUESTION_CHARS + 1), "x" * 1_000_000]
)
def test_what_is_no_question_costs_nothing(question: str) -> None:
    model = ScriptedJudge()
    verdict = screened(model, question)
    assert verdict is not None
    assert verdict.valid is False
    assert model.asked == []


def test_a_question_known_without_the_picture_is_invalid() -> None:
    model = ScriptedJudge(blind=always(own("The Red")))
    verdict = screened(model, blind=True)
    assert verdict is not None
    assert (verdict.valid, verdict.reason) == (False, "needs_image")
    assert model.kinds()[-2:] == ["blind", "blind"]
    assert all(request.image_id == "" for request in model.of("blind"))


@pytest.mark.parametrize("said", [own("blue"), own("red", can_tell=False), None, "?"])
def test_a_blind_guess_that_differs_or_fails_changes_nothing(said: str | None) -> None:
    assert screened(ScriptedJudge(blind=always(said)), blind=True) is None


def test_without_the_option_nothing_is_asked_blind() -> None:
    model = ScriptedJudge(blind=always(own("red")))
    assert screened(model) is None
    assert "blind" not in model.kinds()
