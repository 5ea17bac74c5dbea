"""Text of models and files -> text that a terminal shows and never obeys; stdout, stderr, JSON."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN_WIDTH = 120
"""Columns where the output is no terminal: tables are not squeezed into 80."""

_UNSAFE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
"""Unicode categories that could move the cursor, change colours or reorder text."""


def clean(text: str) -> str:
    """One line in which line breaks and tabs are blanks, and other control or format characters are escaped.

    >>> clean("red\\x1b[31m\\nblue")
    'red\\\\x1b[31m blue'
    """
    shown = []
    for character in text:
        if character in "\t\n\r\v\f":
            shown.append(" ")
        elif unicodedata.category(character) in _UNSAFE:
            shown.append(character.encode("unicode_escape").decode("ascii"))
        else:
            shown.append(character)
    return " ".join("".join(shown).split())


def output() -> Console:
    """Where results go: stdout."""
    return _console(sys.stdout)


def messages() -> Console:
    """Where progress goes: stderr, so that stdout can be piped."""
    return _console(sys.stderr)


def write_json(value: Any) -> None:
    """One JSON object on stdout, plain ASCII."""
    sys.stdout.write(json.dumps(value, allow_nan=False, indent=2) + "\n")
    sys.stdout.flush()


def _console(file: Any) -> Console:
    from rich.console import Console

    width = None if file.isatty() else _PLAIN_WIDTH
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)
