"""assets/skills.toml -> Catalogue: the visual skills that questions about pictures may need."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from scotoma.errors import AssetError


@dataclass(frozen=True, slots=True)
class CatalogueSkill:
    """One entry.

    id:         canonical on the tabletop where it has the skill too.  name: in words.
    family:     the meta-skill that it is told under where no model names meta-skills.
    definition: one line.  examples: questions that need it.
    """

    id: str
    name: str
    family: str
    definition: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The entries by id, in their order, and the words for mere things (lower case)."""

    skills: Mapping[str, CatalogueSkill]
    things: frozenset[str]

    def words_for(self, skill: str) -> str:
        """The name of a skill; one that is not in the catalogue is a phrase already, or an id made of words.

        >>> load_catalogue().words_for("left_right"), load_catalogue().words_for("fur_length")
        ('left and right', 'fur length')
        """
        known = self.skills.get(skill)
        return skill.replace("_", " ") if known is None else known.name

    def id_of(self, text: str) -> str | None:
        """The id that a text names, by id or by name, whatever its case and its separators."""
        words = " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
        return next(
            (
                skill.id
                for skill in self.skills.values()
                if words in (skill.id.replace("_", " "), skill.name.replace("-", " "))
            ),
            None,
        )


@cache
def load_catalogue() -> Catalogue:
    """The shipped catalogue. Raises AssetError if it is missing."""
    try:
        text = files("scotoma").joinpath("assets", "skills.toml").read_text("utf-8")
    except OSError as error:
        raise AssetError(
            f"the catalogue of skills is missing from this installation ({error.filename}): install scotoma again"
        ) from error
    held = tomllib.loads(text)
    skills = (
        CatalogueSkill(
            entry["id"], entry["name"], entry["family"], entry["definition"], tuple(entry["examples"])
        )
        for entry in held["skill"]
    )
    return Catalogue({skill.id: skill for skill in skills}, frozenset(held["things"].split()))
