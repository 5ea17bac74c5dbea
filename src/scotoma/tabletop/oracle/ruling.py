"""Program + Scene -> Ruling: is the question valid, what is its answer; Ruling + answer -> right or wrong."""

from __future__ import annotations

from dataclasses import dataclass

from scotoma.tabletop import language
from scotoma.tabletop.oracle import sets, singles
from scotoma.tabletop.oracle.truth import Refused
from scotoma.tabletop.program import (
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Either,
    Exists,
    Program,
    Query,
    SameAttribute,
    Verify,
    WhichSide,
    skills_of,
)
from scotoma.tabletop.scene import Scene

REASONS: tuple[str, ...] = (
    "unreadable",
    "multiple_questions",
    "no_referent",
    "ambiguous_referent",
    "false_premise",
    "thin_margin",
    "low_visibility",
    "gives_itself_away",
)
"""Why a question can be invalid. A valid one has the reason "valid"."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the oracle says of a question, before anybody answers it.

    reason:   "valid", or one of REASONS.
    answer:   "yes", "no", a number in digits, or a value ("red", "left", "STOP", "cup"); None if invalid.
    skills:   what the question needs, in canonical order; empty if it could not be read.
    evidence: one sentence for people that names the objects.
    program:  the meaning; None if it could not be read.
    """

    valid: bool
    reason: str
    answer: str | None
    skills: tuple[str, ...]
    evidence: str
    program: Program | None


def ask(text: str, scene: Scene) -> Ruling:
    """The ruling on a question in English. Never raises for a text, however strange."""
    try:
        program = language.read(text)
    except language.Unreadable as failure:
        return Ruling(False, failure.reason, None, (), f"The question cannot be read: {failure}.", None)
    return judge(program, scene)


def judge(program: Program, scene: Scene) -> Ruling:
    """The ruling on a program, by three-valued logic over the scene's objects (see `membership`)."""
    try:
        answer, evidence = _answer(program, scene)
    except Refused as refused:
        return Ruling(False, refused.reason, None, skills_of(program), refused.evidence, program)
    return Ruling(True, "valid", answer, skills_of(program), evidence, program)


def grade(ruling: Ruling, answer_text: str) -> tuple[bool | None, str]:
    """(correct, reason) of an answer to a question with this ruling.

    True "right"; False "wrong" or "wrong_type"; None "empty_answer" or "hedged_answer".
    An invalid question has no right answer: None, with the ruling's reason.
    """
    if ruling.program is None or not ruling.valid:
        return None, ruling.reason
    reading = language.read_answer(answer_text, language.kind_of(ruling.program))
    if reading.status in ("empty", "hedged"):
        return None, f"{reading.status}_answer"
    if reading.status == "other_type":
        return False, "wrong_type"
    return (True, "right") if reading.value == ruling.answer else (False, "wrong")


def _answer(program: Program, scene: Scene) -> tuple[str, str]:
    """(answer, evidence). Raises Refused."""
    match program:
        case Exists() | Count() | CompareCounts() | Both() | Either():
            return sets.answer(program, scene)
        case Query() | Verify() | WhichSide() | CompareSizes() | SameAttribute():
            return singles.answer(program, scene)
