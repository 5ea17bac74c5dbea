"""The meaning of a question: a small, frozen syntax tree, and the skills that it needs.

`language` writes a program as English and reads it back; `oracle` evaluates it on a scene.
A plain noun is free: naming "the chair" needs no skill of its own, every construct beyond it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scotoma.records import SKILLS

AttributeKey = Literal["colour", "material", "size", "text", "facing", "hidden", "category"]
QueryKey = Literal["colour", "material", "size", "text", "facing", "category", "shape"]
SameKey = Literal["colour", "material", "size"]
Direction = Literal["left", "right", "front", "behind"]
Side = Literal["left", "right"]
End = Literal["left", "right", "front", "back"]


@dataclass(frozen=True, slots=True)
class Noun:
    """What kind of thing: ("object", "object") for anything, a family ("animal") or a category ("chair")."""

    kind: Literal["object", "family", "category"]
    name: str


# ---- filters: what narrows a noun down -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attribute:
    """key = value. facing: left|right|toward|away; hidden: "yes" (partly hidden by something in front of it);
    text: the sign's words, upper case; category: only in Verify ("is the animal a horse?")."""

    key: AttributeKey
    value: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Left/right in the image plane, in front of/behind in depth, seen from the camera."""

    direction: Direction
    anchor: Ref


@dataclass(frozen=True, slots=True)
class Nearest:
    """The one object of the noun nearest to the anchor on the table (distance of base centres)."""

    anchor: Ref


@dataclass(frozen=True, slots=True)
class Between:
    """Horizontally between two anchors in the image plane, and not far off the line that joins them on the table."""

    first: Ref
    second: Ref


@dataclass(frozen=True, slots=True)
class SeenFrom:
    """On the left or right side as seen FROM the anchor, along the way that it faces."""

    side: Side
    anchor: Ref


@dataclass(frozen=True, slots=True)
class SameAs:
    """Same colour, material or size as the anchor (the anchor itself is not meant)."""

    key: SameKey
    anchor: Ref


@dataclass(frozen=True, slots=True)
class Not:
    """Negated attribute or relation: "that is not red", "that is not left of the cup"."""

    part: Attribute | Relation


@dataclass(frozen=True, slots=True)
class Or:
    """Two attributes of the same key, either will do: "that are red or blue"."""

    first: Attribute
    second: Attribute


Filter = Attribute | Relation | Nearest | Between | SeenFrom | SameAs | Not | Or

# ---- picks: which one of those that are left ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Superlative:
    """left = leftmost, right = rightmost, front = closest to the camera, back = farthest from the camera."""

    end: End


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The n-th (2, 3, 4) counted from the left or from the right."""

    n: int
    side: Side


Pick = Superlative | Ordinal


@dataclass(frozen=True, slots=True)
class Ref:
    """A noun phrase. Filters apply first (all of them), then the pick. Canonical filter order: plain attributes
    (size, colour, material), then the others. Two filters other than plain attributes make a conjunction."""

    noun: Noun
    filters: tuple[Filter, ...] = ()
    pick: Pick | None = None


# ---- questions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exists:
    """Is there a REF? yes/no. The ref has no pick."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Count:
    """How many REF are there? A number. The ref has no pick."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Query:
    """What is the KEY of the REF? "category" answers a category name; "shape" the shape of a block."""

    key: QueryKey
    ref: Ref


@dataclass(frozen=True, slots=True)
class Verify:
    """Is the REF such that FILTER? yes/no. Filter: Attribute, Relation, Between or SeenFrom; two make a conjunction."""

    ref: Ref
    filters: tuple[Attribute | Relation | Between | SeenFrom, ...]


@dataclass(frozen=True, slots=True)
class WhichSide:
    """Seen from the anchor, is the REF on its left or on its right? left/right."""

    ref: Ref
    anchor: Ref


@dataclass(frozen=True, slots=True)
class CompareCounts:
    """Are there more / fewer A than B, or as many? yes/no."""

    op: Literal["more", "fewer", "equal"]
    first: Ref
    second: Ref


@dataclass(frozen=True, slots=True)
class CompareSizes:
    """Is A larger / smaller than B? yes/no, by size class."""

    op: Literal["larger", "smaller"]
    first: Ref
    second: Ref


@dataclass(frozen=True, slots=True)
class SameAttribute:
    """Do A and B have the same KEY? yes/no."""

    key: SameKey
    first: Ref
    second: Ref


@dataclass(frozen=True, slots=True)
class Both:
    """Are there both an A and a B? yes/no."""

    first: Ref
    second: Ref


@dataclass(frozen=True, slots=True)
class Either:
    """Is there an A or a B? yes/no."""

    first: Ref
    second: Ref


Program = (
    Exists | Count | Query | Verify | WhichSide | CompareCounts | CompareSizes | SameAttribute | Both | Either
)

_ATTRIBUTE_SKILL = {
    "colour": "colour",
    "material": "material",
    "size": "size",
    "text": "text_reading",
    "facing": "orientation",
    "hidden": "occlusion",
    "category": "category",
    "shape": "shape",
}
_DIRECTION_SKILL = {
    "left": "left_right",
    "right": "left_right",
    "front": "front_behind",
    "behind": "front_behind",
}
_RANK = {skill: rank for rank, skill in enumerate(SKILLS)}
PLAIN_KEYS = ("size", "colour", "material")
"""Attributes that stand before the noun."""


def skills_of(program: Program) -> tuple[str, ...]:
    """The skills that answering the program needs, each once, in canonical order."""
    return tuple(sorted(set(_question_skills(program)), key=_RANK.__getitem__))


def _question_skills(program: Program) -> Iterator[str]:
    match program:
        case Exists(ref):
            yield "existence"
            yield from _ref_skills(ref)
        case Count(ref):
            yield "counting"
            yield from _ref_skills(ref)
        case Query(key, ref):
            yield _ATTRIBUTE_SKILL[key]
            yield from _ref_skills(ref)
        case Verify(ref, filters):
            yield from _ref_skills(ref)
            yield from _filters_skills(filters)
            if len(filters) > 1:
                yield "conjunction"
        case WhichSide(ref, anchor):
            yield "viewpoint"
            yield from _ref_skills(ref)
            yield from _ref_skills(anchor)
        case CompareCounts(_, first, second):
            yield "comparison"
            yield "counting"
            yield from _ref_skills(first)
            yield from _ref_skills(second)
        case CompareSizes(_, first, second):
            yield "comparison"
            yield from _ref_skills(first)
            yield from _ref_skills(second)
        case SameAttribute(key, first, second):
            yield "same_attribute"
            yield _ATTRIBUTE_SKILL[key]
            yield from _ref_skills(first)
            yield from _ref_skills(second)
        case Both(first, second) | Either(first, second):
            yield "existence"
            yield "conjunction" if isinstance(program, Both) else "disjunction"
            yield from _ref_skills(first)
            yield from _ref_skills(second)


def _ref_skills(ref: Ref) -> Iterator[str]:
    yield from _filters_skills(ref.filters)
    if sum(not is_plain(part) for part in ref.filters) > 1:
        yield "conjunction"
    if isinstance(ref.pick, Superlative):
        yield "superlative"
    elif isinstance(ref.pick, Ordinal):
        yield "ordering"


def is_plain(part: Filter) -> bool:
    """True for an attribute that stands as an adjective before the noun."""
    return isinstance(part, Attribute) and part.key in PLAIN_KEYS


def _filters_skills(filters: tuple[Filter, ...]) -> Iterator[str]:
    for part in filters:
        match part:
            case Attribute(key, _):
                yield _ATTRIBUTE_SKILL[key]
            case Relation(direction, anchor):
                yield _DIRECTION_SKILL[direction]
                yield from _ref_skills(anchor)
            case Nearest(anchor):
                yield "nearest"
                yield from _ref_skills(anchor)
            case Between(first, second):
                yield "between"
                yield from _ref_skills(first)
                yield from _ref_skills(second)
            case SeenFrom(_, anchor):
                yield "viewpoint"
                yield from _ref_skills(anchor)
            case SameAs(key, anchor):
                yield "same_attribute"
                yield _ATTRIBUTE_SKILL[key]
                yield from _ref_skills(anchor)
            case Not(inner):
                yield "negation"
                yield from _filters_skills((inner,))
            case Or(first_attribute, second_attribute):
                yield "disjunction"
                yield from _filters_skills((first_attribute, second_attribute))
