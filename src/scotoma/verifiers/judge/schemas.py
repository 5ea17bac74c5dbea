"""What the judge replies, call by call: a pydantic model that reads it, and the JSON Schema that asks for it.

The models are forgiving where models of the world are careless (a truth value as a text, a number as an answer, a
bare truth value for a point of the checklist, missing reasons) and strict in what decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

CHECKS: tuple[str, ...] = (
    "one_question",
    "objective",
    "one_short_answer",
    "answerable_from_image",
    "no_false_premise",
    "no_outside_knowledge",
    "needs_image",
)
"""The points of the validity checklist, in the order in which a failing one is named as the reason."""

MOST_CHARS = 300
"""Longest answer or reason that is kept of a reply."""

Schema = dict[str, Any]


def _flag(value: object) -> object:
    """ "True", "yes" -> True; "False", "no" -> False; anything else as it is, for pydantic to refuse."""
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.strip().lower(), value)
    return value


def _text(value: object) -> object:
    """Numbers and truth values as they are said; None as nothing; long texts cut."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)[:MOST_CHARS]
    return value[:MOST_CHARS] if isinstance(value, str) else value


def _check(value: object) -> object:
    """A bare truth value stands for a point without a reason."""
    return {"holds": value} if isinstance(value, bool | str) else value


def _word(value: object) -> object:
    """ "No answer" -> "no_answer"."""
    return (
        "_".join(value.strip().lower().replace("-", " ").replace("_", " ").split())
        if isinstance(value, str)
        else value
    )


Flag = Annotated[bool, Field(strict=True), BeforeValidator(_flag)]
Text = Annotated[str, BeforeValidator(_text)]


class Reading(BaseModel):
    """A reply as read. Members that nobody asked for are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Check(Reading):
    """One point of the checklist."""

    holds: Flag
    why: Text = ""


Point = Annotated[Check, BeforeValidator(_check)]


class Checklist(Reading):
    """Call 1: is the question valid? One point for each of CHECKS."""

    one_question: Point
    objective: Point
    one_short_answer: Point
    answerable_from_image: Point
    no_false_premise: Point
    no_outside_knowledge: Point
    needs_image: Point

    def failing(self) -> str | None:
        """The first point that does not hold."""
        return next((name for name in CHECKS if not self.point(name).holds), None)

    def point(self, name: str) -> Check:
        """The point of this name, one of CHECKS."""
        point: Check = dict(self)[name]
        return point


class OwnAnswer(Reading):
    """Call 2, and the blind call: the judge's own answer, if it can tell."""

    answer: Text = ""
    can_tell: Flag = True
    why: Text = ""


class Comparison(Reading):
    """Call 3: does the candidate's answer mean the same as the reference?"""

    verdict: Annotated[Literal["same", "different", "no_answer"], BeforeValidator(_word)]
    why: Text = ""


_REASON: Schema = {"type": "string"}
_TRUTH: Schema = {"type": "boolean"}


def _object(**members: Schema) -> Schema:
    """An object with exactly these members, in this order: a model that reasons first decides better."""
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


CHECKLIST: Schema = {"title": "checklist"} | _object(
    **{name: _object(why=_REASON, holds=_TRUTH) for name in CHECKS}
)
OWN_ANSWER: Schema = {"title": "answer"} | _object(why=_REASON, can_tell=_TRUTH, answer={"type": "string"})
COMPARISON: Schema = {"title": "comparison"} | _object(
    why=_REASON, verdict={"type": "string", "enum": ["same", "different", "no_answer"]}
)
