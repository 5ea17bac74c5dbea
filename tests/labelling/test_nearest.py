"""The catalogue as a labeller: right on plain questions, silent on foreign ones, and as good as its page says."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from scotoma.labelling import Label, NearestLabeller, load_catalogue
from scotoma.labelling.labels import NOTHING_NEAR
from scotoma.labelling.nearest import MARGIN, MOST, THRESHOLD

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def labeller() -> NearestLabeller:
    return NearestLabeller()


def labelled(labeller: NearestLabeller, *questions: str) -> list[Label]:
    return asyncio.run(labeller.label(questions))


@pytest.mark.parametrize(
    ("question", "skill"),
    [
        ("How many pianos can you see?", "counting"),
        ("What colour is the hedgehog?", "colour"),
        ("Which way is the tractor facing?", "orientation"),
        ("Is the violin made of wood or metal?", "material"),
        ("Is the kettle to the left of the toaster?", "left_right"),
        ("What time is it on the clock?", "clock_reading"),
    ],
)
def test_plain_questions_are_labelled_whatever_they_are_about(
    labeller: NearestLabeller, question: str, skill: str
) -> None:
    (label,) = labelled(labeller, question)
    assert label.skills[0] == skill
    assert label.similarity is not None
    assert label.similarity >= THRESHOLD


def test_foreign_questions_are_unlabelled_with_a_reason(labeller: NearestLabeller) -> None:
    for label in labelled(labeller, "What is the capital of France?", "Tell me a joke.", "", "\x00 ðþ"):
        assert label.skills == ()
        assert label.reason == NOTHING_NEAR
        assert f"< {THRESHOLD:.2f}" in label.told


def test_order_batch_and_repetition_make_no_difference(labeller: NearestLabeller) -> None:
    questions = ["Is there a dog?", "How big is the lorry?", "Is there a dog?", "Is the cup behind the box?"]
    together = labelled(labeller, *questions)
    assert together[0] == together[2]
    alone = [labelled(NearestLabeller(), question)[0] for question in questions]
    assert [label.skills for label in alone] == [label.skills for label in together]
    assert labelled(labeller) == []


def test_the_threshold_and_the_margin_decide() -> None:
    question = "Is the balloon on the left or on the right of the truck?"
    strict, open_ = NearestLabeller(threshold=1.01), NearestLabeller(threshold=-1.0, margin=2.0)
    assert labelled(strict, question)[0].reason == NOTHING_NEAR
    assert len(labelled(open_, question)[0].skills) == MOST


def test_a_label_has_skills_or_a_reason() -> None:
    with pytest.raises(ValueError, match="or a reason"):
        Label(())
    with pytest.raises(ValueError, match="or a reason"):
        Label(("colour",), "labelled all the same")


def test_it_is_as_right_as_the_page_says(labeller: NearestLabeller) -> None:
    """benchmarks/labelling.py over fewer scenes: precision and share labelled, with room for the smaller sample."""
    script = benchmark()
    exact = script.questions(120, 21)
    similarity_QS = labeller.similarities(list(exact))
    labelled_, first, precision, recall = script.measured(
        similarity_QS, list(exact.values()), THRESHOLD, MARGIN
    )
    assert labelled_ > 0.65
    assert first > 0.85
    assert precision > 0.80
    assert recall > 0.48
    assert (labeller.similarities(script.FOREIGN).max(axis=1) >= THRESHOLD).mean() <= 0.15
    assert similarity_QS.shape == (len(exact), len(load_catalogue().skills))


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_labelling", ROOT / "benchmarks" / "labelling.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
