"""text -> AnswerReading, value -> text: what an answer says, read forgivingly, and how an answer is put.

`read_answer(say_answer(value, kind), kind).value == value` for every value of `domain(kind)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from scotoma.tabletop.language.lexicon import ADJECTIVES, SIDES, Table, fold, nouns, table
from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.program import Count, Program, Query, WhichSide
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES

AnswerKind = Literal[
    "yes_no", "number", "colour", "material", "size", "text", "facing", "category", "shape", "side"
]
Status = Literal["read", "other_type", "empty", "hedged"]

ANSWER_KINDS: tuple[AnswerKind, ...] = (
    "yes_no", "number", "colour", "material", "size", "text", "facing", "category", "shape", "side"
)  # fmt: skip
MAX_COUNT = 12
_MAX_CHARACTERS = 600

_NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_FACING_TEXT = {"toward": "toward the camera", "away": "away from the camera"}
_TOKEN = re.compile(r"[a-z]+(?:'t)?|[0-9]+|[.,;:!?]")
_QUOTED = re.compile(r"[\"'`\u201c\u2018]([a-z0-9]{1,12})[\"'`\u201d\u2019]")
_REFUSAL = re.compile(
    r"\b(?:can ?not|can't|could not|couldn't|unable to) (?:\w+ )?"
    r"(?:tell|say|see|determine|answer|know|decide|identify|read|be|make|provide|assist|help)\b"
    r"|\b(?:do not|don't) know\b|\bnot (?:sure|certain|clear|possible|visible|determinable)\b"
    r"|\b(?:unclear|unsure|uncertain|unknown|unanswerable|undetermined|indeterminate|impossible|ambiguous)\b"
    r"|\b(?:maybe|perhaps|possibly|might|sorry|either)\b|\bhard to (?:tell|say)\b|\bno idea\b|\bdepends\b"
)
_NEGATIONS = frozenset({"not", "isn't", "aren't", "don't", "doesn't", "never", "neither", "nor"})
_YES = frozenset({"yes", "yeah", "yep", "yup", "true", "correct", "indeed", "affirmative"})
_NO = frozenset({"no", "nope", "nah", "false", "incorrect", "negative"})
_STOPS = frozenset(".,;:!?")
_PLACES = frozenset(
    {
        "of",
        "behind",
        "between",
        "beside",
        "near",
        "nearest",
        "closest",
        "than",
        "under",
        "next",
        "front",
        "with",
        "as",
    }
)


@dataclass(frozen=True, slots=True)
class AnswerReading:
    """value: canonical, set exactly if status is "read". "other_type": readable, but says nothing of the
    kind asked for. "hedged": contradicts itself or declines."""

    value: str | None
    status: Status


def kind_of(program: Program) -> AnswerKind:
    """The kind of answer that a question asks for."""
    match program:
        case Count():
            return "number"
        case WhichSide():
            return "side"
        case Query(key, _):
            return key
    return "yes_no"


@cache
def domain(kind: AnswerKind) -> tuple[str, ...]:
    """All plausible answers of a kind, canonical, in a fixed order."""
    match kind:
        case "yes_no":
            return ("yes", "no")
        case "number":
            return tuple(str(n) for n in range(MAX_COUNT + 1))
        case "colour":
            return tuple(COLOURS)
        case "material":
            return MATERIALS
        case "size":
            return tuple(SIZES)
        case "text":
            return SIGN_WORDS
        case "facing":
            return ("left", "right", "toward", "away")
        case "category":
            return tuple(catalogue().categories)
        case "shape":
            return catalogue().categories_in("block")
        case "side":
            return tuple(SIDES)


def say_answer(value: str, kind: AnswerKind) -> str:
    """The short text for a canonical value; ValueError if the value is not of the kind."""
    if value not in domain(kind):
        raise ValueError(f"{value!r} is no answer of kind {kind}")
    if kind == "facing":
        return _FACING_TEXT.get(value, value)
    if kind in ("category", "shape"):
        return catalogue().categories[value].singular
    return value.lower()


def read_answer(text: str, kind: AnswerKind) -> AnswerReading:
    """What an answer says, as a value of the kind. Total; only the first 600 characters are read."""
    plain = text[:_MAX_CHARACTERS].lower().replace("\u2019", "'")
    words = _TOKEN.findall(plain)
    if not any(word not in _STOPS for word in words):
        return AnswerReading(None, "other_type" if plain.strip() else "empty")
    values = _yes_no(words) if kind == "yes_no" else _values(plain, words, kind)
    if len(values) == 1 and not _REFUSAL.search(plain):
        return AnswerReading(values[0], "read")
    return AnswerReading(None, "hedged" if values or _REFUSAL.search(plain) else "other_type")


def _yes_no(words: list[str]) -> tuple[str, ...]:
    """An explicit yes or no, else the first statement: "there is", "it does not"."""
    said = set()
    for at, word in enumerate(words):
        alone = at == 0 or words[at - 1] in _STOPS or words[at - 1] in ("or", "and", "is")
        ends = at + 1 == len(words) or words[at + 1] in _STOPS or words[at + 1] in ("or", "and")
        if word in _YES and (alone or ends):
            said.add("yes")
        elif word in _NO and (at == 0 or (alone and ends)):
            said.add("no")
    if said:
        return tuple(sorted(said))
    if words[0] in ("there", "it", "they", "both", "neither", "none", "yes"):
        if any(word in _NEGATIONS or word in ("no", "none") for word in words):
            return ("no",)
        if words[0] in ("there", "both") or len([word for word in words if word not in _STOPS]) <= 2:
            return ("yes",)
    return ()


def _values(plain: str, words: list[str], kind: AnswerKind) -> tuple[str, ...]:
    """The distinct values that an answer names: first in what follows "is", then anywhere."""
    if kind == "text":
        return _texts(plain, words)
    for part in (_cut(_told(words)), _told(words), words):
        values = _named(part, kind)
        if values:
            return values
    return ()


def _told(words: list[str]) -> list[str]:
    """What follows the first main verb: "the object near the piano is | a horse"."""
    for at, word in enumerate(words):
        if word in ("is", "are", "says", "faces") and words[at - 1 : at] not in (["that"], ["which"]):
            return words[at + 1 :]
    return words


def _cut(words: list[str]) -> list[str]:
    """What stands before a place is named: "a horse | next to the piano"."""
    at = next((at for at, word in enumerate(words) if word in _PLACES), len(words))
    return words[:at]


def _named(words: list[str], kind: AnswerKind) -> tuple[str, ...]:
    phrases = _phrases(kind)
    folded = [fold(word) for word in words]
    found: list[str] = []
    at = 0
    while at < len(folded):
        entries = phrases.get(folded[at], ())
        match = next(
            ((value, len(words)) for words, value in entries if folded[at : at + len(words)] == words), None
        )
        if folded[at] == "no" and folded[at + 1 : at + 2] in ([], ["."], [","], ["!"]):
            match = None  # the answer "no" is not the number in "no cubes"
        if match is None:
            if kind == "number" and folded[at].isdecimal() and len(folded[at]) <= 4:
                found.append(str(int(folded[at])))
            at += 1
            continue
        negated = any(word in _NEGATIONS for word in words[max(0, at - 2) : at])
        if not negated:
            found.append(match[0])
        at += match[1]
    return tuple(dict.fromkeys(found))


def _texts(plain: str, words: list[str]) -> tuple[str, ...]:
    """A quoted word, else the words after "says", else any; number words count as digits."""
    known = {word.lower(): word for word in SIGN_WORDS}
    quoted = [known[word] for word in _QUOTED.findall(plain) if word in known]
    if quoted:
        return tuple(dict.fromkeys(quoted))
    after = next((words[at + 1 :] for at, word in enumerate(words) if word in _SAYING), words)
    for part in (after, words):
        found = [known[word] for word in part if word in known]
        found += [word for n, name in enumerate(_NUMBER_WORDS) if (word := str(n)) in known and name in part]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


_SAYING = frozenset({"says", "say", "reads", "read", "saying", "reading", "word", "number", "text", "is"})


@cache
def _phrases(kind: AnswerKind) -> Table[str]:
    """Folded phrases that name a value of the kind."""
    return table((fold(phrase), value) for phrase, value in _wordings(kind))


def _wordings(kind: AnswerKind) -> Iterable[tuple[str, str]]:
    match kind:
        case "number":
            yield from ((word, str(n)) for n, word in enumerate(_NUMBER_WORDS))
            yield from ((word, "0") for word in ("none", "no", "nothing"))
        case "colour" | "material" | "size":
            yield from ((word, word) for word, attribute in ADJECTIVES.items() if attribute.key == kind)
        case "facing":
            yield from _FACING_WORDS.items()
        case "side":
            yield from ((side, side) for side in SIDES)
        case "category" | "shape":
            chosen = set(domain(kind))
            for entries in nouns().phrases.values():
                for phrase, noun in entries:
                    if noun.kind == "category" and noun.name in chosen:
                        yield " ".join(phrase), noun.name
            if kind == "shape":
                yield from ((word, value) for word, value in _SHAPE_WORDS.items() if value in chosen)


_SHAPE_WORDS: Mapping[str, str] = {
    "cubic": "cube", "cubical": "cube", "round": "sphere", "spherical": "sphere",
    "cylindrical": "cylinder", "conical": "cone",
}  # fmt: skip
_FACING_WORDS: Mapping[str, str] = {
    "left": "left",
    "right": "right",
    "camera": "toward",
    "viewer": "toward",
    "toward": "toward",
    "toward the camera": "toward",
    "forward": "toward",
    "forwards": "toward",
    "front": "toward",
    "us": "toward",
    "me": "toward",
    "away": "away",
    "away from the camera": "away",
    "away from camera": "away",
    "away from the viewer": "away",
    "away from us": "away",
    "back": "away",
    "backward": "away",
    "backwards": "away",
}
