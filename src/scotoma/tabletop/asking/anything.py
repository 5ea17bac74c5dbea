"""dice -> a readable Program that nobody checked: what asking at random looks like.

Same grammar as valid questions, but nothing is made to refer to anything. Nouns and values are mostly those
of the scene, as a questioner that sees the image but does not look closely would choose them.
"""

from __future__ import annotations

import random

from scotoma.tabletop import language
from scotoma.tabletop.asking.references import ordered
from scotoma.tabletop.asking.view import OBJECT, PLAIN, NounKind, View, domain, noun_of, value_of
from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.program import (
    Attribute,
    AttributeKey,
    Between,
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Direction,
    Either,
    End,
    Exists,
    Filter,
    Nearest,
    Not,
    Noun,
    Or,
    Ordinal,
    Pick,
    Program,
    Query,
    QueryKey,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Side,
    Superlative,
    Verify,
    WhichSide,
)
from scotoma.tabletop.scene import Scene

_DIRECTIONS: tuple[Direction, ...] = ("left", "right", "front", "behind")
_SIDES: tuple[Side, ...] = ("left", "right")
_ENDS: tuple[End, ...] = ("left", "right", "front", "back")
_QUERY_KEYS: tuple[QueryKey, ...] = ("colour", "material", "size", "text", "facing", "category", "shape")
_VERIFY_KEYS: tuple[AttributeKey, ...] = (
    "colour", "material", "size", "text", "facing", "hidden", "category"
)  # fmt: skip
_FROM_SCENE = 0.7
_DEEPEST = 2


def propose_any(scene: Scene, rng: random.Random) -> Program:
    """A question that can be written and read, valid or not."""
    view = View(scene, rng)
    while True:
        program = _question(view)
        if language.writable(program):
            return program


def _question(view: View) -> Program:
    ref, other = _ref(view), _ref(view)
    kind, other_kind = Ref(ref.noun, ref.filters), Ref(other.noun, other.filters)
    choice = view.rng.randrange(10)
    match choice:
        case 0:
            return Exists(kind)
        case 1:
            return Count(kind)
        case 2 | 3:
            return Query(view.rng.choice(_QUERY_KEYS), ref)
        case 4:
            return Verify(ref, tuple(_verified(view) for _ in range(view.rng.choice((1, 1, 1, 2)))))
        case 5:
            return WhichSide(ref, other)
        case 6:
            return CompareCounts(view.rng.choice(("more", "fewer", "equal")), kind, other_kind)
        case 7:
            return CompareSizes(view.rng.choice(("larger", "smaller")), ref, other)
        case 8:
            return SameAttribute(view.rng.choice(PLAIN), ref, other)
    return (Both if view.coin() else Either)(kind, other_kind)


def _ref(view: View, depth: int = 0) -> Ref:
    adjectives = [_attribute(view, key) for key in PLAIN if view.coin(0.25)]
    others = (
        [_filter(view, depth) for _ in range(view.rng.choice((0, 0, 0, 1, 1, 2)))] if depth < _DEEPEST else []
    )
    return Ref(_noun(view), ordered((*adjectives, *others)), _pick(view) if view.coin(0.15) else None)


def _noun(view: View) -> Noun:
    kinds: tuple[NounKind, ...] = ("object", "family", "category", "category")
    kind = view.rng.choice(kinds)
    thing = view.pick(view.scene.objects)
    if thing is not None and view.coin(_FROM_SCENE):
        return noun_of(thing, kind)
    if kind == "object":
        return OBJECT
    words = catalogue()
    families = [family for family in words.families if family != "sign"]
    return Noun(kind, view.rng.choice(families if kind == "family" else list(words.categories)))


def _pick(view: View) -> Pick:
    if view.coin():
        return Superlative(view.rng.choice(_ENDS))
    return Ordinal(view.rng.choice((2, 3, 4)), view.rng.choice(_SIDES))


def _attribute(view: View, key: AttributeKey) -> Attribute:
    if key == "hidden":
        return Attribute(key, "yes")
    thing = view.pick(view.scene.objects)
    value = thing and value_of(thing, key)
    if value and view.coin(_FROM_SCENE):
        return Attribute(key, value)
    return Attribute(key, view.rng.choice(domain(key, view.things)))


def _verified(view: View) -> Attribute | Relation | Between | SeenFrom:
    choice = view.rng.randrange(6)
    if choice == 0:
        return Between(_ref(view, 1), _ref(view, 1))
    if choice == 1:
        return SeenFrom(view.rng.choice(_SIDES), _ref(view, 1))
    if choice == 2:
        return Relation(view.rng.choice(_DIRECTIONS), _ref(view, 1))
    return _attribute(view, view.rng.choice(_VERIFY_KEYS))


def _filter(view: View, depth: int) -> Filter:
    relation = Relation(view.rng.choice(_DIRECTIONS), _ref(view, depth + 1))
    match view.rng.randrange(9):
        case 0 | 1:
            return relation
        case 2:
            return Nearest(_ref(view, depth + 1))
        case 3:
            return Between(_ref(view, depth + 1), _ref(view, depth + 1))
        case 4:
            return SeenFrom(view.rng.choice(_SIDES), _ref(view, depth + 1))
        case 5:
            return SameAs(view.rng.choice(PLAIN), _ref(view, depth + 1))
        case 6:
            key = view.rng.choice(_VERIFY_KEYS[:-1])
            return Not(relation if view.coin(0.3) else _attribute(view, key))
        case 7:
            key = view.rng.choice(_VERIFY_KEYS[:-2])
            return Or(_attribute(view, key), _attribute(view, key))
    return _attribute(view, view.rng.choice(("text", "facing", "hidden")))
