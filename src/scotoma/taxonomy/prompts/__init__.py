"""prompt name -> the text that a model is asked with for names. The texts lie beside this file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from scotoma.errors import AssetError

NAMES = ("system", "skill", "meta", "repair")


@cache
def load(name: str) -> str:
    """The prompt's text. Raises AssetError for an unknown name."""
    if name not in NAMES:
        raise AssetError(f"unknown prompt {name!r}: use one of {', '.join(NAMES)}")
    return files(__name__).joinpath(f"{name}.txt").read_text("utf-8").strip()
