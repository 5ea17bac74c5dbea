"""text -> scheme, options, path: what the parsers of all SPECs share, and how a bad one is shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from scotoma.errors import SpecError

_SECRETS = (
    (re.compile(r"//[^/\s]*@"), "//***@"),  # user:password@host
    (re.compile(r"\?[^,\s]*"), "?***"),  # a key in a query
    (re.compile(r"(?i)(key\w*|token|secret|password)=[^,\s]*"), r"\1=***"),
    (re.compile(r"\b(sk|hf|gsk|xai)[-_][\w-]{8,}"), r"\1-***"),  # the keys that hosted services hand out
)


def redacted(text: str) -> str:
    """The text with what could be a key, a password or a user name left out, for messages."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def shown(text: str) -> str:
    """Untrusted text inside a one-line message, redacted."""
    safe = redacted(text)
    return repr(safe if len(safe) <= 80 else safe[:77] + "...")


def unknown(what: str, text: str, known: str) -> SpecError:
    """The error for a SPEC that names nothing known."""
    return SpecError(f"unknown {what} {shown(text)}: known are {known}")


def split(text: str, what: str) -> tuple[str, str]:
    """scheme, rest; the scheme is "" for a bare word or a path ("runs/a:b" has a slash before its colon)."""
    if not text or text != text.strip() or not text.isprintable():
        raise SpecError(f"{what} {shown(text)}: is empty, has blanks around it, or odd characters in it")
    scheme, colon, rest = text.partition(":")
    return (scheme, rest) if colon and re.fullmatch("[a-z][a-z0-9_-]*", scheme) else ("", text)


def options(text: str, known: tuple[str, ...], whole: str) -> dict[str, str]:
    """'a=1,b=2' -> {"a": "1", "b": "2"}. Raises SpecError for an option that is unknown, empty or given twice."""
    found: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, _, value = part.partition("=")
        if name not in known or not value or name in found:
            raise SpecError(
                f"{shown(whole)}: cannot read {shown(part)}: options are "
                f"{', '.join(f'{option}=...' for option in known)}, each at most once"
            )
        found[name] = value
    return found


def options_text(given: Mapping[str, str | None]) -> str:
    """{"a": "1", "b": None} -> ',a=1': the reverse of `options`, for the tail of a SPEC."""
    return "".join(f",{name}={value}" for name, value in given.items() if value is not None)


def whole_number(name: str, value: str, low: int, high: int, whole: str) -> int:
    """The value of an option that counts something. Raises SpecError outside low..high (inclusive)."""
    if not re.fullmatch("[0-9]{1,19}", value) or not low <= int(value) <= high:
        raise SpecError(f"{shown(whole)}: {name}={shown(value)}: allowed is {low} to {high}")
    return int(value)


def is_path(text: str) -> bool:
    """A slash or a leading dot says that a path is meant; a bare word only if a folder has that name."""
    return "/" in text or text.startswith(".") or os.path.isdir(text)


def as_path(text: str) -> str:
    """A bare word becomes ./word, which is a path wherever it is read again."""
    return text if "/" in text or text.startswith(".") else f"./{text}"
