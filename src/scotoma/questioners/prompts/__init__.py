"""prompt name -> the instruction that a questioner is given. The texts lie beside this file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from scotoma.errors import AssetError

NAMES = ("base", "adversarial", "skills")


def load(name: str) -> str:
    """The prompt's text. Raises AssetError for an unknown name."""
    if name not in NAMES:
        raise AssetError(f"unknown prompt {name!r}: use one of {', '.join(NAMES)}")
    return files(__name__).joinpath(f"{name}.txt").read_text("utf-8").strip()


def for_skills(skills: Sequence[str]) -> str:
    """The prompt that asks for a question needing these skills."""
    return load("skills").replace("{skills}", ", ".join(skills))
