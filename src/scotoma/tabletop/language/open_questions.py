"""Phrases -> Program: frames of how, what and which. Each reads all of the words or gives None."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from scotoma.tabletop.language.lexicon import OBJECT, table
from scotoma.tabletop.language.phrases import Phrases, canonical
from scotoma.tabletop.language.predicates import Found, Item, clause, predicate
from scotoma.tabletop.program import Count, Ordinal, Program, Query, QueryKey, Ref, Superlative

_KEYS: Mapping[str, QueryKey] = {"colour": "colour", "material": "material", "size": "size", "shape": "shape"}
_WORDS_OF_TEXT = frozenset({"word", "text", "number"})
_THERE_IS = table(
    (phrase, None) for phrase in ("is there", "can you see", "does you see", "is visible", "you can see")
)


def _how(p: Phrases) -> Program | None:
    if p.words[1] in ("large", "small") and p.words[2] == "is":
        ref = _whole(p, 3)
        return None if ref is None else Query("size", ref)
    return _counted(p, 3 if p.words[2] == "of" else 2) if p.words[1] == "many" else None


def _whole(p: Phrases, at: int) -> Ref | None:
    """As `_last`, for the only noun phrase of a question: "and" may join its filters."""
    return next((ref for ref, end in p.refs(at, 0, True) if end == p.end), None)


def _counted(p: Phrases, at: int) -> Program | None:
    """(How many) REF are there | REF are left of ... | REF say ..."""
    for ref, end in p.refs(at, 0, True):
        there = p.match(_THERE_IS, end)
        if there is not None:
            if there[1] == p.end:
                return Count(ref)
            for filters in _modified(p, there[1], verbs=False, relative=True):
                return Count(_with(ref, filters))
        elif end == p.end or (p.filled and p.words[end] == "is" and end + 1 == p.end):
            return Count(ref)
        for filters in _modified(p, end, verbs=True, relative=False):
            return Count(_with(ref, filters))
    return None


def _modified(p: Phrases, at: int, *, verbs: bool, relative: bool) -> Iterator[tuple[Item, ...]]:
    """One or two filters, joined by "and", that reach the end. relative: "that" may open the first."""
    if relative and p.words[at] == "that":
        at, verbs = at + 1, True
    for first, after in clause(p, at, 0) if verbs else predicate(p, at, 0):
        if after == p.end:
            yield (first,)
        elif p.words[after] == "and":
            second: Found = clause(p, after + 1, 0) or predicate(p, after + 1, 0)
            yield from ((first, item) for item, end in second if end == p.end)


def _with(ref: Ref, items: tuple[Item, ...]) -> Ref:
    """The noun phrase with what was said of it after the verb."""
    filters, pick = list(ref.filters), ref.pick
    for item in items:
        if isinstance(item, (Superlative, Ordinal)):
            pick = item
        else:
            filters.append(item)
    return Ref(ref.noun, canonical(tuple(filters)), pick)


def _what(p: Phrases) -> Program | None:
    words = p.words
    word = words[1]
    if word == "is":
        return _what_is(p)
    if word == "does":
        ref = next((ref for ref, end in p.refs(2, 0, True) if words[end] == "say" and end + 1 == p.end), None)
        return None if ref is None else Query("text", ref)
    if word in _WORDS_OF_TEXT and words[2] == "is":
        ref = _whole(p, 3 + (words[3] == "written") + 1) if words[3] in ("on", "written") else None
        return None if ref is None else Query("text", ref)
    if word in ("way", "direction"):
        return _way(p, 2)
    key = _KEYS.get(word)
    if key is not None:
        return _key(p, key)
    if word == "kind" and words[2] == "of":
        return _kind(p, 3)
    return _kind(p, 1)


def _key(p: Phrases, key: QueryKey) -> Program | None:
    """(What colour) is REF | does REF have | is REF made of."""
    verb = p.words[2]
    if verb not in ("is", "does"):
        return None
    for ref, end in p.refs(3, 0, True):
        rest = p.words[end : p.end]
        if rest == ([] if verb == "is" else ["have"]) or (
            verb == "is" and key == "material" and rest == ["made", "of"]
        ):
            return Query(key, ref)
    return None


def _what_is(p: Phrases) -> Program | None:
    words = p.words
    if words[3] == "of":
        key = _KEYS.get(words[2], "text" if words[2] in _WORDS_OF_TEXT else None)
        if key is not None or words[2] in ("number", "category", "kind"):
            ref = _whole(p, 4)
            if words[2] == "number":
                return None if ref is None else Count(ref)
            return None if ref is None else Query(key or "category", ref)
    if words[3] == "on" and (words[2] == "written" or words[2] in _WORDS_OF_TEXT):
        ref = _whole(p, 4)
        return None if ref is None else Query("text", ref)
    for ref, end in p.refs(2, 0, True):
        if end == p.end:
            return Query("category", ref)
        if end + 2 == p.end and words[end] == "'s" and words[end + 1] in _KEYS:
            return Query(_KEYS[words[end + 1]], ref)
        if end + 2 == p.end and words[end] == "made" and words[end + 1] == "of":
            return Query("material", ref)
    for filters in _modified(p, 2, verbs=False, relative=False):
        return Query("category", _with(Ref(OBJECT), filters))
    return None


def _kind(p: Phrases, at: int) -> Program | None:
    """(What kind of) animal is this | is there | is left of the sign | is the leftmost animal."""
    for ref, end in p.refs(at, 0, True):
        if p.words[end] != "is":
            continue
        after = end + 1
        if after == p.end:
            return Query("category", ref) if p.filled else None
        if p.words[after] in ("this", "that", "it", "there") and after + 1 == p.end:
            return Query("category", ref)
        for filters in _modified(p, end, verbs=True, relative=False):
            return Query("category", _with(ref, filters))
        same = _whole(p, after)
        if same is not None and (ref == Ref(OBJECT) or ref == Ref(same.noun)):
            return Query("category", same)
    return None


def _way(p: Phrases, at: int) -> Program | None:
    verb = p.words[at]
    last = {"is": "facing", "does": "face"}.get(verb)
    for ref, end in p.refs(at + 1, 0, True):
        if p.words[end] == last and end + 1 == p.end:
            return Query("facing", ref)
    return None


def _in(p: Phrases) -> Program | None:
    return _way(p, 3) if p.words[1] in ("what", "which") and p.words[2] in ("direction", "way") else None


FRAMES: Mapping[str, Callable[[Phrases], Program | None]] = {
    "how": _how,
    "what": _what,
    "which": _what,
    "in": _in,
}
"""By the folded first word."""
