"""Text of models and files -> text that a terminal shows and never obeys; stdout, stderr, JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN_WIDTH = 180
"""Columns where the output is no terminal: tables are not squeezed into 80."""


def clean(text: str) -> str:
    """One line: white space is single blanks; what could move the cursor, colour or reorder text is escaped.

    >>> clean("red\\x1b[31m\\nblue")
    'red\\\\x1b[31m blue'
    """
    shown = []
    for character in text:
        if character.isspace():
            shown.append(" ")
        elif character.isprintable():
            shown.append(character)
        else:
            shown.append(character.encode("unicode_escape").decode("ascii"))
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
