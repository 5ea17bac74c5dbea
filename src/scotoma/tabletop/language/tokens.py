"""text -> Tokens: folded words without articles and filler, or a refusal. Nothing long gets past here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from scotoma.tabletop.language.lexicon import CANONICAL, Table, table

MAX_CHARACTERS = 480
MAX_TOKENS = 80
_MAX_FILLERS = 2
_MAX_SOFT = 6

Reason = Literal["unreadable", "multiple_questions"]


class Unreadable(ValueError):
    """The text is not one question of the grammar.

    reason: "unreadable" or "multiple_questions".  detail: one sentence for people.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Tokens:
    """words: folded words, ended by "" sentinels.  fresh: whether an article stood before each.
    size: how many words, less the sentinels.  filled: whether a phrase such as "in the image" was dropped."""

    words: list[str]
    fresh: list[bool]
    size: int
    filled: bool


_TOKEN = re.compile(r"[a-z]+|[0-9]+(?:nd|rd|th)\b|[0-9]+|'\s?s\b|[^\sa-z0-9]")
_TYPOGRAPHY = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "-": " "}
)
_ARTICLES = frozenset({"the", "a", "an", "any", "some"})
_POINTERS = frozenset({"this", "these", "those"})
_SOFT = frozenset({",", '"'})
_NO_ARTICLE_BEFORE = frozenset(
    {"is", "of", "than", "or", "and", "there", "to", "in", "as", "have", "say", "does", "how", "what",
     "which", "that", "not", "with", "from", "for", "it", "its", "'s", "on", "at", "behind", "between",
     "facing", "", ".", "'"}
)  # fmt: skip
_FILLERS: Table[None] = table(
    (phrase, None)
    for place in ("image", "this image", "view", "this view")
    for phrase in (
        f"in {place}",
        f"shown in {place}",
        f"visible in {place}",
        "on table",
        "on this table",
        "on tabletop",
    )
)
_PADDING = [""] * 8


def split_questions(text: str) -> list[str]:
    """The stretches of words that question marks part, lower case.

    Raises `Unreadable` if the text is too long, has no words, or has characters that no question needs.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unreadable("unreadable", f"The text is longer than {MAX_CHARACTERS} characters.")
    plain = text.translate(_TYPOGRAPHY)
    if not plain.isascii():
        raise Unreadable("unreadable", "The text has characters that are not plain English.")
    parts = [part for part in (piece.strip() for piece in plain.lower().split("?")) if part]
    if not parts:
        raise Unreadable("unreadable", "The text has no words.")
    return parts


def tokenise(part: str) -> Tokens:
    """Folded words of one question. Raises `Unreadable` where articles, commas or filler are out of place."""
    raw = [CANONICAL.get(word, word) for word in _TOKEN.findall(part.rstrip(" .!"))]
    if len(raw) > MAX_TOKENS:
        raise Unreadable("unreadable", f"The question has more than {MAX_TOKENS} words.")
    words: list[str] = []
    fresh: list[bool] = []
    soft = articles = 0
    for word in raw:
        if word in _ARTICLES or word in _POINTERS:
            articles += 1
            if articles > 2:
                raise Unreadable("unreadable", "There are several articles in a row.")
            if word in _POINTERS:
                words.append(word)
                fresh.append(False)
        elif word in _SOFT:
            soft += 1
        else:
            if articles and word in _NO_ARTICLE_BEFORE and words[-1:] != ["this"]:
                raise Unreadable("unreadable", f"An article stands before {word!r}.")
            words.append(_possessive(word, words))
            fresh.append(articles > 0)
            articles = 0
    if soft > _MAX_SOFT or (articles and words[-1:] != ["this"]):
        raise Unreadable("unreadable", "Commas, quotes or articles are out of place.")
    return _without_filler(words, fresh)


def _possessive(word: str, before: list[str]) -> str:
    """As in "'s" however it was spaced; "is" where it stands for that ("what's")."""
    if word[0] != "'" or len(word) == 1:
        return word
    return "is" if before[-1:] in (["what"], ["there"]) else "'s"


def _names_table(words: list[str], start: int, end: int) -> bool:
    """Whether "on the table" is about a table: "on the table's left", "what is written on the table"."""
    if words[end] == "'s" or words[start - 1 : start] in (["written"], ["text"], ["word"]):
        return True
    return start == 3 and words[1] in ("word", "text", "number") and words[2] == "is"


def _without_filler(words: list[str], fresh: list[bool]) -> Tokens:
    """Drop "in the image" and the like, and "this" before a noun."""
    dropped = 0
    at = 0
    padded = words + _PADDING
    while at < len(words):
        word = padded[at]
        length = 0
        if word in _FILLERS:
            length = next((len(f) for f, _ in _FILLERS[word] if padded[at : at + len(f)] == f), 0)
            length *= not (word == "on" and _names_table(padded, at, at + length))
            dropped += length > 0
        elif word in _POINTERS and at + 1 < len(words):
            length = 1
        if length:
            del words[at : at + length], fresh[at : at + length], padded[at : at + length]
        else:
            at += 1
    if dropped > _MAX_FILLERS:
        raise Unreadable("unreadable", "The same place is named again and again.")
    return Tokens(words + _PADDING, fresh + [False] * len(_PADDING), len(words), dropped > 0)
