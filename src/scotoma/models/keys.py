"""name of an environment variable -> Key: what a server is shown, and nobody else."""

from __future__ import annotations

import os

from scotoma.errors import ModelError

DEFAULT_KEY_ENV = "OPENAI_API_KEY"

_SHOWN_INSTEAD = "[key]"
_SHORTEST_SECRET = 6
"""Shorter keys ("none", "EMPTY") are placeholders, and words that an answer may hold."""


class Key:
    """An API key. It has no text of its own, so that it enters no message, log or traceback by accident."""

    __slots__ = ("_origin", "_value")

    def __init__(self, value: str, origin: str) -> None:
        self._value = value
        self._origin = origin

    def reveal(self) -> str:
        """The key, for the client that sends it."""
        return self._value

    def scrub(self, text: str) -> str:
        """The text without the key: a server may send back what it was sent."""
        return text.replace(self._value, _SHOWN_INSTEAD) if len(self._value) >= _SHORTEST_SECRET else text

    def __repr__(self) -> str:
        return f"Key(from {self._origin})"


def key_from_environment(key_env: str | None, model: str) -> Key:
    """The key in the variable `key_env`; without one, in OPENAI_API_KEY, or a placeholder for servers that need none.

    model: for messages. Raises ModelError if the variable was asked for and is not set, or cannot be a key.
    """
    name = key_env or DEFAULT_KEY_ENV
    value = os.environ.get(name, "").strip()
    if not value:
        if key_env is not None:
            raise ModelError(f"{model}: the environment variable {name} is not set: put the key into it")
        return Key("none", "nowhere")
    if not (value.isascii() and value.isprintable()):
        raise ModelError(
            f"{model}: the environment variable {name} holds no key: it has odd characters in it"
        )
    return Key(value, name)
