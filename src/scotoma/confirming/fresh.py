"""Claim + scene -> a new question of the claim and one of what it is held against, from the tabletop's grammar.

Both need as little else as the grammar allows. So {counting} is tested on questions that count and hardly anything
more: if only counting behind things is hard, the claim that counting is falls here, and {counting, occlusion,
colour} falls beside {counting, occlusion}.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scotoma.analysis.conditions import conditions_of
from scotoma.confirming.claims import MARGIN, Features, ModeClaim
from scotoma.records import SKILLS
from scotoma.tabletop import oracle
from scotoma.tabletop.asking import propose
from scotoma.tabletop.language import write
from scotoma.tabletop.scene import Scene

DRAWS = 12
"""Valid questions that are drawn to find one that meets the conditions."""

LEAST_ASKABLE = 0.08
"""Share of the scenes about which a claim can be asked, at least."""

ENOUGH = 3
"""Of so many that do the plainest is taken."""


@dataclass(frozen=True, slots=True)
class FreshPair:
    """Two questions about one image: of the mode, and of its part."""

    mode: str
    part: str


def askable(
    narrow: Sequence[ModeClaim], wide: Sequence[ModeClaim], scenes: Sequence[Scene], seed: int, most: int
) -> tuple[ModeClaim, ...]:
    """The claims that can be tested: those of `narrow`, else of `wide` for what they need, worst first, `most` at most.

    A narrow claim (under a condition) says more, but often there is no picture to hold it against its part. So a claim
    needs a pair of questions on LEAST_ASKABLE of the scenes, and a difference of MARGIN where it was found.
    Nothing is asked of a candidate.
    """
    chosen: list[ModeClaim] = []
    for claim in (*narrow, *wide):
        known = {one.skills for one in chosen}
        if claim.found - claim.beside < MARGIN or (claim in wide and claim.skills in known):
            continue
        found = sum(
            fresh_pair(claim, chosen, scene, random.Random(f"{seed}:{number}:{claim.name}")) is not None
            for number, scene in enumerate(scenes)
        )
        if found >= LEAST_ASKABLE * len(scenes):
            chosen.append(claim)
    return tuple(sorted(chosen, key=lambda claim: -claim.found)[:most])


def fresh_pair(
    claim: ModeClaim, worse: Iterable[ModeClaim], scene: Scene, rng: random.Random
) -> FreshPair | None:
    """A question that needs all features of the claim, and one that needs those of its nearest part but not all of it.

    worse: claims whose questions are left out, unless they are a part of this one: what a worse mode explains must not
           speak for it, nor for what it is held against.
    None where the scene has no such pair, as far as DRAWS questions show.
    """
    given = set(claim.features)
    elsewhere = [other.features for other in worse if not set(other.features) <= given]
    mode = plain_question(claim.features, elsewhere, scene, rng)
    if mode is None:
        return None
    part = plain_question(claim.nearest, [claim.features, *elsewhere], scene, rng, but=mode)
    return None if part is None else FreshPair(mode, part)


def plain_question(
    features: Features, without: Sequence[Features], scene: Scene, rng: random.Random, *, but: str = ""
) -> str | None:
    """A valid question that has all these features, none of the sets `without`, and needs few other skills.

    No features: any valid question, since what is left out then is all that is asked. but: a question not to ask.
    """
    skills = tuple(name for name in features if name in SKILLS)
    wanted, forbidden = set(features), [set(one) for one in without]
    fitting: list[tuple[int, str]] = []
    for _ in range(DRAWS):
        program = propose(scene, rng, skills=skills) if skills else propose(scene, rng)
        if program is None:
            return None
        text = write(program, rng)
        needed = oracle.ask(text, scene).skills
        met = {*needed, *conditions_of(text, scene)}
        if text == but or not wanted <= met or any(one <= met for one in forbidden):
            continue
        if not features:
            return text
        fitting.append((len(set(needed) - wanted), text))
        if len(fitting) == ENOUGH or fitting[-1][0] == 0:
            break
    return min(fitting, key=lambda one: one[0])[1] if fitting else None
