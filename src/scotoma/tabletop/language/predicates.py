"""Tokens -> filters: what may follow a noun or a verb, every way to read it from a position.

They share one shape: (phrases, position, depth) -> the items found there, each with the position after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from scotoma.tabletop.language.lexicon import (
    ADJECTIVES,
    HIDDEN,
    PICKS,
    RELATIONS,
    SEEN_SIDES,
    SIDES,
    TEXTS,
    table,
)
from scotoma.tabletop.program import (
    Attribute,
    Between,
    Filter,
    Nearest,
    Not,
    Or,
    Ordinal,
    Pick,
    Ref,
    Relation,
    SameAs,
    SameKey,
    SeenFrom,
    Side,
)

if TYPE_CHECKING:
    from scotoma.tabletop.language.phrases import Phrases

MAX_DEPTH = 2
"""Anchors of anchors; the question's own noun phrases are at depth 0."""

Item = Filter | Pick
Found = list[tuple[Item, int]]
Refs = tuple[tuple[Ref, int], ...]

SAME_KEYS: Mapping[str, SameKey] = {"colour": "colour", "material": "material", "size": "size"}
_FACINGS = {
    "left": "left",
    "right": "right",
    "camera": "toward",
    "viewer": "toward",
    "us": "toward",
    "away": "away",
}
VIEW_STARTS = table(
    (phrase, None)
    for phrase in ("as seen from", "seen from", "from point of view of", "from viewpoint of", "from view of")
)
_OWN_VIEW = table((phrase, None) for phrase in ("from its point of view", "from its viewpoint"))
VIEW_ENDS = table((phrase, None) for phrase in ("'s point of view", "'s viewpoint", "'s view"))


def modifiers(p: Phrases, at: int, depth: int) -> Found:
    """What may follow a noun: "left of ...", "facing left", "that is ...", "with the same colour as ..."."""
    word = p.words[at]
    if word == "that" or word == "which":
        return clause(p, at + 1, depth)
    if word in _HANDLERS and word != "same":
        return predicate(p, at, depth)
    return []


def clause(p: Phrases, at: int, depth: int) -> Found:
    """A verb and its predicate: "is left of ...", "say stop", "face left", "have the same colour as ..."."""
    words = p.words
    word = words[at]
    if word == "is":
        return predicate(p, at + 1, depth)
    if word == "say":
        return _text(p, at, depth)
    if word == "face":
        return _facing(p, at, depth)
    if word == "have":
        return _same(p, at, depth)
    if word == "does" and words[at + 1] == "not":
        return [(Not(f), end) for f, end in clause(p, at + 2, depth) if isinstance(f, (Attribute, Relation))]
    return []


def predicate(p: Phrases, at: int, depth: int) -> Found:
    """What may follow "is": attributes, relations, their negations, and picks ("closest to the camera")."""
    word = p.words[at]
    adjective = ADJECTIVES.get(word)
    if adjective is not None:
        return _adjective(p, adjective, at)
    found: Found = []
    for handler in _HANDLERS.get(word, ()):
        found += handler(p, at, depth)
    return found


def _adjective(p: Phrases, adjective: Attribute, at: int) -> Found:
    found: Found = [(adjective, at + 1)]
    if p.words[at + 1] == "or" and not p.fresh[at + 2]:
        other = ADJECTIVES.get(p.words[at + 2])
        if other is not None and other.key == adjective.key:
            found.insert(0, (Or(adjective, other), at + 3))
    return found


def _not(p: Phrases, at: int, depth: int) -> Found:
    return [(Not(f), end) for f, end in predicate(p, at + 1, depth) if isinstance(f, (Attribute, Relation))]


def _relation(p: Phrases, at: int, depth: int) -> Found:
    found = p.match(RELATIONS, at)
    if found is None:
        return []
    return [(Relation(found[0], anchor), end) for anchor, end in p.anchors(found[1], depth)]


def _nearest(p: Phrases, at: int, depth: int) -> Found:
    after = at + 2 if p.words[at + 1] == "to" else at + 1
    if after == at + 1 and not p.fresh[after]:  # "nearest the piano", but not "closest object ..."
        return []
    return [(Nearest(anchor), end) for anchor, end in p.anchors(after, depth)]


def _between(p: Phrases, at: int, depth: int) -> Found:
    first = p.head(at + 1) if depth < MAX_DEPTH else None
    if first is None or p.words[first.end] != "and":
        return []
    second = p.head(first.end + 1)
    return [] if second is None else [(Between(first.ref(), second.ref()), second.end)]


def _pick(p: Phrases, at: int, depth: int) -> Found:
    found = p.match(PICKS, at)
    return [found] if found else []


def _ordinal(p: Phrases, at: int, depth: int) -> Found:
    found = p.prepick(at)
    return [(found[0], found[1])] if found and isinstance(found[0], Ordinal) else []


def _seen(p: Phrases, at: int, depth: int) -> Found:
    """As in "on the left as seen from the horse", "on the left from the horse's point of view"."""
    found = p.match(SEEN_SIDES, at)
    if found is None:
        return []
    side, after = found
    if p.words[after] == "of":
        return _seen_twice(p, side, after + 1, depth)
    return [(SeenFrom(side, anchor), end) for anchor, end in viewpoints(p, after, depth)]


def _seen_twice(p: Phrases, side: Side, at: int, depth: int) -> Found:
    """As in "left of the horse from the horse's (its) point of view"."""
    found: Found = []
    for anchor, after in p.anchors(at, depth):
        own = p.match(_OWN_VIEW, after)
        if own is not None:
            found.append((SeenFrom(side, anchor), own[1]))
        found += [
            (SeenFrom(side, anchor), end) for same, end in viewpoints(p, after, depth) if same == anchor
        ]
    return found


def viewpoints(p: Phrases, at: int, depth: int) -> Refs:
    """As in "as seen from the horse", "from the horse's point of view": the one who looks."""
    start = p.match(VIEW_STARTS, at)
    if start is not None:
        return p.anchors(start[1], depth)
    if p.words[at] != "from":
        return ()
    found = []
    for anchor, end in p.anchors(at + 1, depth):
        view = p.match(VIEW_ENDS, end)
        if view is not None:
            found.append((anchor, view[1]))
    return tuple(found)


def _own_side(p: Phrases, at: int, depth: int) -> Found:
    """As in "on the horse's left"."""
    found: Found = []
    for anchor, end in p.anchors(at + 1, depth):
        if p.words[end] == "'s" and p.words[end + 1] in SIDES:
            side: Side = SIDES[p.words[end + 1]]
            found.append((SeenFrom(side, anchor), end + (3 if p.words[end + 2] == "side" else 2)))
    return found


def same_key(p: Phrases, at: int) -> tuple[SameKey, int] | None:
    """As in "(made) (of) the same colour": the key, and the position after it."""
    words = p.words
    at += words[at] == "made"
    at += words[at] in ("of", "with", "have", "in")
    key = SAME_KEYS.get(words[at + 1]) if words[at] == "same" else None
    return None if key is None else (key, at + 2)


def _same(p: Phrases, at: int, depth: int) -> Found:
    found = same_key(p, at)
    if found is None or p.words[found[1]] != "as":
        return []
    return [(SameAs(found[0], anchor), end) for anchor, end in p.anchors(found[1] + 1, depth)]


def _made(p: Phrases, at: int, depth: int) -> Found:
    """As in "made of metal"."""
    adjective = ADJECTIVES.get(p.words[at + 2]) if p.words[at + 1] == "of" else None
    return [(adjective, at + 3)] if adjective is not None and adjective.key == "material" else []


def _text(p: Phrases, at: int, depth: int) -> Found:
    """As in "say stop", "saying stop", "with the word stop", "that say stop or exit"."""
    at += 1
    at += p.words[at] in ("word", "text", "number")
    text = TEXTS.get(p.words[at])
    if text is None:
        return []
    found: Found = [(text, at + 1)]
    if p.words[at + 1] == "or" and not p.fresh[at + 2]:
        other = TEXTS.get(p.words[at + 2 + (p.words[at + 2] in ("say", "saying"))])
        if other is not None:
            after = at + 3 + (p.words[at + 2] in ("say", "saying"))
            found.insert(0, (Or(text, other), after))
    return found


def _facing(p: Phrases, at: int, depth: int) -> Found:
    first = _heading(p, at + 1)
    if first is None:
        return []
    value, after = first
    found: Found = [(Attribute("facing", value), after)]
    if p.words[after] == "or":
        second = _heading(p, after + 1 + (p.words[after + 1] in ("facing", "face")))
        if second is not None:
            found.insert(0, (Or(Attribute("facing", value), Attribute("facing", second[0])), second[1]))
    return found


def _heading(p: Phrases, at: int) -> tuple[str, int] | None:
    words = p.words
    at += words[at] in ("to", "toward", "at")
    value = _FACINGS.get(words[at])
    if value == "away" and p.at(at + 1, "from", "camera"):
        return value, at + 3
    return None if value is None else (value, at + 1)


def _partly(p: Phrases, at: int, depth: int) -> Found:
    after = p.hidden(at)
    if after is None:
        return []
    if p.words[after] in ("by", "behind") and p.words[after + 1] in ("something", "anything"):
        after += 2
    return [(HIDDEN, after)]


_Handler = Callable[["Phrases", int, int], Found]
_HANDLERS: Mapping[str, tuple[_Handler, ...]] = {
    "not": (_not,),
    "left": (_relation, _seen),
    "right": (_relation, _seen),
    "to": (_relation, _seen, _own_side),
    "on": (_relation, _seen, _own_side, _pick),
    "at": (_relation, _seen),
    "in": (_relation,),
    "behind": (_relation,),
    "before": (_relation,),
    "closest": (_pick, _nearest),
    "farthest": (_pick,),
    "leftmost": (_pick,),
    "rightmost": (_pick,),
    "frontmost": (_pick,),
    "backmost": (_pick,),
    "second": (_ordinal,),
    "third": (_ordinal,),
    "fourth": (_ordinal,),
    "between": (_between,),
    "same": (_same,),
    "made": (_same, _made),
    "of": (_same,),
    "with": (_same, _text),
    "have": (_same,),
    "saying": (_text,),
    "facing": (_facing,),
    "partly": (_partly,),
    "hidden": (_partly,),
}
