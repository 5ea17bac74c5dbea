"""Minimal pairs: found for planted failures, none where there is nothing to find, never past the calls allowed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scotoma.candidate import (
    Answerer,
    Candidate,
    OracleAnswerer,
    PlantedAnswerer,
    answerer_from_spec,
    scene_of,
)
from scotoma.confirming import pairs
from scotoma.confirming.pairs import MinimalPair, minimal_pair
from scotoma.errors import BudgetSpent, ImagesError
from scotoma.images.edited import edited_image, edited_picture, is_edited
from scotoma.images.tabletop import TabletopSource
from scotoma.ledger import Ledger
from scotoma.models.chat import Account, Parameters, Reply
from scotoma.models.guard import Budget
from scotoma.records import Image
from scotoma.tabletop.edits import edits_of
from scotoma.tabletop.oracle import ask
from scotoma.tabletop.oracle.measures import HIDDEN_BELOW, SEEN_FROM_SHARE, WHOLE_ABOVE
from scotoma.tabletop.planted import BlindSpot, PlantedSpec, When
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import COLOURS, Scene
from scotoma.verifiers.exact import ExactVerifier

SIZE = 48
HOW_MANY = "how many objects are there?"
Say = Callable[[str, Scene, int], str | None]
"""(right answer, scene, repeat) -> what is said."""


class Scripted:
    """Answers by a rule that knows what is right. asked: the number of answers given."""

    parameters: Parameters = {}

    def __init__(self, say: Say) -> None:
        self.name = f"scripted:{say.__qualname__}"  # another rule is another candidate to the ledger
        self._say = say
        self.asked = 0

    async def reply(
        self, images: Sequence[Image], questions: Sequence[str], repeat: int, account: Account | None = None
    ) -> list[Reply]:
        self.asked += len(images)
        scenes = [scene_of(image) for image in images]
        said = [
            self._say(ask(question, scene).answer or "", scene, repeat)
            for question, scene in zip(questions, scenes, strict=True)
        ]
        return [Reply(text, error="timed out" if text is None else None) for text in said]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "run", {}, {}) as opened:
        yield opened


@cache
def picture(index: int) -> Image:
    return edited_image(sample_scene(31, index), SIZE)[0]


def render(scene: Scene) -> Image:
    return edited_image(scene, SIZE)[0]


@cache
def countable(least: int) -> list[Image]:
    """Pictures of at least so many objects, all of them to be seen."""
    images = [picture(index) for index in range(24)]
    return [image for image in images if int(ask(HOW_MANY, scene_of(image)).answer or 0) >= least]


@cache
def hidden_colours() -> list[tuple[Image, str]]:
    """Pictures with a question about the colour of something partly hidden that can be moved out."""
    found = []
    for image in map(picture, range(24)):
        for item in scene_of(image).objects:
            question = f"what colour is the {item.category}?"
            half = SEEN_FROM_SHARE < item.visible < HIDDEN_BELOW
            ruling = ask(question, scene_of(image))
            if half and ruling.valid and ruling.program is not None:
                edits = edits_of(scene_of(image), ruling.program)
                if not any((edit.kind, edit.object_id) == ("uncover", item.id) for edit in edits):
                    continue  # the table is too full
                found.append((image, question))
    return found


def search(
    answerer: Answerer,
    ledger: Ledger,
    image: Image,
    question: str = HOW_MANY,
    *,
    budget: Budget | None = None,
    most_calls: int = 24,
    repeats: int = 2,
) -> MinimalPair | None:
    candidate = Candidate(answerer, ledger, budget or Budget())
    return asyncio.run(
        minimal_pair(
            image,
            question,
            candidate,
            ExactVerifier(),
            render=render,
            most_calls=most_calls,
            repeats=repeats,
        )
    )


def loses_count(right: str, scene: Scene, repeat: int) -> str:
    """Says 9 from four objects on."""
    return "9" if int(right) >= 4 else right


# ---- what is found -------------------------------------------------------------------------------------------


def test_one_object_fewer_turns_a_planted_failure_of_counting(ledger: Ledger) -> None:
    spec = PlantedSpec("loses count", 1.0, (BlindSpot(("counting",), 1.0, When(min_count=4)),))
    fours = [image for image in countable(4) if ask(HOW_MANY, scene_of(image)).answer == "4"]
    assert len(fours) >= 2
    for image in fours:
        pair = search(PlantedAnswerer("planted:loses-count", spec), ledger, image)
        assert pair is not None
        assert pair.edit.kind == "take_away"
        assert (pair.reference, pair.edited_reference, pair.edited_answer) == ("4", "3", "3")
        assert pair.answer != "4"
        assert pair.old_answer_fits == (pair.answer == "3")
        assert (pair.repeats, pair.wrong_again, pair.right_again) == (2, 2, 2)
        assert pair.edited.truth is not None
        assert len(pair.edited.truth["objects"]) == len(scene_of(image).objects) - 1


def test_five_objects_are_not_turned_by_one_edit(ledger: Ledger) -> None:
    image = next(image for image in countable(6))
    answerer = Scripted(loses_count)
    assert search(answerer, ledger, image) is None
    assert 3 < answerer.asked <= 24


def test_moving_it_out_turns_a_failure_on_what_is_hidden(ledger: Ledger) -> None:
    """The candidate names the right colour only of what is wholly to be seen."""
    cases = hidden_colours()[:3]
    assert len(cases) == 3
    for image, question in cases:

        def say(right: str, scene: Scene, repeat: int, noun: str = question[19:-1]) -> str:
            item = next(item for item in scene.objects if item.category == noun)
            return right if item.visible > WHOLE_ABOVE else next(name for name in COLOURS if name != right)

        pair = search(Scripted(say), ledger, image, question)
        assert pair is not None
        assert " moved out from behind " in pair.edit.words
        assert pair.reference == pair.edited_reference == pair.edited_answer
        assert not pair.old_answer_fits
        assert pair.tried == 1


def test_the_truth_moving_to_the_old_answer_is_the_last_resort(ledger: Ledger) -> None:
    """A candidate that always says "3" of four objects is right once one is away, and that is said."""
    image = next(image for image in countable(4) if ask(HOW_MANY, scene_of(image)).answer == "4")
    pair = search(Scripted(lambda right, scene, repeat: "3"), ledger, image)
    assert pair is not None
    assert pair.old_answer_fits
    assert (pair.answer, pair.edited_answer, pair.edited_reference) == ("3", "3", "3")

    def recoloured(right: str, scene: Scene, repeat: int) -> str:
        return right if [item.colour for item in scene.objects] != colours else "3"

    colours = [item.colour for item in scene_of(image).objects]
    other = search(Scripted(recoloured), ledger, image, repeats=1)
    assert other is not None
    assert not other.old_answer_fits


# ---- what is not taken for a pair ------------------------------------------------------------------------------


def test_no_failure_no_pair(ledger: Ledger) -> None:
    candidate = Candidate(OracleAnswerer(), ledger, Budget())
    for text, calls in ((HOW_MANY, 1), ("what colour is the dragon?", 1), ("is there a horse and why?", 1)):
        found = asyncio.run(
            minimal_pair(countable(4)[0], text, candidate, ExactVerifier(), render=render, most_calls=24)
        )
        assert found is None
        assert candidate.budget.calls == calls


def test_a_failure_that_does_not_hold_is_given_up(ledger: Ledger) -> None:
    answerer = Scripted(lambda right, scene, repeat: right if repeat else "9")
    assert search(answerer, ledger, countable(4)[0]) is None
    assert answerer.asked == 3


def test_a_right_answer_that_does_not_hold_is_passed_over(ledger: Ledger) -> None:
    """Right by luck on every edited picture, once: none of them is a pair."""
    image = countable(4)[0]
    full = len(scene_of(image).objects)

    def lucky(right: str, scene: Scene, repeat: int) -> str:
        return right if len(scene.objects) < full and repeat == 0 else "9"

    assert search(Scripted(lucky), ledger, image) is None


def test_how_often_it_held_is_told(ledger: Ledger) -> None:
    image = next(image for image in countable(4) if ask(HOW_MANY, scene_of(image)).answer == "4")

    def mostly(right: str, scene: Scene, repeat: int) -> str:
        wrong = int(right) >= 4
        return right if wrong == (repeat == 2) else "9"

    pair = search(Scripted(mostly), ledger, image, repeats=3)
    assert pair is not None
    assert (pair.repeats, pair.wrong_again, pair.right_again) == (3, 2, 2)


def test_failed_calls_are_neither_right_nor_wrong(ledger: Ledger) -> None:
    image = countable(4)[0]

    def silent(right: str, scene: Scene, repeat: int) -> str | None:
        return "9" if scene.objects == scene_of(image).objects else None

    answerer = Scripted(silent)
    assert search(answerer, ledger, image) is None
    assert answerer.asked > 3


# ---- calls and budgets -----------------------------------------------------------------------------------------


@given(most_calls=st.integers(0, 30), repeats=st.integers(0, 3), index=st.integers(0, 3))
@examples(max_examples=12)
def test_never_more_calls_than_allowed(
    tmp_path_factory: pytest.TempPathFactory, most_calls: int, repeats: int, index: int
) -> None:
    image = countable(4)[index]
    answerer = Scripted(loses_count)
    with Ledger.create(tmp_path_factory.mktemp("run") / "run", {}, {}) as ledger:
        pair = search(answerer, ledger, image, most_calls=most_calls, repeats=repeats)
    assert answerer.asked <= most_calls
    if most_calls < 2 + 2 * repeats:
        assert answerer.asked == 0
    if pair is not None:
        assert pair.calls == answerer.asked
        assert pair.tried <= pair.calls - 1 - 2 * repeats


def test_a_spent_budget_stops_it_and_a_larger_one_goes_on(ledger: Ledger) -> None:
    image = next(image for image in countable(4) if ask(HOW_MANY, scene_of(image)).answer == "4")
    whole = Scripted(loses_count)
    with Ledger.create(ledger.run_dir.parent / "undisturbed", {}, {}) as other:
        expected = search(whole, other, image)
    assert expected is not None
    stopped = Scripted(loses_count)
    with pytest.raises(BudgetSpent):
        search(stopped, ledger, image, budget=Budget(max_calls=5))
    assert 0 < stopped.asked <= 5
    resumed = Scripted(loses_count)
    assert search(resumed, ledger, image, budget=Budget(max_calls=100)) == expected
    assert stopped.asked + resumed.asked == whole.asked == expected.calls


# ---- records ---------------------------------------------------------------------------------------------------


def test_a_pair_is_kept_in_the_ledger(ledger: Ledger) -> None:
    image, question = hidden_colours()[0]
    right = ask(question, scene_of(image)).answer or ""
    wrong = next(name for name in COLOURS if name != right)
    whole = Scripted(lambda _, scene, repeat: wrong if scene == scene_of(image) else right)
    pair = search(whole, ledger, image, question)
    assert pair is not None
    ledger.set_state("pair", pair.to_dict())
    assert MinimalPair.from_dict(ledger.state("pair")) == pair
    assert MinimalPair.from_dict(json.loads(json.dumps(pair.to_dict()))) == pair
    assert is_edited(pair.edited)
    assert edited_picture(pair.edited).size == (SIZE, SIZE)
    assert pair.original_id == image.id != pair.edited.id


def test_images_that_cannot_be_edited_are_refused(ledger: Ledger) -> None:
    image = countable(4)[0]
    for broken in (replace(image, truth=None), replace(image, id="0" * 64)):
        answerer = Scripted(loses_count)
        with pytest.raises(ImagesError) as caught:
            search(answerer, ledger, broken)
        assert "\n" not in str(caught.value)
        assert answerer.asked == 0


def test_edits_are_asked_in_batches(ledger: Ledger) -> None:
    sizes: list[int] = []

    class Counting(Scripted):
        async def reply(
            self,
            images: Sequence[Image],
            questions: Sequence[str],
            repeat: int,
            account: Account | None = None,
        ) -> list[Reply]:
            sizes.append(len(images))
            return await super().reply(images, questions, repeat, account)

    search(Counting(lambda right, scene, repeat: "9"), ledger, countable(6)[0])
    assert sizes[:4] == [1, 1, 1, pairs.BATCH]
    assert max(sizes) == pairs.BATCH


def test_the_mini_has_minimal_pairs(ledger: Ledger) -> None:
    """The shipped candidate, which looks at pixels: the pair opens, and holds when its pictures are asked anew."""
    source = TabletopSource(4, 11, 96, workers=0)
    candidate = Candidate(answerer_from_spec("mini", source), ledger, Budget())
    verifier = ExactVerifier()

    async def first() -> tuple[Image, MinimalPair] | None:
        for image in map(source.record, range(4)):
            found = await minimal_pair(
                image,
                HOW_MANY,
                candidate,
                verifier,
                render=lambda scene: edited_image(scene, 96)[0],
                most_calls=24,
            )
            if found is not None:
                return image, found
        return None

    found = asyncio.run(first())
    assert found is not None
    image, pair = found
    again = asyncio.run(candidate.answer([image, pair.edited], [HOW_MANY] * 2, repeat=7))
    assert [answer.text for answer in again] == [pair.answer, pair.edited_answer]
    assert ask(HOW_MANY, scene_of(image)).answer == pair.reference != pair.answer
    assert ask(HOW_MANY, scene_of(pair.edited)).answer == pair.edited_reference == pair.edited_answer
