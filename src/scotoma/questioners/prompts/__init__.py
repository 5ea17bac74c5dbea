"""prompt name -> the instruction that a questioner is given. The texts lie beside this file.

Those of engines that only general models understand lie in `engines/`: the mini-questioner's vocabulary is made of
the words of the files beside this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from scotoma.errors import AssetError
from scotoma.records import SKILLS

NAMES = ("base", "adversarial", "skills")
ENGINE_NAMES = ("feedback",)

_PLACE = "{skills}"


@cache
def load(name: str) -> str:
    """The prompt's text. Raises AssetError for an unknown name."""
    if name in ENGINE_NAMES:
        return files(__name__).joinpath("engines", f"{name}.txt").read_text("utf-8").strip()
    if name not in NAMES:
        raise AssetError(f"unknown prompt {name!r}: use one of {', '.join((*NAMES, *ENGINE_NAMES))}")
    return files(__name__).joinpath(f"{name}.txt").read_text("utf-8").strip()


def for_skills(skills: Sequence[str]) -> str:
    """The prompt that asks for a question needing these skills."""
    return load("skills").replace(_PLACE, ", ".join(skills))


def skills_asked(prompt: str) -> tuple[str, ...]:
    """The canonical skills that a prompt of `for_skills` asks for; none for any other prompt."""
    before, _, after = load("skills").partition(_PLACE)
    if not (prompt.startswith(before) and prompt.endswith(after)):
        return ()
    skills = tuple(prompt[len(before) : len(prompt) - len(after)].split(", "))
    return skills if set(skills) <= set(SKILLS) else ()
