"""The picture and the questions of a check, and what replies to them say."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from PIL import Image as Picture
from PIL import ImageDraw

from scotoma.checking.findings import Finding
from scotoma.identity import picture_id
from scotoma.models.chat import Reply, Request

COLOUR = "red"
QUESTION = "What is the main colour of this picture?"
BLIND_QUESTION = "What is the colour of a ripe tomato?"
OPEN_QUESTION = "What could this picture show?"
SAMPLES = 3

SCHEMA: dict[str, Any] = {
    "title": "colour",
    "type": "object",
    "properties": {"sure": {"type": "boolean"}, "colour": {"type": "string"}},
    "required": ["sure", "colour"],
    "additionalProperties": False,
}
"""No question speaks of JSON, so that a reply of this shape comes from the schema alone."""

_SIDE = 224


def picture() -> Picture.Image:
    """A red square that nearly fills a white ground, 224 pixels a side."""
    made = Picture.new("RGB", (_SIDE, _SIDE), "white")
    ImageDraw.Draw(made).rectangle((16, 16, _SIDE - 17, _SIDE - 17), fill=(214, 32, 32))
    return made


def request(text: str, *, blind: bool = False, schema: dict[str, Any] | None = None) -> Request:
    """A turn about the picture, or about none."""
    shown = None if blind else picture()
    return Request(shown, "" if shown is None else picture_id(shown), text, schema=schema)


def seen(reply: Reply) -> Finding:
    """Does a reply answer QUESTION? A wrong colour is an answer, and is told."""
    if not reply.text:
        return Finding(False, "the answer is empty")
    right = re.search(rf"\b{COLOUR}\b", reply.text.lower())
    return Finding(True, "" if right else f"but it does not say that the picture is {COLOUR}")


def counted(reply: Reply) -> Finding:
    """Are the tokens of a reply counted?"""
    if reply.prompt_tokens is None or reply.completion_tokens is None:
        return Finding(False, "--max-tokens and --max-usd cannot be held")
    return Finding(
        True, f"{reply.prompt_tokens:,} + {reply.completion_tokens:,} for the picture and its question"
    )


def varied(texts: Sequence[str | None]) -> Finding:
    """Do samples of one turn differ?"""
    different = len(set(texts))
    if different > 1:
        return Finding(True, f"{different} different texts of {len(texts)}")
    return Finding(False, f"{len(texts)} texts at temperature 1 were the same: it may ignore the temperature")


def shaped(text: str) -> bool:
    """Is a reply what SCHEMA asks for, and nothing else?"""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(value, dict)
        and set(value) == set(SCHEMA["required"])
        and isinstance(value["sure"], bool)
        and isinstance(value["colour"], str)
    )
