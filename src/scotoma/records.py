"""The records that travel between stages, frozen and comparable. Only the ledger stores them.

Image -> Question -> Answer -> Verdict -> Probe
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SKILLS: tuple[str, ...] = (
    "existence",
    "counting",
    "category",
    "colour",
    "material",
    "shape",
    "size",
    "text_reading",
    "left_right",
    "front_behind",
    "nearest",
    "between",
    "orientation",
    "viewpoint",
    "occlusion",
    "comparison",
    "same_attribute",
    "ordering",
    "negation",
    "conjunction",
    "disjunction",
    "superlative",
)
"""The canonical skill ids of the tabletop, in their fixed order."""


NOT_ASKED = "not_asked"
"""Reason of a verdict on a question that never came."""

CALL_FAILED = frozenset({NOT_ASKED, "call_failed"})
"""Reasons of verdicts that are unscorable since a call of the questioner or of the verifier failed."""

Composition = tuple[str, ...]
"""The skills that one question needs, in canonical order."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a distribution.

    id:     SHA-256 (hex) of the decoded RGB pixels and their size.
    source: where it came from, for people ("tabletop:n=2000,seed=7", a folder).
    uri:    what its source needs to open it again ("tabletop:seed=7,index=12", a file path).
    truth:  the scene graph as JSON-ready data, or None where no exact truth exists.
    """

    id: str
    source: str
    width: int
    height: int
    uri: str
    truth: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question as asked. `prompt` is the instruction that the questioner was given."""

    text: str
    questioner: str
    prompt: str = ""


class Unasked(str):
    """The empty text of a question that never came, since the questioner's call failed. reason: why.

    Nobody asked anything, so its probe is unscorable; a questioner that says nothing asks an invalid question instead.
    """

    __slots__ = ("reason",)
    reason: str

    def __new__(cls, reason: str) -> Unasked:
        text = super().__new__(cls, "")
        text.reason = reason
        return text


@dataclass(frozen=True, slots=True)
class Answer:
    """A candidate's answer. `text` is None if the call failed; `error` then says why.

    cost_usd: US dollars; None where the price is not known.
    """

    text: str | None
    candidate: str
    latency_s: float = 0.0
    cost_usd: float | None = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Is the question valid, is the answer correct: each True, False or None (unscorable).

    reason:    a short machine-readable word, such as "ambiguous_referent" or "wrong".
    evidence:  one sentence for people.
    skills:    what the question needs, in canonical order, where the verifier knows (tabletop); else empty.
    """

    valid: bool | None
    correct: bool | None
    reference: str | None
    reason: str
    evidence: str = ""
    skills: tuple[str, ...] = ()

    @property
    def failure(self) -> bool:
        """A failure is a valid question answered wrongly. Unscorable is never a failure."""
        return self.valid is True and self.correct is False

    @property
    def unscorable(self) -> bool:
        """True if no reward may be drawn from this verdict."""
        return self.valid is None or (self.valid is True and self.correct is None)


@dataclass(frozen=True, slots=True)
class Probe:
    """One image -> question -> answer -> verdict -> reward record.

    phase:   "train", the name of an evaluation ("eval:trained"), or "confirm".
    step:    optimiser step for "train", round for "confirm", else 0.  group: index of the group in its step.
    member:  index of the question in its group.  (phase, step, group, member) is unique in a run.
    rewards: named terms before weighting; a term is None where it does not apply. `reward` is their sum
             as the engine weighs it, None if masked.
    """

    phase: str
    step: int
    group: int
    member: int
    image_id: str
    question: Question
    answer: Answer | None
    verdict: Verdict
    rewards: Mapping[str, float | None] = field(default_factory=dict)
    reward: float | None = None
    seed: int = 0

    @property
    def lost(self) -> bool:
        """Is it unscorable because a call failed, of whichever model? Then asking again may score it."""
        failed = self.answer is not None and self.answer.error is not None
        return self.verdict.unscorable and (failed or self.verdict.reason in CALL_FAILED)

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What identifies a probe in a run: nothing with the same key is stored twice."""
        return (self.phase, self.step, self.group, self.member)
