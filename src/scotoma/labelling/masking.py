"""question -> its frame: what is asked, without the things that it is asked about. Pure.

A sentence embedding of "How many pianos are there?" is nearer to other sentences about pianos than to other sentences
that count. What a question needs one to do stands in the rest of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[0-9]+")
_LEAD = re.compile(r"^(?:(?:is it true that|can you tell me|please tell me|please|tell me)\b\s*)+")
_PLACE = re.compile(r"\b(?:in|on) (?:the|this) (?:image|picture|photo|photograph|scene)\b")
_THING = "thing"


def words_of(text: str) -> list[str]:
    """Words and numbers in lower case; "dog's" is one word.

    >>> words_of("What is on the dog's left?")
    ['what', 'is', 'on', 'the', "dog's", 'left']
    """
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def frame(question: str, is_thing: Callable[[str], bool]) -> str:
    """The question without polite openings, its things masked, neighbouring ones as one.

    is_thing: of a word in lower case, without the ending of a possessive.

    >>> frame("Is it true that the teddy bear is left of the piano?", {"teddy", "bear", "piano"}.__contains__)
    'the thing is left of the thing'
    """
    text = _PLACE.sub(" ", _LEAD.sub("", question.lower().strip()))
    return " ".join(_masked(words_of(text), is_thing))


def _masked(words: list[str], is_thing: Callable[[str], bool]) -> Iterator[str]:
    before = ""
    for word in words:
        base = word.removesuffix("'s")
        shown = word if not is_thing(base) else _THING + word[len(base) :]
        if before and not (before == _THING and shown.startswith(_THING)):
            yield before
        before = shown
    if before:
        yield before
