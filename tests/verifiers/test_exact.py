"""The exact verifier: verdicts from the oracle's rulings."""

from __future__ import annotations

import asyncio

import pytest

from fakes import SceneSource
from scotoma.errors import ImagesError
from scotoma.records import Answer, Image, Verdict
from scotoma.verifiers.exact import ExactVerifier

IMAGE = SceneSource(1).record(0)
OBJECTS = str(len((IMAGE.truth or {})["objects"]))
QUESTION = "How many objects are there?"


def verify(question: str, text: str | None, error: str | None = None) -> Verdict:
    answer = Answer(text, "mini", error=error)
    return asyncio.run(ExactVerifier().verify([IMAGE], [question], [answer]))[0]


def test_right_and_wrong() -> None:
    right = verify(QUESTION, f"There are {OBJECTS}.")
    assert (right.valid, right.correct, right.reference, right.skills) == (True, True, OBJECTS, ("counting",))
    wrong = verify(QUESTION, str(int(OBJECTS) + 1))
    assert wrong.failure
    assert wrong.reason == "wrong"


@pytest.mark.parametrize(
    ("text", "reason"), [(None, "no_answer"), ("", "empty_answer"), ("I am not sure.", "hedged_answer")]
)
def test_no_answer_is_unscorable_and_never_wrong(text: str | None, reason: str) -> None:
    verdict = verify(QUESTION, text, error="timed out")
    assert (verdict.valid, verdict.correct, verdict.reason) == (True, None, reason)
    assert verdict.unscorable
    assert not verdict.failure


def test_screening_refuses_exactly_the_invalid() -> None:
    questions = [QUESTION, "Tell me a joke.", "What is the colour of the submarine?"]
    screened = asyncio.run(ExactVerifier().screen([IMAGE] * 3, questions))
    assert screened[0] is None
    assert screened[1] is not None
    assert (screened[1].valid, screened[1].reason) == (False, "unreadable")
    assert screened[2] is not None
    assert screened[2].valid is False
    assert verify(questions[1], "ha") == screened[1]


def test_images_without_truth_are_refused_at_start_up() -> None:
    with pytest.raises(ImagesError, match=r"photo.png has none.*--verifier"):
        ExactVerifier().require(Image("0", "folder", 1, 1, "photo.png"))
    ExactVerifier().require(IMAGE)
