"""kind of question + skills -> Program: one way to ask, filled with phrases about the scene's objects.

A frame is built to be true of the scene but is not checked: `propose` lets the oracle judge it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scotoma.tabletop.asking import sets
from scotoma.tabletop.asking.needs import KEY_OF_SKILL, NOTHING, REFERENCE_SKILLS, Needs
from scotoma.tabletop.asking.references import between, name, relation
from scotoma.tabletop.asking.view import PLAIN, View, value_of
from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle import measures
from scotoma.tabletop.oracle.ruling import judge
from scotoma.tabletop.program import (
    Attribute,
    AttributeKey,
    Between,
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Either,
    Exists,
    Program,
    Query,
    QueryKey,
    Relation,
    SameAttribute,
    SameKey,
    SeenFrom,
    Verify,
    WhichSide,
)
from scotoma.tabletop.scene import SceneObject

Build = Callable[[View, Needs, bool], Program | None]
"""(view, skills that its phrases must ask for, whether the answer is to be yes) -> a program, or None."""

_ONE_SIDED = 0.06
"""How often to go on with a target of which only one answer could be had."""
Part = Attribute | Relation | Between | SeenFrom


@dataclass(frozen=True, slots=True)
class Frame:
    """One way to ask.

    skills: what it needs by itself.    room: what its phrases can ask for besides.
    weight: how often it is used when nothing is asked for, relative to the others.
    adds:   how many skills its own parts add, which vary.
    """

    skills: Needs
    build: Build
    weight: float
    room: Needs = REFERENCE_SKILLS
    adds: int = 0


def exists(view: View, needs: Needs, yes: bool) -> Program | None:
    """Is there a REF?"""
    ref = sets.inhabited(view, needs) if yes else sets.empty(view, needs)
    return Exists(ref) if ref else None


def count(view: View, needs: Needs, yes: bool) -> Program | None:
    """How many REF are there? Rarely none."""
    ref = sets.empty(view, needs) if view.coin(0.07) else sets.numerous(view, needs)
    return Count(ref) if ref else None


def query(key: QueryKey) -> Build:
    """What is the KEY of the REF?"""

    def build(view: View, needs: Needs, yes: bool) -> Program | None:
        target = view.thing(lambda thing: _can_ask(thing, key))
        barred = ("category",) if key == "shape" else (key,)
        ref = target and name(view, target, needs, without=barred)
        return Query(key, ref) if ref else None

    return build


def _can_ask(thing: SceneObject, key: QueryKey) -> bool:
    if key == "shape":
        return thing.family == measures.BLOCK_FAMILY
    if key == "category":
        return thing.family != thing.category
    return value_of(thing, key) is not None


def verify(key: AttributeKey) -> Build:
    """Is the REF such that KEY = VALUE?"""

    def build(view: View, needs: Needs, yes: bool) -> Program | None:
        if key == "hidden" and _one_sided(view) and not view.coin(_ONE_SIDED):
            return None  # most scenes could only give a "no"
        target = view.thing(lambda thing: _can_verify(thing, key, yes))
        ref = target and name(view, target, needs, without=(key,))
        part = target and ref and _attribute(view, target, key, yes)
        return Verify(ref, (part,)) if ref and part else None

    return build


def _one_sided(view: View) -> bool:
    """Is nothing hidden, or everything?"""
    return len({value_of(thing, "hidden") for thing in view.things} - {None}) < 2


def _can_verify(thing: SceneObject, key: AttributeKey, yes: bool) -> bool:
    if key == "hidden":
        return value_of(thing, key) == ("yes" if yes else "no")
    if key == "category":
        return thing.family != thing.category
    return value_of(thing, key) is not None


def _attribute(view: View, target: SceneObject, key: AttributeKey, holds: bool) -> Attribute | None:
    """An attribute that the target has, or one that it might have had."""
    value = value_of(target, key)
    if value is None or (key == "hidden" and holds != (value == "yes")):
        return None
    if key == "hidden":
        return Attribute(key, "yes")
    if holds:
        return Attribute(key, value)
    if key == "category":
        siblings = [other for other in catalogue().categories_in(target.family) if other != value]
        return Attribute(key, view.rng.choice(siblings)) if siblings else None
    return Attribute(key, view.other_value(key, value))


def verify_place(skill: str) -> Build:
    """Is the REF left of, in front of, between, on the left side of ...?"""

    def build(view: View, needs: Needs, yes: bool) -> Program | None:
        target = view.thing(lambda _: True)
        if target is None:
            return None
        outer, inner = _split(view, needs)
        part = _place(view, target, skill, inner, yes)
        ref = part and name(view, target, outer)
        return Verify(ref, (part,)) if ref and part else None

    return build


def _place(view: View, target: SceneObject, skill: str, needs: Needs, holds: bool) -> Part | None:
    """A relation that holds of the target, or one that might have held."""
    if skill in ("left_right", "front_behind"):
        return relation(view, target, skill, needs, 0, holds)
    if skill == "viewpoint":
        anchor = view.thing(lambda t: t.has_front and t.id != target.id)
        side = anchor and measures.side_seen_from(anchor, target)
        phrase = anchor and name(view, anchor, needs, depth=1)
        if side not in ("left", "right") or not phrase:
            return None
        return SeenFrom("left" if (side == "left") == holds else "right", phrase)
    others = [thing for thing in view.things if thing.id != target.id]
    pairs = [(a, b) for i, a in enumerate(others) for b in others[i + 1 :]]
    is_between = {pair: measures.lies_between(target, *pair) for pair in pairs}
    if True not in is_between.values() and not view.coin(_ONE_SIDED):
        return None  # most targets could only give a "no"
    pair = view.pick([pair for pair, value in is_between.items() if value is holds])
    return pair and between(view, pair[0], pair[1], needs, 0)


_PARTS = (*KEY_OF_SKILL, "category", "left_right", "front_behind", "between", "viewpoint")


def verify_two(view: View, needs: Needs, yes: bool) -> Program | None:
    """Is the REF such and such, and so and so?"""
    wanted = view.shuffled(sorted(needs & set(_PARTS)))[:2]
    chosen = (wanted + [skill for skill in view.shuffled(_PARTS) if skill not in wanted])[:2]
    target = view.thing(lambda _: True)
    if target is None:
        return None
    holds = (True, True) if yes else view.rng.choice(((True, False), (False, True), (False, False)))
    parts: list[Part] = []
    for skill, true in zip(chosen, holds, strict=True):
        key = "category" if skill == "category" else KEY_OF_SKILL.get(skill)
        part = _attribute(view, target, key, true) if key else _place(view, target, skill, NOTHING, true)
        if part is None:
            return None
        parts.append(part)
    barred = [part.key for part in parts if isinstance(part, Attribute)]
    ref = name(view, target, needs - set(chosen), without=barred)
    return Verify(ref, tuple(parts)) if ref else None


def which_side(view: View, needs: Needs, yes: bool) -> Program | None:
    """Seen from the anchor, is the REF on its left or on its right?"""
    side = "left" if yes else "right"
    anchor = view.thing(lambda thing: thing.has_front)
    target = anchor and view.thing(
        lambda thing: thing.id != anchor.id and measures.side_seen_from(anchor, thing) == side
    )
    if anchor is None or target is None:
        return None
    return _two(view, target, anchor, needs, WhichSide)


def compare_sizes(view: View, needs: Needs, yes: bool) -> Program | None:
    """Is A larger / smaller than B?"""
    first = view.thing(lambda _: True)
    second = first and view.thing(lambda thing: thing.size != first.size)
    if first is None or second is None:
        return None
    larger = (first.size == "large") == yes
    return _two(
        view, first, second, needs, lambda a, b: CompareSizes("larger" if larger else "smaller", a, b), "size"
    )


def same_attribute(key: SameKey) -> Build:
    """Do A and B have the same KEY?"""

    def build(view: View, needs: Needs, yes: bool) -> Program | None:
        first = view.thing(lambda _: True)
        second = first and view.thing(
            lambda thing: thing.id != first.id and measures.alike(thing, key, first) == yes
        )
        if first is None or second is None:
            return None
        return _two(view, first, second, needs, lambda a, b: SameAttribute(key, a, b), key)

    return build


def _two(
    view: View,
    first: SceneObject,
    second: SceneObject,
    needs: Needs,
    make: Callable[..., Program],
    barred: str | None = None,
) -> Program | None:
    """A question about two named objects, the skills shared between their names."""
    without = () if barred is None else (barred,)
    of_first, of_second = _split(view, needs)
    one = name(view, first, of_first, without=without)
    two = one and name(view, second, of_second, without=without)
    return make(one, two) if one and two else None


def _split(view: View, needs: Needs) -> tuple[Needs, Needs]:
    """Each skill to one of two phrases; what wraps an attribute stays with the attributes."""
    bundled = needs & (frozenset(KEY_OF_SKILL) | {"negation", "disjunction", "same_attribute", "conjunction"})
    together = len(bundled) > len(needs & frozenset(KEY_OF_SKILL))
    loose = needs - bundled if together else needs
    first = frozenset(skill for skill in sorted(loose) if view.coin())
    if together and view.coin():
        first |= bundled
    return first, needs - first


def compare_counts(view: View, needs: Needs, yes: bool) -> Program | None:
    """Are there more / fewer A than B, or as many?"""
    alike = bool(needs) and needs <= set(PLAIN) and view.coin(0.6)
    of_first, of_second = (needs, needs) if alike else _split(view, needs)
    first, second = sets.inhabited(view, of_first), sets.inhabited(view, of_second)
    if first is None or second is None:
        return None
    ops: tuple[Literal["more", "fewer", "equal"], ...] = ("more", "fewer", "equal")
    for op in view.shuffled(ops):
        program = CompareCounts(op, first, second)
        if judge(program, view.scene).answer == ("yes" if yes else "no"):
            return program
    return None


def both(view: View, needs: Needs, yes: bool) -> Program | None:
    """Are there both an A and a B?"""
    first_there, second_there = (True, True) if yes else view.rng.choice(((True, False), (False, True)))
    return _pair(view, needs, first_there, second_there, Both)


def either(view: View, needs: Needs, yes: bool) -> Program | None:
    """Is there an A or a B?"""
    there = view.rng.choice(((True, False), (False, True), (True, True))) if yes else (False, False)
    return _pair(view, needs, *there, Either)


def _pair(
    view: View, needs: Needs, first_there: bool, second_there: bool, make: type[Both] | type[Either]
) -> Program | None:
    of_first, of_second = _split(view, needs)
    first = (sets.inhabited if first_there else sets.empty)(view, of_first)
    second = first and (sets.inhabited if second_there else sets.empty)(view, of_second)
    return make(first, second) if first and second else None


_OF_TWO = REFERENCE_SKILLS - {"conjunction"}
"""In a question about two, each phrase has one filter beyond adjectives at most."""

FRAMES: tuple[Frame, ...] = (
    Frame(frozenset(("existence",)), exists, 7.0),
    Frame(frozenset(("counting",)), count, 11.0),
    Frame(frozenset(("colour",)), query("colour"), 4.0),
    Frame(frozenset(("material",)), query("material"), 3.0),
    Frame(frozenset(("size",)), query("size"), 3.0),
    Frame(frozenset(("text_reading",)), query("text"), 4.0),
    Frame(frozenset(("orientation",)), query("facing"), 4.0),
    Frame(frozenset(("category",)), query("category"), 6.0),
    Frame(frozenset(("shape",)), query("shape"), 5.0),
    Frame(frozenset(("colour",)), verify("colour"), 1.5),
    Frame(frozenset(("material",)), verify("material"), 1.5),
    Frame(frozenset(("size",)), verify("size"), 1.5),
    Frame(frozenset(("text_reading",)), verify("text"), 1.5),
    Frame(frozenset(("orientation",)), verify("facing"), 1.5),
    Frame(frozenset(("occlusion",)), verify("hidden"), 3.0),
    Frame(frozenset(("category",)), verify("category"), 2.0),
    Frame(frozenset(("left_right",)), verify_place("left_right"), 3.0),
    Frame(frozenset(("front_behind",)), verify_place("front_behind"), 3.0),
    Frame(frozenset(("between",)), verify_place("between"), 3.0),
    Frame(frozenset(("viewpoint",)), verify_place("viewpoint"), 1.5),
    Frame(frozenset(("viewpoint",)), which_side, 3.0, _OF_TWO),
    Frame(frozenset(("comparison", "counting")), compare_counts, 4.0, _OF_TWO),
    Frame(frozenset(("comparison",)), compare_sizes, 4.0, _OF_TWO - {"size"}),
    Frame(frozenset(("same_attribute", "colour")), same_attribute("colour"), 1.7, _OF_TWO),
    Frame(frozenset(("same_attribute", "material")), same_attribute("material"), 1.3, _OF_TWO),
    Frame(frozenset(("same_attribute", "size")), same_attribute("size"), 1.3, _OF_TWO),
    Frame(frozenset(("existence", "conjunction")), both, 3.0, _OF_TWO),
    Frame(frozenset(("existence", "disjunction")), either, 3.0, _OF_TWO),
    Frame(frozenset(("conjunction",)), verify_two, 5.0, REFERENCE_SKILLS | {"category"}, adds=2),
)
