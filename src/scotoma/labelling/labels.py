"""What a labeller says of a question: the skills that it needs, or why it cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

NOTHING_NEAR = "nothing_near"
"""Reason: no entry of the catalogue is near enough."""

CALL_FAILED = "call_failed"
"""Reason: the call of the model failed; asked again, it may succeed."""

UNREADABLE = "labeller_unreadable"
"""Reason: the model replied nothing that could be read, however often it was asked."""


@dataclass(frozen=True, slots=True)
class Label:
    """The skills that a question needs, the most certain first; none if it is unlabelled.

    skills:     ids of the catalogue, or phrases in words where a model named a skill that is not in it.
    reason:     why it is unlabelled, a short machine-readable word; "" if it has skills.
    told:       the same in one line, for people.
    similarity: of the nearest entry, cosine; None where none was measured.
    """

    skills: tuple[str, ...]
    reason: str = ""
    told: str = ""
    similarity: float | None = None

    def __post_init__(self) -> None:
        if bool(self.skills) == bool(self.reason):
            raise ValueError("a label has skills, or a reason why it has none")


class Labeller(Protocol):
    """Says which skills questions need."""

    @property
    def name(self) -> str:
        """For people: "catalogue", or the SPEC of a model."""
        ...

    async def label(self, questions: Sequence[str]) -> list[Label]:
        """One label a question, in order. Raises ModelError, BudgetSpent, LedgerError."""
        ...
