"""Phrases -> Program: frames that are answered by yes or no, a side, or one of two attributes that they name.

Each frame reads all of the words or gives None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from scotoma.tabletop.language.lexicon import ADJECTIVES, SIDES, table
from scotoma.tabletop.language.phrases import Phrases
from scotoma.tabletop.language.predicates import (
    clause,
    predicate,
    same_key,
    viewpoints,
)
from scotoma.tabletop.program import (
    Attribute,
    Between,
    Both,
    CompareCounts,
    CompareSizes,
    Either,
    Exists,
    Program,
    Query,
    Ref,
    Relation,
    SameAttribute,
    SeenFrom,
    Verify,
    WhichSide,
)

_SIDE_TAILS = table(
    (f"{before}{one} or {after}{other}{end}", None)
    for one, other in (("left", "right"), ("right", "left"))
    for before in ("on ", "to ", "on its ", "to its ", "at ")
    for after in ("", "on ", "to ", "its ", "on its ", "to its ")
    for end in ("", " side")
)
_ONE_SIDE = table(
    (f"{before}{side}{end}", side)
    for side in SIDES.values()
    for before in ("on ", "to ", "on its ", "to its ")
    for end in ("", " side")
)


# ---- is ... ------------------------------------------------------------------------------------------------


def _is(p: Phrases) -> Program | None:
    if p.words[1] == "there":
        return _there(p, 2)
    if p.words[1] == "it" and p.words[2] in ("true", "case", "right", "correct") and p.words[3] == "that":
        return _claim(p, 4)
    if p.at(1, "number", "of"):
        return _numbers(p, 3)
    if p.words[1] == "both":
        return _about(p, 2)
    return _about(p, 1)


def _there(p: Phrases, at: int) -> Program | None:
    word = p.words[at]
    if word in ("more", "fewer"):
        return _pair(p, at + 1, "than", _more if word == "more" else _fewer)
    if p.at(at, "as", "many"):
        return _pair(p, at + 2, "as", _equal)
    if p.at(at, "same", "number", "of"):
        return _pair(p, at + 3, "as", _equal) or _pair(p, at + 3, "and", _equal)
    if word == "both":
        return _pair(p, at + 1, "and", Both)
    if word == "either":
        return _pair(p, at + 1, "or", Either)
    for ref, end in p.refs(at, 0, True):
        if end == p.end:
            return Exists(ref)
    return _pair(p, at, "and", Both) or _pair(p, at, "or", Either)


def _pair(p: Phrases, at: int, link: str, make: Callable[[Ref, Ref], Program]) -> Program | None:
    """REF link REF to the end; after the link "is there" may be said again."""
    for first, after in p.refs(at, 0, False):
        if p.words[after] != link:
            continue
        start = after + 1
        if link in ("and", "or"):
            start += 2 * p.at(start, "is", "there")
            start += p.words[start] == "either"
        second = _last(p, start)
        if second is not None:
            return make(first, second)
    return None


def _last(p: Phrases, at: int) -> Ref | None:
    """The noun phrase that reaches from a position to the end."""
    return next((ref for ref, end in p.refs(at, 0, False) if end == p.end), None)


def _numbers(p: Phrases, at: int) -> Program | None:
    """number of A larger than / the same as number of B."""
    for first, after in p.refs(at, 0, False):
        word = p.words[after]
        start = after + 2
        if (
            word in ("larger", "greater", "higher", "more", "smaller", "lower", "fewer")
            and p.words[after + 1] == "than"
        ):
            more = word in ("larger", "greater", "higher", "more")
            op: Callable[[Ref, Ref], Program] = _more if more else _fewer
        elif word in ("same", "equal") and p.words[after + 1] in ("as", "to"):
            op = _equal
        else:
            continue
        start += 2 * p.at(start, "number", "of") or 2 * p.at(start, "that", "of")
        second = _last(p, start)
        if second is not None:
            return op(first, second)
    return None


def _more(first: Ref, second: Ref) -> Program:
    return CompareCounts("more", first, second)


def _fewer(first: Ref, second: Ref) -> Program:
    return CompareCounts("fewer", first, second)


def _equal(first: Ref, second: Ref) -> Program:
    return CompareCounts("equal", first, second)


def _claim(p: Phrases, at: int) -> Program | None:
    """(Is it true that) REF is ... | REF say ... | there is ..."""
    if p.at(at, "there", "is"):
        return _there(p, at + 2)
    for ref, end in p.refs(at, 0, True):
        if p.words[end] in ("is", "say", "does", "face"):
            for filters in _predicates(p, end, verbs=True):
                return Verify(ref, filters)
            if p.words[end] == "is":
                found = _compared(p, ref, end + 1)
                if found is not None:
                    return found
    return None


def _about(p: Phrases, at: int) -> Program | None:
    """(Is) REF ...: the shortest first noun phrase that leaves a predicate."""
    for ref, end in reversed(p.refs(at, 0, True)):
        if end == p.end:
            return Exists(ref) if p.filled else None
        found = _compared(p, ref, end) or _alternative(p, ref, end) or _sided(p, ref, end)
        if found is not None:
            return found
        for filters in _predicates(p, end, verbs=False):
            return Verify(ref, filters)
    return None


def _compared(p: Phrases, ref: Ref, at: int) -> Program | None:
    """larger than REF | the same colour as REF | and REF the same colour."""
    words = p.words
    word = words[at]
    if word in ("larger", "smaller"):
        start = at + 1 + 2 * p.at(at + 1, "in", "size")
        other = _last(p, start + 1) if words[start] == "than" else None
        return (
            None if other is None else CompareSizes("larger" if word == "larger" else "smaller", ref, other)
        )
    if word == "and":
        return _shared(p, ref, at + 1)
    key = same_key(p, at)
    if key is not None and words[key[1]] in ("as", "of"):
        other = _last(p, key[1] + 1)
        return None if other is None else SameAttribute(key[0], ref, other)
    return None


def _shared(p: Phrases, first: Ref, at: int) -> Program | None:
    """(A and) B have the same colour | B the same colour."""
    for second, end in p.refs(at, 0, False):
        key = same_key(p, end)
        if key is not None and key[1] == p.end:
            return SameAttribute(key[0], first, second)
    return None


def _alternative(p: Phrases, ref: Ref, at: int) -> Program | None:
    """large or small | matte or metal: a question for the attribute."""
    one, other = ADJECTIVES.get(p.words[at]), ADJECTIVES.get(p.words[at + 2])
    if one is None or other is None or p.words[at + 1] != "or" or at + 3 != p.end or one == other:
        return None
    if one.key != other.key or one.key not in ("size", "material"):
        return None
    return Query("size" if one.key == "size" else "material", ref)


def _predicates(
    p: Phrases, at: int, *, verbs: bool
) -> Iterator[tuple[Attribute | Relation | Between | SeenFrom, ...]]:
    """One or two predicates, joined by "and", that reach the end."""
    for first, after in _verified(p, at, verbs):
        if after == p.end:
            yield (first,)
        elif p.words[after] == "and":
            joined = after + 1
            joined += p.words[joined] == "is" and not verbs
            for second, end in _verified(p, joined, verbs) or _verified(p, joined, verbs=False):
                if end == p.end:
                    yield (first, second)


def _verified(
    p: Phrases, at: int, verbs: bool
) -> list[tuple[Attribute | Relation | Between | SeenFrom, int]]:
    found = clause(p, at, 0) if verbs else predicate(p, at, 0)
    good = [(item, end) for item, end in found if isinstance(item, (Attribute, Relation, Between, SeenFrom))]
    start = at + 1 if verbs else at
    kind = p.category(start) if not verbs or p.words[at] == "is" else None
    return good if kind is None else [*good, kind]


# ---- sides and points of view ------------------------------------------------------------------------------


def _sided(p: Phrases, ref: Ref, at: int) -> Program | None:
    """on its left or on its right as seen from REF | on the horse's left or right."""
    tail = p.match(_SIDE_TAILS, at)
    if tail is not None:
        for anchor, end in viewpoints(p, tail[1], 0):
            if end == p.end:
                return WhichSide(ref, anchor)
        return None
    if p.words[at] not in ("on", "to"):
        return None
    for anchor, end in p.anchors(at + 1, 0):
        sides = {p.words[end + 1], p.words[end + 3]}
        alternative = p.words[end] == "'s" and p.words[end + 2] == "or" and sides == set(SIDES)
        if alternative and end + 4 + (p.words[end + 4] == "side") == p.end:
            return WhichSide(ref, anchor)
    return None


def _viewed(p: Phrases) -> Program | None:
    """From the horse's point of view | as seen from the horse, is REF on its left or its right?"""
    for anchor, end in viewpoints(p, 0, 0):
        if p.words[end] != "is":
            continue
        for ref, after in p.refs(end + 1, 0, False):
            tail = p.match(_SIDE_TAILS, after)
            if tail is not None and tail[1] == p.end:
                return WhichSide(ref, anchor)
        for ref, after in reversed(p.refs(end + 1, 0, False)):
            side = p.match(_ONE_SIDE, after)
            if side is not None and side[1] == p.end:
                return Verify(ref, (SeenFrom(side[0], anchor),))
    return None


# ---- other first words -------------------------------------------------------------------------------------


def _does(p: Phrases) -> Program | None:
    if p.at(1, "you", "see"):
        return _there(p, 3)
    for ref, end in p.refs(1, 0, True):
        word = p.words[end]
        if word == "and":
            found = _shared(p, ref, end + 1)
            if found is not None:
                return found
        elif word == "have":
            found = _compared(p, ref, end)
            if found is not None:
                return found
        elif word in ("say", "face"):
            for filters in _predicates(p, end, verbs=True):
                return Verify(ref, filters)
    return None


def _can(p: Phrases) -> Program | None:
    return _there(p, 3) if p.at(1, "you", "see") else None


def _look(p: Phrases) -> Program | None:
    """(Looking) at REF, is it ...?"""
    if p.words[1] != "at":
        return None
    for ref, end in p.refs(2, 0, True):
        if p.at(end, "is", "it"):
            found = _compared(p, ref, end + 2)
            if found is not None:
                return found
            for filters in _predicates(p, end + 2, verbs=False):
                return Verify(ref, filters)
        if p.at(end, "does", "it", "say"):
            for filters in _predicates(p, end + 2, verbs=True):
                return Verify(ref, filters)
    return None


FRAMES: Mapping[str, Callable[[Phrases], Program | None]] = {
    "is": _is,
    "does": _does,
    "can": _can,
    "from": _viewed,
    "as": _viewed,
    "seen": _viewed,
    "facing": _look,
}
"""By the folded first word."""
