"""Questions of two candidates with planted weaknesses, for the taxonomy's tests: no scene, no model."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

from scotoma.taxonomy import Asked

HEADS = ("counting", "category", "orientation", "text_reading", "viewpoint", "occlusion", "between")
BESIDE = ("colour", "material", "size", "negation")
EVERYWHERE, IN_FIRST = "orientation", "viewpoint"
FIRST, SECOND = "planted:first.toml", "planted:second.toml"


def compositions() -> list[tuple[str, ...]]:
    """Each head with up to three things beside it."""
    return [(head, *beside) for head in HEADS for size in range(4) for beside in combinations(BESIDE, size)]


def questions(repeats: int = 4, seed: int = 0, candidates: tuple[str, ...] = (FIRST, SECOND)) -> list[Asked]:
    """Orientation fails in all candidates, viewpoint only in the first one."""
    return list(_drawn(repeats, random.Random(seed), candidates))


def _drawn(repeats: int, rng: random.Random, candidates: tuple[str, ...]) -> Iterator[Asked]:
    for candidate in candidates:
        for number, skills in enumerate(compositions() * repeats):
            hard = EVERYWHERE in skills or (IN_FIRST in skills and candidate == FIRST)
            text = f"Question {number % 70} about {', '.join(skills)}?"
            yield Asked(candidate, f"image-{number}", text, skills, rng.random() < (0.9 if hard else 0.05))
