"""TOML -> PlantedSpec -> answers: a candidate that is right except where its blind spots are planted.

    name = "loses count behind things"
    accuracy = 0.97                        # outside the blind spots; 1.0 if left out
    seed = 0                               # another seed, other dice; 0 if left out
    [[blind_spot]]
    skills = ["counting", "occlusion"]     # fires where the question needs ALL of these
    when = { min_count = 4 }               # optional, see `When`; all that is given must hold
    failure_rate = 0.9

Where several blind spots fire, the highest failure rate counts.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from scotoma.errors import SpecError
from scotoma.records import SKILLS
from scotoma.tabletop import language, oracle
from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle.measures import value_of
from scotoma.tabletop.oracle.tree import attributes_of, phrases_of
from scotoma.tabletop.program import AttributeKey, Program
from scotoma.tabletop.scene import COLOURS, Scene

UNKNOWING = "I do not know."
"""The answer to what cannot be read as a question."""
_OFF_BY = (-2, -1, -1, -1, 1, 1, 1, 2)


@dataclass(frozen=True, slots=True)
class When:
    """What must hold besides the skills. None: no matter.

    min_count, max_count:     bounds of the right answer, which must be a number.
    colour, category, family: words that the question mentions (a category also mentions its family).
    min_objects:              at least so many objects in the scene.
    """

    min_count: int | None = None
    max_count: int | None = None
    colour: str | None = None
    category: str | None = None
    family: str | None = None
    min_objects: int | None = None

    def holds(self, ruling: oracle.Ruling, scene: Scene) -> bool:
        """Is every condition met by a valid question with this ruling?"""
        if self.min_objects is not None and len(scene.objects) < self.min_objects:
            return False
        if (self.min_count, self.max_count) != (None, None):
            if ruling.answer is None or not ruling.answer.isdecimal():
                return False
            least, most = self.min_count or 0, self.max_count
            if int(ruling.answer) < least or (most is not None and int(ruling.answer) > most):
                return False
        named = (("colour", self.colour), ("category", self.category), ("family", self.family))
        wanted = {(key, value) for key, value in named if value is not None}
        return not wanted or (ruling.program is not None and wanted <= mentions(ruling.program))


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """Skills that a question must need, and a condition, for the candidate to fail at this rate (0..1)."""

    skills: tuple[str, ...]
    failure_rate: float
    when: When = field(default_factory=When)

    def fires(self, ruling: oracle.Ruling, scene: Scene) -> bool:
        """Does a question with this ruling fall into the blind spot? An invalid one never does."""
        return ruling.valid and set(self.skills) <= set(ruling.skills) and self.when.holds(ruling, scene)


@dataclass(frozen=True, slots=True)
class PlantedSpec:
    """A planted candidate. accuracy: share of right answers (0..1) where no blind spot fires."""

    name: str
    accuracy: float
    blind_spots: tuple[BlindSpot, ...]
    seed: int = 0

    def failure_rate(self, ruling: oracle.Ruling, scene: Scene) -> float:
        """How likely a valid question with this ruling is to be answered wrongly."""
        rates = [spot.failure_rate for spot in self.blind_spots if spot.fires(ruling, scene)]
        return max(rates, default=1.0 - self.accuracy)

    def answer(self, question_text: str, scene: Scene, image_id: str, repeat: int = 0) -> str:
        """The answer to a question about an image; the same for the same arguments, everywhere.

        A wrong answer is a plausible one of the right kind. What has no right answer is guessed at, and what
        is no question at all is met with `UNKNOWING`.
        """
        rng = self._dice(question_text, image_id, repeat)
        ruling = oracle.ask(question_text, scene)
        if ruling.program is None:
            return UNKNOWING
        kind = language.kind_of(ruling.program)
        if ruling.answer is None:
            return _said(_guess(kind, scene, rng), kind)
        if rng.random() >= self.failure_rate(ruling, scene):
            return _said(ruling.answer, kind)
        return _said(_wrong(ruling.answer, kind, scene, rng), kind)

    def _dice(self, question_text: str, image_id: str, repeat: int) -> random.Random:
        parts = (str(self.seed), self.name, image_id, question_text, str(repeat))
        digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
        return random.Random(int.from_bytes(digest[:16], "big"))


def mentions(program: Program) -> set[tuple[str, str]]:
    """("colour" | "category" | "family" ..., word) for each noun and attribute of a question."""
    nouns = {(phrase.noun.kind, phrase.noun.name) for phrase in phrases_of(program)}
    words = nouns | {(part.key, part.value) for part in attributes_of(program)}
    families = catalogue().categories
    kinds = {families[word].family for key, word in words if key == "category" and word in families}
    return words | {("family", family) for family in kinds}


# ---- plausible answers -----------------------------------------------------------------------------------


def _wrong(answer: str, kind: language.AnswerKind, scene: Scene, rng: random.Random) -> str:
    """Another value of the kind: near the right number, or rather one that the scene shows."""
    if kind == "number":
        near = [int(answer) + off for off in _OFF_BY]
        return str(rng.choice([number for number in near if number >= 0]))
    others = [value for value in language.domain(kind) if value != answer]
    shown = [value for value in _shown(kind, scene) if value != answer]
    return rng.choice(shown if shown and rng.random() < 0.75 else others)


def _said(value: str, kind: language.AnswerKind) -> str:
    return value if kind == "number" else language.say_answer(value, kind)


def _guess(kind: language.AnswerKind, scene: Scene, rng: random.Random) -> str:
    """A value of the kind, for a question that has no right answer."""
    if kind == "number":
        return str(rng.randint(0, 4))
    shown = _shown(kind, scene)
    return rng.choice(shown or language.domain(kind))


def _shown(kind: language.AnswerKind, scene: Scene) -> list[str]:
    """The values of the kind that objects of the scene have, each once, in a fixed order."""
    if kind == "yes_no" or kind == "number" or kind == "side":
        return []
    key: AttributeKey = "category" if kind == "shape" else kind
    values = {value_of(thing, key) for thing in scene.objects}
    return [value for value in language.domain(kind) if value in values]


# ---- reading the file ------------------------------------------------------------------------------------


def load_planted(path: str | Path) -> PlantedSpec:
    """The planted candidate that a TOML file describes. SpecError says in one line what is wrong with it."""
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        raise SpecError(
            f"{path}: cannot be read ({failure.strerror}); give the path of a TOML file"
        ) from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise SpecError(f"{path}: is not valid TOML: {failure}") from failure
    return _spec(table, str(path))


def _spec(table: Mapping[str, Any], at: str) -> PlantedSpec:
    _known(table, ("name", "accuracy", "seed", "blind_spot"), at)
    spots = table.get("blind_spot", [])
    if not isinstance(spots, list):
        raise SpecError(f"{at}: blind_spot must be written as [[blind_spot]] tables, each with its skills")
    return PlantedSpec(
        name=_word(table, "name", at),
        accuracy=_share(table, "accuracy", at) if "accuracy" in table else 1.0,
        blind_spots=tuple(_spot(spot, f"{at}: blind_spot {n}") for n, spot in enumerate(spots, start=1)),
        seed=_count(table, "seed", at) or 0,
    )


def _spot(table: object, at: str) -> BlindSpot:
    if not isinstance(table, dict):
        raise SpecError(f"{at}: must be a table with skills, failure_rate and, if wanted, when")
    _known(table, ("skills", "failure_rate", "when"), at)
    skills = table.get("skills")
    if not isinstance(skills, list) or not skills:
        raise SpecError(f"{at}: skills must be a list of at least one of {', '.join(SKILLS)}")
    for skill in skills:
        _one_of(skill, SKILLS, f"{at}: skills")
    when = table.get("when", {})
    if not isinstance(when, dict):
        raise SpecError(f"{at}: when must be a table, such as {{ min_count = 4 }}")
    return BlindSpot(
        skills=tuple(skill for skill in SKILLS if skill in skills),
        failure_rate=_share(table, "failure_rate", at),
        when=_when(when, f"{at}: when"),
    )


def _when(table: Mapping[str, Any], at: str) -> When:
    if "color" in table and "colour" in table:
        raise SpecError(f"{at}: give colour or color, not both")
    table = {("colour" if key == "color" else key): value for key, value in table.items()}
    _known(table, tuple(part.name for part in fields(When)), at)
    nouns = catalogue()
    low, high = _count(table, "min_count", at), _count(table, "max_count", at)
    if low is not None and high is not None and low > high:
        raise SpecError(f"{at}: min_count {low} is above max_count {high}")
    return When(
        min_count=low,
        max_count=high,
        colour=_choice(table, "colour", tuple(COLOURS), at),
        category=_choice(table, "category", tuple(nouns.categories), at),
        family=_choice(table, "family", tuple(nouns.families), at),
        min_objects=_count(table, "min_objects", at),
    )


def _known(table: Mapping[str, Any], allowed: Sequence[str], at: str) -> None:
    for key in table:
        if key not in allowed:
            raise SpecError(f"{at}: there is no key {key!r}; allowed are {', '.join(allowed)}")


def _one_of(value: object, allowed: Sequence[str], at: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise SpecError(f"{at}: {value!r} is none of {', '.join(allowed)}")
    return value


def _choice(table: Mapping[str, Any], key: str, allowed: Sequence[str], at: str) -> str | None:
    return _one_of(table[key], allowed, f"{at}: {key}") if key in table else None


def _word(table: Mapping[str, Any], key: str, at: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f'{at}: {key} must be a text in quotes, such as {key} = "loses count"')
    return value


def _share(table: Mapping[str, Any], key: str, at: str) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise SpecError(f"{at}: {key} must be a number from 0 to 1, not {value!r}")
    return float(value)


def _count(table: Mapping[str, Any], key: str, at: str) -> int | None:
    if key not in table:
        return None
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SpecError(f"{at}: {key} must be a whole number of at least 0, not {value!r}")
    return value
