"""prompt name, parts -> the text of a call to the judge. The texts lie beside this file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from scotoma.errors import AssetError

NAMES = ("system", "validity", "answer", "blind", "comparison", "repair")

_PLACE = re.compile(r"\{(question|reference|answer)\}")


@cache
def load(name: str) -> str:
    """The prompt's text. Raises AssetError for an unknown name."""
    if name not in NAMES:
        raise AssetError(f"unknown prompt {name!r}: use one of {', '.join(NAMES)}")
    return files(__name__).joinpath(f"{name}.txt").read_text("utf-8").strip()


def fill(name: str, parts: Mapping[str, str]) -> str:
    """The prompt with its parts in their places. In one pass: a part that holds a place is left as it is.

    Raises KeyError if a part is missing.
    """
    return _PLACE.sub(lambda place: parts[place[1]], load(name))
