"""Program -> is it in the space that can be written, and read back as itself?"""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.tabletop.language.lexicon import ADJECTIVES, TEXTS, nameable
from scotoma.tabletop.language.predicates import MAX_DEPTH, SAME_KEYS
from scotoma.tabletop.program import (
    PLAIN_KEYS,
    Attribute,
    Between,
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Either,
    Exists,
    Filter,
    Nearest,
    Not,
    Noun,
    Or,
    Ordinal,
    Program,
    Query,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Superlative,
    Verify,
    WhichSide,
    is_plain,
    skills_of,
)

MAX_SKILLS = 5
MAX_REFS = 4
MAX_PARTS = 5
"""Filters and picks of all noun phrases together, and Verify's filters."""
QUERY_KEYS = ("colour", "material", "size", "text", "facing", "category", "shape")
_ANCHORED = (Relation, Nearest, Between, SeenFrom, SameAs)
_RANK = {key: rank for rank, key in enumerate(PLAIN_KEYS)}


def writable(program: Program) -> bool:
    """True if `write` accepts the program; then every wording of it reads back as an equal program.

    - 1 to 5 skills, at most 4 noun phrases, at most 5 filters and picks together.
    - Nouns are in the catalogue. The family "sign" is not: its word means the category of the same name.
    - Filters: plain ones first, each key once, in the order size, colour, material; then at most two others,
      of which an anchor, and a noun phrase of a question about two, has at most one. Two others differ.
    - Anchors go two levels down (an anchor of an anchor). Those of Between have plain filters only, and no
      pick.
    - A pick does not meet Nearest, nor two filters that are not plain.
    - Exists, Count, CompareCounts, Both and Either ask about kinds: their own noun phrases have no pick and
      no Nearest.
    - Not holds a plain, text, facing or hidden attribute or a relation; Or holds two values of one of these
      keys but hidden.
    - Verify has one or two filters; two attributes have different keys.
    """
    count = _Tally()
    good = _question(program, count)
    return (
        good
        and count.refs <= MAX_REFS
        and count.parts <= MAX_PARTS
        and 1 <= len(skills_of(program)) <= MAX_SKILLS
    )


class _Tally:
    """Counts noun phrases and parts while the tree is walked."""

    __slots__ = ("parts", "refs")

    def __init__(self) -> None:
        self.refs = 0
        self.parts = 0


def _question(program: Program, tally: _Tally) -> bool:
    match program:
        case Exists(ref) | Count(ref):
            return _kind(ref, 2, tally)
        case Query(key, ref):
            return key in QUERY_KEYS and _ref(ref, 0, 2, tally)
        case Verify(ref, filters):
            return _ref(ref, 0, 2, tally) and _verified(filters, tally)
        case WhichSide(ref, anchor):
            return _ref(ref, 0, 1, tally) and _ref(anchor, 1, 1, tally)
        case CompareCounts(op, first, second):
            return op in ("more", "fewer", "equal") and _kind(first, 1, tally) and _kind(second, 1, tally)
        case CompareSizes(op, first, second):
            return op in ("larger", "smaller") and _ref(first, 0, 1, tally) and _ref(second, 0, 1, tally)
        case SameAttribute(key, first, second):
            return key in SAME_KEYS and _ref(first, 0, 1, tally) and _ref(second, 0, 1, tally)
        case Both(first, second) | Either(first, second):
            return _kind(first, 1, tally) and _kind(second, 1, tally)


def _kind(ref: Ref, others: int, tally: _Tally) -> bool:
    """A noun phrase that stands for a kind and not for one object."""
    return (
        ref.pick is None
        and not any(isinstance(part, Nearest) for part in ref.filters)
        and _ref(ref, 0, others, tally)
    )


def _ref(ref: Ref, depth: int, others: int, tally: _Tally) -> bool:
    tally.refs += 1
    tally.parts += len(ref.filters) + (ref.pick is not None)
    if tally.refs > MAX_REFS or tally.parts > MAX_PARTS or not nameable(ref.noun):
        return False
    rest = _after_plain(ref.filters)
    if rest is None or len(rest) > others or (len(rest) == 2 and rest[0] == rest[1]):
        return False
    if ref.pick is not None and not _pick(ref, rest):
        return False
    return all(_part(part, depth, tally) for part in rest)


def _after_plain(filters: Sequence[Filter]) -> tuple[Filter, ...] | None:
    """What follows the plain filters, or None if those are out of order, repeated or unknown."""
    last = -1
    for at, part in enumerate(filters):
        if not isinstance(part, Attribute) or part.key not in _RANK:
            rest = tuple(filters[at:])
            return None if any(is_plain(other) for other in rest) else rest
        if _RANK[part.key] <= last or ADJECTIVES.get(part.value) != part:
            return None
        last = _RANK[part.key]
    return ()


def _pick(ref: Ref, rest: tuple[Filter, ...]) -> bool:
    if len(rest) > 1 or any(isinstance(part, Nearest) for part in rest):
        return False
    match ref.pick:
        case Superlative(end):
            return end in ("left", "right", "front", "back")
        case Ordinal(n, side):
            return n in (2, 3, 4) and side in ("left", "right")
    return False


def _part(part: Filter, depth: int, tally: _Tally) -> bool:
    if isinstance(part, _ANCHORED) and depth >= MAX_DEPTH:
        return False
    match part:
        case Attribute():
            return _attribute(part)
        case Relation(direction, anchor):
            return direction in ("left", "right", "front", "behind") and _ref(anchor, depth + 1, 1, tally)
        case Nearest(anchor):
            return _ref(anchor, depth + 1, 1, tally)
        case SeenFrom(side, anchor):
            return side in ("left", "right") and _ref(anchor, depth + 1, 1, tally)
        case SameAs(key, anchor):
            return key in SAME_KEYS and _ref(anchor, depth + 1, 1, tally)
        case Between(first, second):
            return all(
                anchor.pick is None and _ref(anchor, depth + 1, 0, tally) for anchor in (first, second)
            )
        case Not(inner):
            return _part(inner, depth, tally)
        case Or(first_value, second_value):
            return (
                first_value.key == second_value.key != "hidden"
                and first_value != second_value
                and _attribute(first_value)
                and _attribute(second_value)
            )


def _attribute(attribute: Attribute) -> bool:
    match attribute.key:
        case "text":
            return TEXTS.get(attribute.value.lower()) == attribute
        case "facing":
            return attribute.value in ("left", "right", "toward", "away")
        case "hidden":
            return attribute.value == "yes"
    return ADJECTIVES.get(attribute.value) == attribute


def _verified(filters: tuple[Filter, ...], tally: _Tally) -> bool:
    tally.parts += len(filters)
    if not 1 <= len(filters) <= 2 or (len(filters) == 2 and filters[0] == filters[1]):
        return False
    keys = [part.key for part in filters if isinstance(part, Attribute)]
    return len(keys) == len(set(keys)) and all(_predicated(part, tally) for part in filters)


def _predicated(part: Filter, tally: _Tally) -> bool:
    if isinstance(part, Attribute) and part.key == "category":
        return nameable(Noun("category", part.value))
    return isinstance(part, (Attribute, Relation, Between, SeenFrom)) and _part(part, 0, tally)
