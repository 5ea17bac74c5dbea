"""skills -> Ref for a set: one that some object of the scene belongs to, or a near miss that none does."""

from __future__ import annotations

from dataclasses import replace

from scotoma.tabletop.asking.needs import NOTHING, OPPOSITE, PICKS, Needs
from scotoma.tabletop.asking.references import filters_about
from scotoma.tabletop.asking.view import OBJECT, NounKind, View, noun_of
from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle.membership import members
from scotoma.tabletop.oracle.truth import Refused
from scotoma.tabletop.program import Attribute, Filter, Noun, Ref, Relation

_INSIDE: Needs = PICKS | {"nearest"}
"""A set has no leftmost or nearest of its own; its anchors may."""
_NEAR_MISSES = 10
_DRAWS = (2, 4, 7)
"""How many sets are drawn, to keep the largest."""


def inhabited(view: View, needs: Needs = NOTHING, *, general: bool = False) -> Ref | None:
    """A set with at least one object in it, or None if this try found none; `general`: maybe all objects."""
    target = view.thing(lambda _: True)
    if target is None:
        return None
    filters = filters_about(view, target, needs, 0, inside=_INSIDE & needs)
    if filters is None:
        return None
    wide = bool(filters) or (general and view.coin(0.3))
    kinds: tuple[NounKind, ...] = ("object", "family", "category") if wide else ("family", "category")
    return Ref(noun_of(target, view.rng.choice(kinds)), filters)


def numerous(view: View, needs: Needs = NOTHING) -> Ref | None:
    """An inhabited set, rather one with several objects in it."""
    drawn = (inhabited(view, needs, general=True) for _ in range(view.rng.choice(_DRAWS)))
    return max((ref for ref in drawn if ref is not None), key=lambda ref: _size(view, ref), default=None)


def _size(view: View, ref: Ref) -> int:
    try:
        return sum(value is True for value in members(ref, view.scene))
    except Refused:
        return 0


def empty(view: View, needs: Needs = NOTHING) -> Ref | None:
    """A set that nothing belongs to, though its parts are at hand: one thing's colour, another's name."""
    start = inhabited(view, needs)
    if "occlusion" in needs and view.coin():
        start = _hidden(inhabited(view, needs - {"occlusion"}))
        if start is None or is_empty(view, start):
            return start
    if start is None:
        return None
    for _ in range(_NEAR_MISSES):
        ref = _twisted(view, start)
        if is_empty(view, ref):
            return ref
    return None


def _hidden(ref: Ref | None) -> Ref | None:
    return ref and replace(ref, filters=(*ref.filters, Attribute("hidden", "yes")))


def is_empty(view: View, ref: Ref) -> bool:
    """Does certainly nothing in the scene belong to the set?"""
    try:
        return all(value is False for value in members(ref, view.scene))
    except Refused:
        return False


def _twisted(view: View, ref: Ref) -> Ref:
    """The set with its noun or one of its filters changed."""
    at = view.rng.randrange(-1, len(ref.filters))
    if at < 0:
        return replace(ref, noun=_other_noun(view, ref.noun, bare=not ref.filters))
    changed = _other_filter(view, ref.filters[at])
    return replace(ref, filters=(*ref.filters[:at], changed, *ref.filters[at + 1 :]))


def _other_noun(view: View, noun: Noun, bare: bool) -> Noun:
    """Another noun: of a thing that is there, or of one that is like it."""
    if not bare and view.coin(0.7):
        there = [noun_of(thing, kind) for thing in view.things for kind in ("family", "category")]
        return view.rng.choice([other for other in there if other != noun] or [OBJECT])
    nouns = catalogue()
    if noun.kind == "category" and view.coin(0.7):
        siblings = [other for other in nouns.categories_in(nouns.family_of(noun.name)) if other != noun.name]
        if siblings:
            return Noun("category", view.rng.choice(siblings))
    if noun.kind == "family":
        return Noun("family", view.rng.choice([family for family in nouns.families if family != "sign"]))
    return Noun("category", view.rng.choice(list(nouns.categories)))


def _other_filter(view: View, part: Filter) -> Filter:
    match part:
        case Attribute(key, value) if key != "hidden":
            return Attribute(key, view.other_value(key, value))
        case Relation(direction, anchor):
            return Relation(OPPOSITE[direction], anchor)
    return part
