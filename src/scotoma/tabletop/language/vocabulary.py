"""catalogue -> words: every token that questions and answers are written with, for word-level models."""

from __future__ import annotations

import re
from functools import cache

from scotoma.tabletop.language.answers import ANSWER_KINDS, domain, say_answer
from scotoma.tabletop.language.lexicon import nameable, nouns

TOKEN = re.compile(r"[a-z]+|[0-9]+|[^\sa-z0-9]")
"""How written text falls into tokens."""

_FRAME_WORDS = [
    "a",
    "an",
    "and",
    "any",
    "are",
    "as",
    "away",
    "backmost",
    "behind",
    "between",
    "bigger",
    "both",
    "camera",
    "can",
    "closest",
    "colour",
    "direction",
    "do",
    "does",
    "either",
    "face",
    "facing",
    "farthest",
    "fewer",
    "fourth",
    "from",
    "front",
    "frontmost",
    "has",
    "have",
    "hidden",
    "how",
    "in",
    "is",
    "it",
    "its",
    "kind",
    "large",
    "larger",
    "left",
    "leftmost",
    "looking",
    "made",
    "many",
    "material",
    "matte",
    "metal",
    "more",
    "nearest",
    "not",
    "number",
    "object",
    "objects",
    "of",
    "on",
    "or",
    "partly",
    "point",
    "right",
    "rightmost",
    "same",
    "say",
    "says",
    "second",
    "see",
    "seen",
    "shape",
    "side",
    "size",
    "small",
    "smaller",
    "than",
    "that",
    "the",
    "there",
    "thing",
    "things",
    "third",
    "this",
    "to",
    "toward",
    "true",
    "view",
    "way",
    "what",
    "which",
    "with",
    "word",
    "written",
    "you",
    "at",
    "?",
    ",",
    "'",
    "s",
]


@cache
def vocabulary() -> tuple[str, ...]:
    """Every lower-case token that `write` and `say_answer` can produce, sorted, each once."""
    known = nouns()
    named = [noun for noun in known.singular if nameable(noun)]
    phrases = [known.singular[noun] for noun in named] + [known.plural[noun] for noun in named]
    phrases += [say_answer(value, kind) for kind in ANSWER_KINDS for value in domain(kind)]
    words = {word for phrase in phrases for word in TOKEN.findall(phrase)}
    return tuple(sorted(words | set(_FRAME_WORDS)))
