"""Images with truth + seed -> questions and answers of known truth, half of the questions valid.

Valid questions are proposed for the scene, every other one aimed at a skill in turn, so that rare skills are measured
too. Invalid ones are grammatical questions that nothing makes valid, aimed at the causes in turn; two questions in one;
and questions of taste or beyond the picture. The oracle has the last word on all of them: a question or an answer that
it does not rule as intended is not used.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scotoma.analysis.calibration import AnswerKind
from scotoma.errors import ImagesError
from scotoma.records import SKILLS, Image
from scotoma.tabletop.asking import propose, propose_any
from scotoma.tabletop.language import write
from scotoma.tabletop.oracle import Ruling, ask, grade
from scotoma.tabletop.planted import PlantedSpec
from scotoma.tabletop.scene import Scene

PER_IMAGE = 4
"""Questions about one image; more where there are too few images."""

_TRIES = 60
_CAUSES = (
    "no_referent", "ambiguous_referent", "false_premise", "thin_margin", "gives_itself_away", "multiple_questions",
    "unreadable",
)  # fmt: skip
_BEYOND = (
    "Which of these objects is the prettiest?",
    "Who owns the {thing}?",
    "How much did the {thing} cost?",
    "Where was the {thing} made?",
    "What will happen to the {thing} next?",
    "Why was the {thing} put there?",
)
_WORDINGS = ("{}", "{}.", "It is {}.", "The answer is {}.", "I would say {}.")
_HEDGES = (
    "I cannot tell.",
    "It is not clear from the picture.",
    "I am not sure.",
    "It is impossible to say.",
    "Sorry, I cannot determine that from this image.",
)
_RIGHT = PlantedSpec("calibration", 1.0, ())
_WRONG = PlantedSpec("calibration", 0.0, ())


@dataclass(frozen=True, slots=True)
class Posed:
    """A question about an image, its truth, and answers of known kind; an invalid one has a guess, of no kind.

    cause: "valid", or the oracle's reason.
    """

    image: Image
    text: str
    skills: tuple[str, ...]
    cause: str
    answers: tuple[tuple[AnswerKind | None, str], ...]


def pose(image_at: Callable[[int], Image], images: int, questions: int, seed: int) -> Iterator[Posed]:
    """`questions` questions, valid and invalid ones in turn, about as few images as PER_IMAGE allows.

    image_at: place -> image.  images: how many there are. The same arguments pose the same questions.
    Raises ImagesError if an image has no truth.
    """
    per_image = max(PER_IMAGE, -(-questions // images))
    asked: set[str] = set()
    for number in range(questions):
        place, member = divmod(number, per_image)
        if member == 0:
            asked = set()
        image = image_at(place)
        rng = random.Random(f"calibrate:{seed}:{image.id}:{member}")
        posed = _posed(image, number, rng, asked)
        if posed is not None:
            asked.add(posed.text)
            yield posed


def _posed(image: Image, number: int, rng: random.Random, asked: set[str]) -> Posed | None:
    """A question that was not asked of the image yet, or None if none was found."""
    scene = _scene(image)
    make = _valid if number % 2 == 0 else _invalid
    for text in make(scene, number // 2, rng):
        ruling = ask(text, scene)
        if text not in asked and ruling.valid is (make is _valid):
            return Posed(image, text, ruling.skills, ruling.reason, _answers(image, scene, text, ruling, rng))
    return None


def _scene(image: Image) -> Scene:
    if image.truth is None:
        raise ImagesError(
            f"calibrating needs images whose truth is known, and {image.uri} has none: "
            "use --images tabletop, or a folder made by `scotoma images tabletop`"
        )
    return Scene.from_truth(image.truth)


def _valid(scene: Scene, number: int, rng: random.Random) -> Iterator[str]:
    """Valid questions: every other time first one that needs the skill whose turn it is."""
    aimed = [SKILLS[number // 2 % len(SKILLS)]] if number % 2 else None
    for skills in (aimed, *[None] * _TRIES):
        program = propose(scene, rng, skills=skills)
        if program is not None:
            yield write(program, rng)


def _invalid(scene: Scene, number: int, rng: random.Random) -> Iterator[str]:
    """Questions that are hardly valid: of the cause whose turn it is if it comes up, else of any."""
    cause = _CAUSES[number % len(_CAUSES)]
    things = [thing.category.replace("_", " ") for thing in scene.objects]
    if cause == "unreadable":
        yield rng.choice(_BEYOND).replace("{thing}", rng.choice(things))
    if cause == "multiple_questions":
        yield " ".join(text for text, _ in zip(_valid(scene, 0, rng), range(2), strict=False))
    others = []
    for _ in range(_TRIES):
        text = write(propose_any(scene, rng), rng)
        if ask(text, scene).reason == cause:
            yield text
        others.append(text)
    yield from others


def _answers(
    image: Image, scene: Scene, text: str, ruling: Ruling, rng: random.Random
) -> tuple[tuple[AnswerKind | None, str], ...]:
    """One answer of each kind, as the oracle grades them; to an invalid question a guess."""
    right, wrong = (spec.answer(text, scene, image.id) for spec in (_RIGHT, _WRONG))
    if not ruling.valid:
        return ((None, right),)
    answers: list[tuple[AnswerKind | None, str]] = [
        ("right", _worded(right, ruling, True, rng)),
        ("wrong", _worded(wrong, ruling, False, rng)),
    ]
    hedge = rng.choice(_HEDGES)
    if grade(ruling, hedge)[0] is None:
        answers.append(("hedged", hedge))
    return tuple(answers)


def _worded(said: str, ruling: Ruling, correct: bool, rng: random.Random) -> str:
    """The answer in some wording that the oracle grades as it grades the bare one."""
    for wording in rng.sample(_WORDINGS, len(_WORDINGS)):
        text = wording.format(said)
        if grade(ruling, text)[0] is correct:
            return text
    return said
