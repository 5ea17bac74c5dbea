"""Simulated probes: random compositions of skills and conditions on images, failing as planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scotoma.analysis.features import ProbeTable, Row

SKILLS = ("existence", "counting", "colour", "material", "size", "left_right", "viewpoint", "occlusion")


@dataclass(frozen=True)
class Planted:
    """Features that must all be there, and how often their questions fail."""

    features: tuple[str, ...]
    rate: float = 0.9


def nested_conditions(rng: np.random.Generator, needed: set[str]) -> list[str]:
    """As on the tabletop: nested ranges of counts and of objects, a colour where one is named, a family."""
    objects = int(rng.integers(2, 11))
    met = [f"objects>={least}" for least in range(3, objects + 1)]
    if "counting" in needed:
        count = min(objects, int(rng.geometric(0.35)) - 1)
        met += [f"count>={least}" for least in range(1, count + 1)]
        met += [f"count<={most}" for most in range(count, 7)]
    if "colour" in needed:
        met.append("colour=" + str(rng.choice(["red", "blue", "green", "gray"])))
    return [*met, "family=" + str(rng.choice(["animal", "vehicle", "block", "furniture"]))]


def rows(
    n: int,
    planted: Sequence[Planted] = (),
    *,
    seed: int = 0,
    skills: Sequence[str] = SKILLS,
    images: int = 300,
    elsewhere: float = 0.03,
    spread: float = 0.0,
    conditions: Callable[[np.random.Generator, set[str]], Sequence[str]] | None = None,
    implied: Mapping[str, str] = {},
) -> Iterator[Row]:
    """n questions of one to four skills each. spread: of the rate between images (0: none), on the scale of a share.

    implied: skill -> another that every question with it needs as well.
    """
    rng = np.random.default_rng(seed)
    hard_C = rng.uniform(-spread, spread, images)
    for _ in range(n):
        needed = set(rng.choice(skills, size=int(rng.integers(1, 5)), replace=False).tolist())
        needed |= {implied[skill] for skill in needed if skill in implied}
        met = tuple(conditions(rng, needed)) if conditions is not None else ()
        here = {*needed, *met}
        place = int(rng.integers(images))
        rate = max((spot.rate for spot in planted if set(spot.features) <= here), default=elsewhere)
        yield Row(tuple(needed), met, bool(rng.random() < rate + hard_C[place]), f"image-{place}")


def table(n: int, planted: Sequence[Planted] = (), **options: object) -> ProbeTable:
    """The table of `rows`."""
    return ProbeTable.of_rows(rows(n, planted, **options))  # type: ignore[arg-type]
