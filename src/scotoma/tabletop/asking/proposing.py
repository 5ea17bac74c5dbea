"""Scene + dice -> a valid Program: draw a frame and skills, fill it, and keep what the oracle lets pass."""

from __future__ import annotations

import random
from collections.abc import Sequence

from scotoma.records import SKILLS
from scotoma.tabletop import language
from scotoma.tabletop.asking.frames import FRAMES, Frame
from scotoma.tabletop.asking.needs import REFERENCE_SKILLS, Needs
from scotoma.tabletop.asking.view import View
from scotoma.tabletop.oracle.ruling import Ruling, judge
from scotoma.tabletop.program import Program
from scotoma.tabletop.scene import Scene

_SKILL_COUNTS = ((1, 0.45), (2, 0.42), (3, 0.125), (4, 0.005))
"""How many skills a question is drawn to need, when none are asked for."""
_REDRAW_AFTER = 5
"""Tries with one frame and one set of skills before others are drawn."""
_POLISH_TRIES = 10
"""Once a question with all skills is found, tries that are left to find one with fewer others."""
_EXTRA_SKILL_ODDS = 0.04
"""A frame is this much rarer for each skill that it adds to those asked for."""

_COMPANIONS = {
    "negation": ("colour", "material", "size", "left_right", "front_behind", "orientation", "occlusion"),
    "disjunction": ("colour", "colour", "orientation"),
    "same_attribute": ("colour", "material", "size"),
}
"""What these skills need beside them."""
_DRAWN_OFTEN = {
    "nearest": 2.6,
    "superlative": 2.2,
    "ordering": 2.6,
    "negation": 2.6,
    "disjunction": 1.6,
    "conjunction": 0.5,
    "between": 3.0,
    "occlusion": 2.2,
    "text_reading": 2.0,
    "viewpoint": 1.8,
    "left_right": 1.4,
    "front_behind": 1.4,
    "same_attribute": 1.5,
    "colour": 0.8,
    "size": 0.8,
    "material": 0.8,
}
"""How often a skill is drawn for a phrase, relative to 1; more where scenes seldom allow it."""


def propose(
    scene: Scene,
    rng: random.Random,
    *,
    skills: Sequence[str] | None = None,
    max_skills: int = 5,
    tries: int = 60,
) -> Program | None:
    """A question about the scene that the oracle finds valid, or None if `tries` attempts found none.

    skills:     the question needs all of these, and as few others as the tries allow; None for a broad mix.
    max_skills: it needs no more than this many (or as many as were asked for, if those are more).
    Yes and no are drawn evenly. Raises ValueError for a skill that is not one of `records.SKILLS`.
    """
    view = View(scene, rng)
    yes = view.coin()
    unknown = sorted(set(skills or ()) - set(SKILLS))
    if unknown:
        raise ValueError(f"no such skills: {', '.join(unknown)}")
    if skills is None:
        return _any_skills(view, yes, max_skills, tries)
    return _these_skills(view, frozenset(skills), yes, max_skills, tries)


def _any_skills(view: View, yes: bool, max_skills: int, tries: int) -> Program | None:
    frame, needs = _drawn(view, max_skills)
    for attempt in range(1, tries + 1):
        if attempt % _REDRAW_AFTER == 0:
            frame, needs = _drawn(view, max_skills)
        ruling = _attempt(view, frame, needs, yes)
        most = (
            min(max_skills, len(frame.skills | needs) + frame.adds + 1)
            if attempt < tries // 2
            else max_skills
        )
        if ruling is not None and len(ruling.skills) <= most:
            return ruling.program
    return None


def _these_skills(view: View, wanted: Needs, yes: bool, max_skills: int, tries: int) -> Program | None:
    frames = [frame for frame in FRAMES if wanted - frame.skills <= frame.room]
    if not frames:
        return None
    weights = [frame.weight**0.5 * _EXTRA_SKILL_ODDS ** len(frame.skills - wanted) for frame in frames]
    fewest = min(len(frame.skills | wanted) for frame in frames)
    best: Ruling | None = None
    polish = _POLISH_TRIES
    for attempt in range(tries):
        if attempt == tries // 2:
            yes = not yes  # some scenes allow only one of the two
        frame = view.rng.choices(frames, weights)[0]
        ruling = _attempt(view, frame, wanted - frame.skills, yes)
        if ruling is not None and _is_better(ruling, best, wanted, max_skills):
            best = ruling
        if best is not None:
            polish -= 1
            if len(best.skills) <= fewest or polish < 0:
                break
    return None if best is None else best.program


def _is_better(ruling: Ruling, best: Ruling | None, wanted: Needs, max_skills: int) -> bool:
    if not wanted <= set(ruling.skills) or len(ruling.skills) > max(max_skills, len(wanted)):
        return False
    return best is None or len(ruling.skills) < len(best.skills)


def _attempt(view: View, frame: Frame, needs: Needs, yes: bool) -> Ruling | None:
    """One filling of the frame, if it is valid, can be written, and has the answer that was drawn."""
    program = frame.build(view, needs, yes)
    if program is None or not language.writable(program):
        return None
    ruling = judge(program, view.scene)
    if not ruling.valid or ruling.answer == ("no" if yes else "yes"):
        return None
    return ruling


def _drawn(view: View, max_skills: int) -> tuple[Frame, Needs]:
    """A frame, and skills for its phrases so that the question needs about as many as drawn."""
    sizes, odds = zip(*_SKILL_COUNTS, strict=True)
    wanted = min(max_skills, view.rng.choices(sizes, odds)[0])
    frames = [frame for frame in FRAMES if len(frame.skills) + frame.adds <= wanted]
    frame = view.rng.choices(frames, [frame.weight for frame in frames])[0]
    needs: set[str] = set()
    while len(frame.skills | needs) + frame.adds < wanted:
        options = sorted((frame.room & REFERENCE_SKILLS) - frame.skills - needs)
        skill = view.rng.choices(options, [_DRAWN_OFTEN.get(option, 1.0) for option in options])[0]
        companion = view.rng.choice(_COMPANIONS[skill]) if skill in _COMPANIONS else skill
        if len(frame.skills | needs | {skill, companion}) <= max(wanted, len(frame.skills) + 2):
            needs |= {skill, companion}
    return frame, frozenset(needs - frame.skills)
