"""reply text -> the JSON object in it, as a pydantic model; None if there is none, or if it is not clear which counts.

A model that talks around its JSON may quote what the candidate said, JSON and all. So every object that fits counts,
those that the quoted texts hold themselves do not, and if the rest disagree nothing is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from scotoma.verifiers.judge.schemas import Reading

MOST_CHARS = 20_000
"""Characters of a reply that are read."""

_THINKING, _THOUGHT = "<think>", "</think>"

R = TypeVar("R", bound=Reading)


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The balanced JSON objects of a text, in order, in code fences or not; none inside another.

    What a model thinks aloud before it replies (`<think>`) is left out. An object with a member twice is none: which
    of the two counts would be a guess. Nothing is read inside an object that is not closed, as after a cut.
    """
    for span in _balanced(_said(text[:MOST_CHARS])):
        try:
            yield json.loads(span, object_pairs_hook=_members)
        except (ValueError, RecursionError):
            continue


def read(
    model: type[R], text: str, decisive: Callable[[R], Hashable], quoted: Sequence[str] = ()
) -> R | None:
    """The first object of a reply that the model accepts, or None.

    decisive: what a reading decides; None is given if two objects of a reply decide differently.
    quoted:   texts of others that were shown. Objects that stand in one of them are theirs, not the reply's.
    """
    theirs = [value for other in quoted for value in objects(other)]
    readings: list[R] = []
    for value in objects(text):
        if value in theirs:
            continue
        try:
            readings.append(model.model_validate(value))
        except (ValidationError, RecursionError):
            continue
    if len({decisive(reading) for reading in readings}) != 1:
        return None
    return readings[0]


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _said(text: str) -> str:
    """What stands after a model's thinking aloud."""
    return text.rpartition(_THOUGHT)[2] if text.lstrip().startswith(_THINKING) and _THOUGHT in text else text


def _balanced(text: str) -> Iterator[str]:
    """Outermost spans from a brace to the one that closes it; braces within JSON strings do not count."""
    depth, start, quoted, escaped = 0, 0, False, False
    for at, character in enumerate(text):
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == "{":
            start = at if depth == 0 else start
            depth += 1
        elif depth and character == '"':
            quoted, escaped = True, False
        elif depth and character == "}":
            depth -= 1
            if depth == 0:
                yield text[start : at + 1]
