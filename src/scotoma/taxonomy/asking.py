"""Clusters, skills + model -> their names, and families of skills; what the model cannot say keeps its offline name.

Keywords and questions are texts of other models: they are shown fenced, see the judge's `fencing`. A reply is
untrusted: names are cleaned and bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from scotoma.labelling.asking import Lost, Prompt, ask
from scotoma.models.cached import CachedCalls, KeptModel
from scotoma.models.chat import ChatModel
from scotoma.taxonomy import prompts
from scotoma.taxonomy.naming import OTHER, NamedSkill
from scotoma.verifiers.judge.fencing import fence, plain, shown
from scotoma.verifiers.judge.parsing import read
from scotoma.verifiers.judge.schemas import Reading

NAME_CHARS, DEFINITION_CHARS = 60, 240
EXAMPLES_SHOWN = 8
_GROUP_CHARS = 2000
_TEXT: dict[str, Any] = {"type": "string"}

SKILL_SCHEMA: dict[str, Any] = {
    "title": "skill",
    "type": "object",
    "properties": {"name": _TEXT, "definition": _TEXT},
    "required": ["name", "definition"],
    "additionalProperties": False,
}

FAMILIES_SCHEMA: dict[str, Any] = {
    "title": "families",
    "type": "object",
    "properties": {
        "families": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": _TEXT,
                    "skills": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["name", "skills"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["families"],
    "additionalProperties": False,
}


class _Skill(Reading):
    name: str = Field(min_length=1)
    definition: str = ""


class _Family(Reading):
    name: str = Field(min_length=1)
    skills: tuple[int, ...]


class _Families(Reading):
    families: tuple[_Family, ...] = Field(min_length=1, max_length=100)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as a model is shown it. offline: its name if the model has none. questions: some of it."""

    offline: NamedSkill
    questions: tuple[str, ...]


class ModelNamer:
    """A model that names skills and meta-skills. calls: keeps its finished calls. seed: of fences and sampling."""

    def __init__(self, model: ChatModel, calls: CachedCalls, *, seed: int = 0) -> None:
        self._model = KeptModel(model, calls)
        self._seed = seed

    async def names(self, clusters: Sequence[Cluster]) -> tuple[list[NamedSkill], list[str]]:
        """A named skill for each cluster, in order; and what did not go as planned, a line each.

        Raises ModelError, BudgetSpent, LedgerError.
        """
        found = await ask(self._model, [self._skill_prompt(one) for one in clusters], seed=self._seed)
        named = []
        lost = []
        for one, reading in zip(clusters, found, strict=True):
            if isinstance(reading, Lost):
                lost.append(reading.told)
                named.append(one.offline)
            else:
                name, definition = reading
                named.append(replace(one.offline, name=name, definition=definition or one.offline.definition))
        told = [f"{len(lost)} of {len(clusters)} skills kept their offline names: {lost[0]}"] if lost else []
        return named, told

    async def families(self, skills: Sequence[NamedSkill]) -> tuple[list[str], list[str]]:
        """The meta-skill of each skill, in order; and what did not go as planned, a line each. Raises as `names`."""
        numbered = "\n".join(
            f"{number}. {skill.name}: {skill.definition}" for number, skill in enumerate(skills, 1)
        )
        text = prompts.load("meta").replace("{skills}", _fenced_lines(numbered, self._seed))
        (found,) = await ask(
            self._model,
            [Prompt(prompts.load("system"), text, prompts.load("repair"), FAMILIES_SCHEMA, _read_families)],
            seed=self._seed,
        )
        if isinstance(found, Lost):
            return [skill.family for skill in skills], [
                f"meta-skills are those of the catalogue: {found.told}"
            ]
        metas = [found.get(number, OTHER) for number in range(1, len(skills) + 1)]
        missing = metas.count(OTHER)
        told = [f"the model put {missing} of {len(skills)} skills into no family"] if missing else []
        return metas, told

    def _skill_prompt(self, cluster: Cluster) -> Prompt[tuple[str, str]]:
        lines = (", ".join(cluster.offline.keywords), *cluster.questions[:EXAMPLES_SHOWN])
        quoted = tuple(shown(line, _GROUP_CHARS) for line in lines)

        def read_one(reply: str) -> tuple[str, str] | None:
            reading = read(_Skill, reply, lambda skill: skill.name, quoted)
            name = None if reading is None else _name(reading.name)
            if reading is None or name is None:
                return None
            return name, plain(reading.definition, DEFINITION_CHARS)

        text = prompts.load("skill").replace("{group}", _fenced_lines("\n".join(lines), self._seed))
        return Prompt(prompts.load("system"), text, prompts.load("repair"), SKILL_SCHEMA, read_one)


def _fenced_lines(text: str, seed: int) -> str:
    """Each line fenced by itself: a line break in a question makes no new one that it could speak from."""
    return "\n".join(fence(line, seed, _GROUP_CHARS) for line in text.split("\n") if line.strip())


def _name(text: str) -> str | None:
    """A clean name in lower case, or None."""
    name = plain(text, 2 * NAME_CHARS).strip(" .,;:\"'`").lower()
    return name if 0 < len(name) <= NAME_CHARS else None


def _read_families(reply: str) -> dict[int, str] | None:
    """Number of a skill -> its family; the first one that claims it."""
    reading = read(_Families, reply, lambda families: families.families)
    if reading is None:
        return None
    found: dict[int, str] = {}
    for family in reading.families:
        name = _name(family.name)
        if name is not None:
            for number in family.skills:
                found.setdefault(number, name)
    return found or None
