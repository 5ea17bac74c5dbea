"""Judged questions and answers of known truth -> how often a verifier is right, and how often it abstains. Pure.

Positive is a valid question, or a right answer:

    sensitivity   judged positive / positive and judged
    specificity   judged negative / negative and judged
    abstention    not judged / all

What is not judged (None) is left out of the first two, as failure rates leave out what is unscorable. Seen from a
failure, which is a wrong answer, the two of correctness change places: wrong answers are found at the rate of its
specificity. Correctness is measured on answers to valid questions that were judged valid, as in a run.

Every rate comes with an image-clustered bootstrap interval and with Wilson's, see `statistics`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from scotoma.analysis.statistics import Interval, rate_interval, sums_by_image, wilson_interval
from scotoma.records import SKILLS

AnswerKind = Literal["right", "wrong", "hedged"]


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer of known kind, and what the verifier made of it (None: unscorable)."""

    kind: AnswerKind
    text: str
    correct: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question of known truth, and what the verifier made of it.

    skills:  what it needs, by the grammar; empty if it cannot be read.
    cause:   "valid", or why the truth has it as invalid.
    valid:   what the verifier says (None: unscorable), with its reason.
    answers: judged answers; none if the verifier let none be asked for.
    """

    image_id: str
    text: str
    skills: tuple[str, ...]
    cause: str
    valid: bool | None
    reason: str
    answers: tuple[JudgedAnswer, ...] = ()

    @property
    def truly_valid(self) -> bool:
        """Is the question valid in truth?"""
        return self.cause == "valid"


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate with both intervals."""

    bootstrap: Interval
    wilson: Interval


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How right a verifier is about one thing; None where nothing of that kind was judged."""

    sensitivity: Rate | None
    specificity: Rate | None
    abstention: Rate | None


@dataclass(frozen=True, slots=True)
class SkillAccuracy:
    """The same over the questions that need a skill. questions: how many, invalid ones included."""

    skill: str
    questions: int
    validity: Accuracy
    correctness: Accuracy


@dataclass(frozen=True, slots=True)
class CauseFigures:
    """Questions that are invalid for one cause. found: called invalid by the verifier / judged by it."""

    cause: str
    questions: int
    found: Rate | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """All figures of a calibration.

    hedges: hedged answers that were left unscored, as they should be / hedged answers to questions judged valid.
    skills: in canonical order.  causes: most frequent first.
    """

    questions: int
    images: int
    validity: Accuracy
    correctness: Accuracy
    hedges: Rate | None
    skills: tuple[SkillAccuracy, ...]
    causes: tuple[CauseFigures, ...]


_Trial = tuple[str, bool, bool | None]
"""Image, truth, verdict."""


def calibration(judged: Sequence[JudgedQuestion], *, seed: int = 0) -> Calibration:
    """The figures of judged questions. seed: of the bootstrap."""
    needed = {skill for question in judged for skill in question.skills}
    causes = Counter(question.cause for question in judged if not question.truly_valid)
    return Calibration(
        questions=len(judged),
        images=len({question.image_id for question in judged}),
        validity=_accuracy(_validity(judged), seed),
        correctness=_accuracy(_correctness(judged), seed),
        hedges=_hedges(judged, seed),
        skills=tuple(_skill(skill, judged, seed) for skill in SKILLS if skill in needed),
        causes=tuple(
            _cause(cause, judged, seed) for cause, _ in sorted(causes.items(), key=lambda c: (-c[1], c[0]))
        ),
    )


def _validity(judged: Iterable[JudgedQuestion]) -> list[_Trial]:
    return [(question.image_id, question.truly_valid, question.valid) for question in judged]


def _correctness(judged: Iterable[JudgedQuestion]) -> list[_Trial]:
    """Right and wrong answers to valid questions that were judged valid."""
    return [
        (question.image_id, answer.kind == "right", answer.correct)
        for question in judged
        if question.truly_valid and question.valid is True
        for answer in question.answers
        if answer.kind != "hedged"
    ]


def _accuracy(trials: Sequence[_Trial], seed: int) -> Accuracy:
    return Accuracy(
        sensitivity=_rate(
            [(image, said) for image, truth, said in trials if truth and said is not None], seed
        ),
        specificity=_rate(
            [(image, not said) for image, truth, said in trials if not truth and said is not None], seed
        ),
        abstention=_rate([(image, said is None) for image, _, said in trials], seed),
    )


def _hedges(judged: Iterable[JudgedQuestion], seed: int) -> Rate | None:
    return _rate(
        [
            (question.image_id, answer.correct is None)
            for question in judged
            if question.truly_valid and question.valid is True
            for answer in question.answers
            if answer.kind == "hedged"
        ],
        seed,
    )


def _skill(skill: str, judged: Sequence[JudgedQuestion], seed: int) -> SkillAccuracy:
    needing = [question for question in judged if skill in question.skills]
    return SkillAccuracy(
        skill, len(needing), _accuracy(_validity(needing), seed), _accuracy(_correctness(needing), seed)
    )


def _cause(cause: str, judged: Sequence[JudgedQuestion], seed: int) -> CauseFigures:
    of_cause = [question for question in judged if question.cause == cause]
    return CauseFigures(cause, len(of_cause), _accuracy(_validity(of_cause), seed).specificity)


def _rate(hits: Sequence[tuple[str, bool]], seed: int) -> Rate | None:
    """(image, hit) -> hits / all; None without any."""
    _, (hits_C, trials_C) = sums_by_image(
        [image for image, _ in hits], [hit for _, hit in hits], [1.0] * len(hits)
    )
    bootstrap, wilson = rate_interval(hits_C, trials_C, seed=seed), wilson_interval(hits_C, trials_C)
    return None if bootstrap is None or wilson is None else Rate(bootstrap, wilson)
