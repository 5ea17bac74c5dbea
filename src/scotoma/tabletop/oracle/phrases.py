"""Ref -> short English, for the evidence of a ruling. The questions themselves are written by `language`."""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.tabletop.program import (
    Attribute,
    Between,
    Filter,
    Nearest,
    Not,
    Or,
    Ordinal,
    Ref,
    Relation,
    SameAs,
    SeenFrom,
    Superlative,
    is_plain,
)
from scotoma.tabletop.scene import SceneObject

_ENDS = {"left": "leftmost", "right": "rightmost", "front": "front", "back": "rear"}
_PLACES = {"left": "left of", "right": "right of", "front": "in front of", "behind": "behind"}
_ORDINALS = {2: "second", 3: "third", 4: "fourth"}
_FACING = {"left": "facing left", "right": "facing right", "toward": "facing us", "away": "facing away"}


def name_of(thing: SceneObject) -> str:
    """The object as one would point it out: "the small red metal cup"."""
    return f"the {thing.size} {thing.colour} {thing.material} {thing.category}"


def names_of(things: Sequence[SceneObject]) -> str:
    """The objects, joined by commas; "none" if there are none."""
    return ", ".join(name_of(thing) for thing in things) or "none"


def describe(ref: Ref) -> str:
    """The noun phrase with its article: "the leftmost red cup behind the plate"."""
    words = ["the"]
    if isinstance(ref.pick, Superlative):
        words.append(_ENDS[ref.pick.end])
    elif isinstance(ref.pick, Ordinal):
        words.append(_ORDINALS.get(ref.pick.n, f"number {ref.pick.n}"))
    words += [part.value for part in ref.filters if isinstance(part, Attribute) and is_plain(part)]
    words.append(ref.noun.name)
    words += [say(part) for part in ref.filters if not is_plain(part)]
    if isinstance(ref.pick, Ordinal):
        words.append(f"from the {ref.pick.side}")
    return " ".join(words)


def say(part: Filter) -> str:
    """One filter in words."""
    match part:
        case Attribute("text", value):
            return f"saying {value}"
        case Attribute("facing", value):
            return _FACING.get(value, f"facing {value}")
        case Attribute("hidden", value):
            return "partly hidden" if value == "yes" else "not hidden"
        case Attribute("category", value):
            return f"of the kind {value}"
        case Attribute(_, value):
            return value
        case Relation(direction, anchor):
            return f"{_PLACES[direction]} {describe(anchor)}"
        case Nearest(anchor):
            return f"nearest to {describe(anchor)}"
        case Between(first, second):
            return f"between {describe(first)} and {describe(second)}"
        case SeenFrom(side, anchor):
            return f"on the {side} as seen from {describe(anchor)}"
        case SameAs(key, anchor):
            return f"of the same {key} as {describe(anchor)}"
        case Not(inner):
            return f"not {say(inner)}"
        case Or(first, second):
            return f"{say(first)} or {say(second)}"
