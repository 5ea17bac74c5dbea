"""catalogue -> words: how nouns, attributes and places are called, for the writer and for the reader.

The reader sees tokens after `CANONICAL` has folded inflections and synonyms ("are" -> "is", "big" ->
"large"), and without articles; the phrase tables are written in that folded form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.program import Attribute, Direction, Noun, Pick, Side, Superlative
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES

CANONICAL: Mapping[str, str] = {
    "are": "is", "do": "does", "has": "have", "says": "say", "read": "say", "reads": "say",
    "reading": "saying", "faces": "face", "looking": "facing", "pointing": "facing", "turned": "facing",
    "looks": "face", "points": "face", "color": "colour", "colors": "colour", "colours": "colour",
    "colored": "coloured", "grey": "gray", "materials": "material", "sizes": "size", "shapes": "shape",
    "big": "large", "little": "small", "tiny": "small", "bigger": "larger", "littler": "smaller",
    "less": "fewer", "metallic": "metal", "shiny": "metal", "dull": "matte",
    "nearest": "closest", "furthest": "farthest", "towards": "toward",
    "partially": "partly", "occluded": "hidden", "covered": "hidden", "obscured": "hidden",
    "type": "kind", "sort": "kind", "photo": "image", "photograph": "image", "picture": "image",
    "scene": "image", "labelled": "saying", "labeled": "saying", "2nd": "second", "3rd": "third",
    "4th": "fourth", "perspective": "viewpoint", "viewed": "seen", "lettering": "text", "letters": "text",
}  # fmt: skip
"""Folded words. A word that stands alone in the program (left, red) is never a key here."""

OBJECT_WORDS = (("object", "objects"), ("thing", "things"))
_MORE_OBJECT_WORDS = ("item", "items", "something", "anything", "stuff")
_FAMILY_SYNONYMS = {
    "food": ("food", "foods"),
    "instrument": ("instrument", "instruments"),
    "furniture": ("furniture",),
}
OBJECT = Noun("object", "object")

SIZE_WORDS = tuple(SIZES)
ADJECTIVES: Mapping[str, Attribute] = {
    **{word: Attribute("size", word) for word in SIZE_WORDS},
    **{word: Attribute("colour", word) for word in COLOURS},
    **{word: Attribute("material", word) for word in MATERIALS},
}
TEXTS: Mapping[str, Attribute] = {word.lower(): Attribute("text", word) for word in SIGN_WORDS} | {
    "seven": Attribute("text", "7"),
    "twelve": Attribute("text", "12"),
}
HIDDEN = Attribute("hidden", "yes")
ORDINALS: Mapping[str, int] = {"second": 2, "third": 3, "fourth": 4}
ORDINAL_WORDS: Mapping[int, str] = {number: word for word, number in ORDINALS.items()}
SIDES: Mapping[str, Side] = {"left": "left", "right": "right"}

T = TypeVar("T")
Table = Mapping[str, tuple[tuple[list[str], T], ...]]
"""First word -> the phrases that begin with it, longest first, each with its meaning."""


def table(phrases: Iterable[tuple[str, T]]) -> Table[T]:
    """Index phrases by their first word. Of two equal phrases the later one wins."""
    meanings: dict[tuple[str, ...], T] = {}
    for phrase, meaning in phrases:
        meanings[tuple(phrase.split())] = meaning
    found: dict[str, list[tuple[list[str], T]]] = {}
    for words, meaning in sorted(meanings.items(), key=lambda entry: -len(entry[0])):
        found.setdefault(words[0], []).append((list(words), meaning))
    return {first: tuple(entries) for first, entries in found.items()}


_SIDE_PREFIXES = ("on {}", "to {}", "at {}", "on {} side", "to {} side", "on {} hand side", "to {} hand side")


def _relations() -> Iterable[tuple[str, Direction]]:
    for side in SIDES.values():
        yield f"{side} of", side
        yield f"{side} side of", side
        for prefix in _SIDE_PREFIXES:
            yield prefix.format(side) + " of", side
    for phrase in ("in front of", "before"):
        yield phrase, "front"
    for phrase in ("behind", "in back of"):
        yield phrase, "behind"


def _picks() -> Iterable[tuple[str, Pick]]:
    front, back = Superlative("front"), Superlative("back")
    for phrase in ("closest to camera", "closest camera", "closest to viewer", "frontmost", "front most"):
        yield phrase, front
    for phrase in (
        "farthest from camera",
        "farthest away from camera",
        "farthest away",
        "farthest back",
        "backmost",
    ):
        yield phrase, back
    yield "farthest from viewer", back
    for side in SIDES.values():
        for phrase in ("{}most", "{} most", "farthest {}", "farthest to {}", "on far {}"):
            yield phrase.format(side), Superlative(side)


RELATIONS: Table[Direction] = table(_relations())
PICKS: Table[Pick] = table(_picks())
SEEN_SIDES: Table[Side] = table(
    (prefix.format(side), side) for prefix in (*_SIDE_PREFIXES, "{}") for side in SIDES.values()
)
"""A bare side, as in "on the left as seen from the horse"."""


# ---- nouns -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nouns:
    """phrases: folded words -> noun. singular, plural: noun -> how it is written."""

    phrases: Table[Noun]
    singular: Mapping[Noun, str]
    plural: Mapping[Noun, str]


def fold(phrase: str) -> str:
    """A phrase as the reader sees it: lower case, without hyphens, each word in its canonical form."""
    return " ".join(CANONICAL.get(word, word) for word in phrase.lower().replace("-", " ").split())


@cache
def nouns() -> Nouns:
    """Every noun of the catalogue. A category's own words win over a family's, and both over synonyms, so
    that each noun but a family that shares its name with a category reads back as itself."""
    pack = catalogue()
    phrases = [(word, OBJECT) for forms in (*OBJECT_WORDS, _MORE_OBJECT_WORDS) for word in forms]
    singular, plural = {OBJECT: OBJECT_WORDS[0][0]}, {OBJECT: OBJECT_WORDS[0][1]}
    for name in pack.families:
        family = Noun("family", name)
        phrases += [(word, family) for word in _FAMILY_SYNONYMS.get(name, ())]
    for name, info in pack.categories.items():
        category = Noun("category", name)
        phrases += [(form, category) for word in info.synonyms for form in _numbers(word)]
    for name, words in pack.families.items():
        family = Noun("family", name)
        singular[family], plural[family] = words.singular, words.plural
        phrases += [(words.singular, family), (words.plural, family)]
    for name, info in pack.categories.items():
        category = Noun("category", name)
        singular[category], plural[category] = info.singular, info.plural
        phrases += [(info.singular, category), (info.plural, category)]
    return Nouns(table((fold(phrase), noun) for phrase, noun in phrases), singular, plural)


@cache
def nameable(noun: Noun) -> bool:
    """True if the noun is known and both of its forms read back as itself."""
    known = nouns()
    if noun not in known.singular:
        return False
    return all(_lookup(form, known) == noun for form in (known.singular[noun], known.plural[noun]))


def _lookup(form: str, known: Nouns) -> Noun | None:
    words = fold(form).split()
    return next((noun for phrase, noun in known.phrases.get(words[0], ()) if phrase == words), None)


def _numbers(word: str) -> tuple[str, ...]:
    """A synonym and its regular plural."""
    ends_hissing = word.endswith(("s", "x", "ch", "sh"))
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "o", "u"):
        return (word, word[:-1] + "ies")
    if word.endswith("elf"):
        return (word, word[:-1] + "ves")
    return (word, word + "es" if ends_hissing else word + "s")
