"""Ref and filters -> words: how noun phrases and predicates are written.

A `Choice` picks among wordings, the first of which is the plainest. Every wording reads back.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

from scotoma.tabletop.language.lexicon import ORDINAL_WORDS, nouns
from scotoma.tabletop.program import (
    Attribute,
    Between,
    Filter,
    Nearest,
    Not,
    Noun,
    Or,
    Ordinal,
    Ref,
    Relation,
    SameAs,
    SeenFrom,
    Superlative,
    is_plain,
)

Form = Literal["the", "a", "many"]
"""the red cube, a red cube, red cubes."""

_DIRECTIONS = {
    "left": ("left of", "to the left of", "on the left side of"),
    "right": ("right of", "to the right of", "on the right side of"),
    "front": ("in front of",),
    "behind": ("behind",),
}
_FACING = {
    "left": ("left",),
    "right": ("right",),
    "toward": ("the camera", "toward the camera"),
    "away": ("away", "away from the camera"),
}
_PREFIX = {"left": "leftmost", "right": "rightmost", "front": "frontmost", "back": "backmost"}
_SUFFIX = {"front": "closest to the camera", "back": "farthest from the camera"}


class Choice:
    """Picks a wording: the first without a generator, else any with equal chance."""

    __slots__ = ("_rng",)

    def __init__(self, rng: random.Random | None) -> None:
        self._rng = rng

    def of(self, *wordings: str) -> str:
        """One of the wordings."""
        return wordings[0] if self._rng is None else self._rng.choice(wordings)

    def flip(self) -> bool:
        """False without a generator, else a coin."""
        return self._rng is not None and self._rng.random() < 0.5


def article(phrase: str) -> str:
    """The phrase with "a" or "an"."""
    return f"an {phrase}" if phrase[0] in "aeiou" else f"a {phrase}"


def others(ref: Ref) -> tuple[Filter, ...]:
    """The filters that do not stand before the noun as plain adjectives."""
    return tuple(part for part in ref.filters if not is_plain(part))


def plain_words(ref: Ref) -> str:
    """The plain adjectives, each followed by a blank."""
    return "".join(f"{part.value} " for part in ref.filters if isinstance(part, Attribute) and is_plain(part))


def noun_phrase(ref: Ref, form: Form, choice: Choice) -> str:
    """A noun phrase with its article."""
    rest = others(ref)
    before = plain_words(ref)
    if rest and _may_precede(rest[0]) and choice.flip():
        before = f"{_adjective(rest[0])} {before}"
        rest = rest[1:]
    noun = _noun(ref, form, choice)
    after = ""
    match ref.pick:
        case Superlative(end) if end in _SUFFIX and not rest:
            if choice.flip():
                word, place = _SUFFIX[end].split(" ", 1)
                before, after = f"{word} {before}", f" {place}"
            else:
                after = f" {_SUFFIX[end]}"
        case Superlative(end):
            before = f"{_PREFIX[end]} {before}"
        case Ordinal(n, side):
            before, after = f"{ORDINAL_WORDS[n]} {before}", f" from the {side}"
    phrase = before + noun + after
    if rest:
        phrase += " " + _modifiers(rest, form == "many", choice)
    if form == "many":
        return phrase
    return f"the {phrase}" if form == "the" else article(phrase)


def _noun(ref: Ref, form: Form, choice: Choice) -> str:
    if ref.noun.kind == "object":
        return choice.of("objects", "things") if form == "many" else choice.of("object", "thing")
    known = nouns()
    return (known.plural if form == "many" else known.singular)[ref.noun]


def _may_precede(part: Filter) -> bool:
    """Partly hidden; red or blue."""
    if isinstance(part, Or):
        return is_plain(part.first)
    return isinstance(part, Attribute) and part.key == "hidden"


def _adjective(part: Filter) -> str:
    return f"{part.first.value} or {part.second.value}" if isinstance(part, Or) else "partly hidden"


def is_simple(ref: Ref) -> bool:
    """True if the noun comes last, so that "'s" can follow it."""
    return not others(ref) and (ref.pick is None or ref.pick in (Superlative("left"), Superlative("right")))


# ---- after the noun ----------------------------------------------------------------------------------------


def _modifiers(parts: Sequence[Filter], many: bool, choice: Choice) -> str:
    first = _modifier(parts[0], many, choice)
    if len(parts) == 1:
        return first
    return f"{first} and {_modifier(parts[1], many, choice)}"


def _modifier(part: Filter, many: bool, choice: Choice) -> str:
    """What follows the noun: bare where English allows it, or a clause with "that"."""
    clause = f"that {verb_phrase(part, many, choice)}"
    match part:
        case Relation() | Between() | SeenFrom() | Nearest():
            return choice.of(predicate(part, choice), clause)
        case Attribute("facing", _):
            return choice.of(predicate(part, choice), clause)
        case SameAs(key, anchor):
            return choice.of(f"with the same {key} as {noun_phrase(anchor, 'the', choice)}", clause)
        case Or(Attribute("facing", _), _):
            return choice.of(predicate(part, choice), clause)
    return clause


def verb_phrase(part: Filter, many: bool, choice: Choice) -> str:
    """A finite predicate: "is left of the cup", "say stop", "have the same colour as the ball"."""
    match part:
        case Attribute("text", value):
            return f"{'say' if many else 'says'} {value.lower()}"
        case Or(Attribute("text", first), Attribute(_, second)):
            return f"{'say' if many else 'says'} {first.lower()} or {second.lower()}"
        case Not(Attribute("text", value)):
            return f"{'do' if many else 'does'} not say {value.lower()}"
        case SameAs(key, anchor):
            return f"{'have' if many else 'has'} the same {key} as {noun_phrase(anchor, 'the', choice)}"
    return f"{'are' if many else 'is'} {predicate(part, choice)}"


def has_copula(part: Filter) -> bool:
    """True if `predicate` can write it after "is"."""
    if isinstance(part, Not):
        return has_copula(part.part)
    if isinstance(part, Or):
        return part.first.key != "text"
    return not isinstance(part, SameAs) and not (isinstance(part, Attribute) and part.key == "text")


def predicate(part: Filter, choice: Choice) -> str:
    """What follows "is". Raises ValueError for text and SameAs, which have verbs of their own."""
    match part:
        case Attribute("facing", value):
            return f"facing {choice.of(*_FACING[value])}"
        case Attribute("hidden", _):
            return "partly hidden"
        case Attribute("category", name):
            return article(nouns().singular[Noun("category", name)])
        case Attribute(key, value) if key != "text":
            return value
        case Relation(direction, anchor):
            return f"{choice.of(*_DIRECTIONS[direction])} {noun_phrase(anchor, 'the', choice)}"
        case Nearest(anchor):
            return f"{choice.of('nearest to', 'closest to')} {noun_phrase(anchor, 'the', choice)}"
        case Between(first, second):
            return f"between {noun_phrase(first, 'the', choice)} and {noun_phrase(second, 'the', choice)}"
        case SeenFrom(side, anchor):
            return _seen_from(side, anchor, choice)
        case Not(inner):
            return f"not {predicate(inner, choice)}"
        case Or(Attribute("facing", one), Attribute(_, other)):
            return f"facing {choice.of(*_FACING[one])} or {choice.of(*_FACING[other])}"
        case Or(Attribute(key, one), Attribute(_, other)) if key != "text":
            return f"{one} or {other}"
    raise ValueError(f"{part} does not follow a form of 'to be'")


def _seen_from(side: str, anchor: Ref, choice: Choice) -> str:
    looker = noun_phrase(anchor, "the", choice)
    wordings = [f"on the {side} as seen from {looker}", f"on the {side} from the point of view of {looker}"]
    if is_simple(anchor):
        wordings += [f"on {looker}'s {side}", f"on the {side} from {looker}'s point of view"]
    return choice.of(*wordings)
