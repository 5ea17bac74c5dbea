"""bytes of a request -> Turn, or BadRequest in one line. Whatever comes is untrusted, and nothing is fetched for it."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

BODY_BYTES = 32_000_000
PIXELS = 40_000_000
"""What is read of a request, and how large a picture may be. Larger ones are refused before they are decoded."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")

DEFAULT_TOKENS = 64
_MOST_TOKENS = 4096
_DEFAULT_TEMPERATURE = 1.0

_NOT_SUPPORTED: Mapping[str, tuple[Any, ...]] = {
    "stream": (None, False),
    "n": (None, 1),
    "tools": (None, []),
    "functions": (None, []),
    "stop": (None, []),
    "logprobs": (None, False),
    "logit_bias": (None, {}),
    "top_p": (None, 1),
    "frequency_penalty": (None, 0),
    "presence_penalty": (None, 0),
    "response_format": (None, {"type": "text"}),
}
"""Fields that would change a reply and that these models cannot follow -> values that ask for nothing."""


class BadRequest(Exception):
    """What is wrong with a request, in one line; HTTP status 400, or 404 for an unknown model."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Turn:
    """One user turn, as these models understand it. temperature: 0 = greedy."""

    text: str
    picture: Picture.Image | None
    system: str | None = None
    max_tokens: int = DEFAULT_TOKENS
    temperature: float = _DEFAULT_TEMPERATURE
    seed: int | None = None


def read_turn(body: bytes, model: str) -> Turn:
    """The turn of a chat completion request to `model`. Raises BadRequest."""
    try:
        asked = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON in UTF-8") from None
    if not isinstance(asked, dict):
        raise BadRequest("the body is no JSON object")
    if asked.get("model") != model:
        raise BadRequest(f"the model {_shown(asked.get('model'))} is not served here: ask for {model!r}", 404)
    for name, harmless in _NOT_SUPPORTED.items():
        if asked.get(name) not in harmless:
            raise BadRequest(f"{name} is not supported: leave it out")
    limit = asked.get("max_completion_tokens", asked.get("max_tokens"))
    text, picture, system = _messages(asked.get("messages"))
    return Turn(
        text,
        picture,
        system,
        _whole("max_tokens", DEFAULT_TOKENS if limit is None else limit, 1, _MOST_TOKENS),
        _temperature(asked.get("temperature")),
        None if asked.get("seed") is None else _whole("seed", asked["seed"], -(2**63), 2**63 - 1),
    )


def _messages(messages: object) -> tuple[str, Picture.Image | None, str | None]:
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise BadRequest("messages is no list of messages")
    told = [message for message in messages if message.get("role") in ("system", "developer")]
    said = [message for message in messages if message.get("role") == "user"]
    if len(said) != 1 or len(told) > 1 or messages != [*told, *said]:
        raise BadRequest("messages must be one user message, behind one system message at most")
    text, picture = _content(said[0].get("content"))
    system = None
    if told:
        system, unexpected = _content(told[0].get("content"))
        if unexpected is not None:
            raise BadRequest("a system message holds no picture")
    return text, picture, system


def _content(content: object) -> tuple[str, Picture.Image | None]:
    """Text parts are joined by line breaks."""
    if isinstance(content, str):
        return content, None
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise BadRequest("the content of a message is neither a text nor a list of parts")
    texts: list[str] = []
    pictures: list[Picture.Image] = []
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                if pictures:
                    raise BadRequest("a message holds more than one picture")
                pictures.append(read_picture(url))
            case _:
                raise BadRequest(
                    'a part is neither {"type": "text"} nor {"type": "image_url"}, or is not whole'
                )
    return "\n".join(texts), pictures[0] if pictures else None


def read_picture(url: str) -> Picture.Image:
    """The upright RGB picture of a data URL. Raises BadRequest; no address is ever opened."""
    head, comma, encoded = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64") or not comma:
        raise BadRequest("a picture is no data URL (data:image/png;base64,...): nothing is fetched")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("a picture is no base64") from None
    try:
        with Picture.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS:
                raise BadRequest(_too_large(picture.width, picture.height))
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (Picture.DecompressionBombError, Picture.DecompressionBombWarning):
        raise BadRequest(_too_large()) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError):
        raise BadRequest(f"a picture cannot be read: send {', '.join(FORMATS)}") from None


def _too_large(*size: int) -> str:
    told = f" ({size[0]} x {size[1]})" if size else ""
    return f"a picture is too large{told}: {PIXELS:,} pixels are allowed"


def _whole(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadRequest(f"{name} is {_shown(value)}: allowed is a whole number from {low} to {high}")
    return value


def _temperature(value: object) -> float:
    if value is None:
        return _DEFAULT_TEMPERATURE
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 2.0:
        raise BadRequest(f"temperature is {_shown(value)}: allowed is 0 to 2")
    return float(value)


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
