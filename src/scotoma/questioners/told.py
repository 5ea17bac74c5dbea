"""Images + a planner -> questions, each asked as the planner tells: the shape of the engines that do not train.

planner: what came of the run so far ─► instructions        pure, rebuilt from the ledger's probes
asker:   images + instructions       ─► questions           a model, or the grammar
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from scotoma.questioners import prompts
from scotoma.records import Composition, Image, Probe, Question


@dataclass(frozen=True, slots=True)
class Instruction:
    """What an asker is told for one question.

    text:   the prompt.
    skills: what the question must need, in canonical order; empty: anything.
    """

    text: str
    skills: Composition = ()

    @staticmethod
    def needing(skills: Composition) -> Instruction:
        """Ask for a question that needs these skills."""
        return Instruction(prompts.for_skills(skills), skills)


class Asker(Protocol):
    """Who puts instructions into questions."""

    async def ask_each(self, images: Sequence[Image], told: Sequence[Instruction], seed: int) -> list[str]:
        """One question for each image and instruction, in order; empty where nothing came. Raises ModelError."""
        ...


class Planner(Protocol):
    """Chooses what to ask by what came of it. Its state is a function of the probes that it has learned from."""

    def instructions(self, n: int, seed: int) -> list[Instruction]:
        """The instructions of the next n questions; the same for the same probes and seed."""
        ...

    def learn(self, probes: Iterable[Probe]) -> None:
        """Take in what came of questions, in the order in which they were asked."""
        ...

    def figures(self) -> Mapping[str, float]:
        """Where it stands, as named metrics of a step."""
        ...


class ToldQuestioner:
    """A planner and an asker. name: what the probes are filed under."""

    def __init__(self, name: str, asker: Asker, planner: Planner) -> None:
        self.name = name
        self._asker = asker
        self._planner = planner

    async def questions(self, images: Sequence[Image], n: int, seed: int) -> list[list[Question]]:
        """n questions for each image, each with the prompt that it was asked with. Raises ModelError."""
        each = [image for image in images for _ in range(n)]
        told = self._planner.instructions(len(each), seed)
        texts = await self._asker.ask_each(each, told, seed)
        asked = [
            Question(text, self.name, instruction.text) for text, instruction in zip(texts, told, strict=True)
        ]
        return [asked[start : start + n] for start in range(0, len(asked), n)]

    async def again(self, images: Sequence[Image], told: Sequence[str], seed: int) -> list[str]:
        """Questions with the prompts that they had before, whatever was learned since. Raises ModelError."""
        return await self._asker.ask_each(images, [Instruction(prompt) for prompt in told], seed)

    def learn(self, probes: Iterable[Probe]) -> None:
        """Take in what came of the questions."""
        self._planner.learn(probes)

    def figures(self) -> Mapping[str, float]:
        """Where the planner stands."""
        return self._planner.figures()
