"""How a judge decides, and how much of a text it is shown."""

from __future__ import annotations

from dataclasses import dataclass

QUESTION_CHARS = 600
"""Longest question that is judged; a longer one is invalid."""

ANSWER_CHARS = 1000
"""Characters of an answer that are compared; the rest is cut."""

EVIDENCE_CHARS = 400
"""Longest evidence in a verdict."""


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How a judge decides.

    votes:     k, calls of each kind at most; fewer where the rest could change nothing.
    agreement: share of the votes that must be equal to decide; always more than half.
    blind:     ask without the picture too: a question whose right answer is known then is invalid.
    seed:      of the marks that fence the texts of others.
    """

    votes: int = 3
    agreement: float = 0.6
    blind: bool = False
    seed: int = 0
