"""Questions of two candidates with planted weaknesses, also as a run's probes: no scene, no model."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from runs import write_run
from scotoma.records import Answer, Image, Probe, Question, Verdict
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


def planted_run(folder: Path, candidate: str, asked: Sequence[Asked], exact: bool = True) -> Path:
    """A run folder that holds these questions of a candidate. exact: does the verifier know the skills?"""
    mine = [one for one in asked if one.candidate == candidate]
    images = [Image(name, "made up", 8, 8, name) for name in dict.fromkeys(one.image_id for one in mine)]
    probes = [
        Probe(
            "train",
            1,
            number,
            0,
            one.image_id,
            Question(one.text, "made up"),
            Answer("?", candidate),
            verdict(one, exact),
        )
        for number, one in enumerate(mine)
    ]
    return write_run(folder, images, probes, config={"candidate": candidate}, stand_in_pictures=False)


def verdict(one: Asked, exact: bool) -> Verdict:
    """Valid, and wrong where it failed."""
    said = "wrong" if one.failed else "right"
    return Verdict(True, not one.failed, "!", said, skills=one.skills if exact else ())
