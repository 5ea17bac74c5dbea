"""Scene -> View: what a questioner may point at, and the dice it throws."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle import measures
from scotoma.tabletop.program import AttributeKey, Noun, SameKey
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Scene, SceneObject

OBJECT = Noun("object", "object")
PLAIN: tuple[SameKey, ...] = ("size", "colour", "material")
T = TypeVar("T")
NounKind = Literal["object", "family", "category"]
FACINGS = ("left", "right", "toward", "away")
_CLEAR_FROM_SHARE, _CLEAR_WEIGHT, _NAMEABLE_WEIGHT = 0.60, 4.0, 2.5
"""An object that shows this much, or alone has its category, is this many times as likely to be spoken of."""


@dataclass(frozen=True)
class View:
    """A scene with the source of all choices made about it."""

    scene: Scene
    rng: random.Random

    @cached_property
    def things(self) -> tuple[SceneObject, ...]:
        """The objects of which enough shows to be spoken of."""
        return tuple(thing for thing in self.scene.objects if measures.seen(thing) is True)

    @cached_property
    def nameable(self) -> frozenset[int]:
        """The ids of objects that are the only ones of their category, so that the bare noun names them."""
        categories = Counter(thing.category for thing in self.scene.objects)
        return frozenset(thing.id for thing in self.scene.objects if categories[thing.category] == 1)

    @cached_property
    def _weight(self) -> dict[int, float]:
        return {
            thing.id: (_CLEAR_WEIGHT if thing.visible >= _CLEAR_FROM_SHARE else 1.0)
            * (_NAMEABLE_WEIGHT if thing.id in self.nameable else 1.0)
            for thing in self.things
        }

    def coin(self, chance: float = 0.5) -> bool:
        """True with that chance."""
        return self.rng.random() < chance

    def pick(self, options: Sequence[T]) -> T | None:
        """One of them, or None if there are none."""
        return self.rng.choice(options) if options else None

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All of them in random order."""
        return self.rng.sample(list(options), len(options))

    def thing(self, fits: Callable[[SceneObject], bool]) -> SceneObject | None:
        """An object that fits, rather a clear one that a bare noun names; None if none fits."""
        fitting = [thing for thing in self.things if fits(thing)]
        if not fitting:
            return None
        return self.rng.choices(fitting, [self._weight[thing.id] for thing in fitting])[0]

    def other_value(self, key: AttributeKey, value: str) -> str:
        """Another value of the attribute, mostly one that some object of the scene has."""
        present = sorted({own for own in (value_of(thing, key) for thing in self.things) if own})
        here = [own for own in present if own != value]
        if here and self.coin(0.7):
            return self.rng.choice(here)
        return self.rng.choice([own for own in domain(key, self.things) if own != value])


def value_of(thing: SceneObject, key: AttributeKey) -> str | None:
    """The object's value, None where it has none or it cannot be told."""
    own = measures.value_of(thing, key)
    return own if isinstance(own, str) else None


def domain(key: AttributeKey, things: Sequence[SceneObject]) -> Sequence[str]:
    """All values that questions may use for an attribute."""
    if key == "colour":
        return tuple(COLOURS)
    if key == "material":
        return MATERIALS
    if key == "size":
        return tuple(SIZES)
    if key == "text":
        return SIGN_WORDS
    if key == "facing":
        return FACINGS
    if key == "hidden":
        return ("yes", "no")
    return tuple(catalogue().categories)


def noun_of(thing: SceneObject, kind: NounKind) -> Noun:
    """The object's noun of that kind. A sign is its own family, and is called by its category."""
    if kind == "object":
        return OBJECT
    if kind == "family" and thing.family != thing.category:
        return Noun("family", thing.family)
    return Noun("category", thing.category)
