"""Three-valued truth (Kleene): True, False, or a Doubt that names why it cannot be called.

Kleene, Introduction to Metamathematics (1952), section 64: a doubt passes on unless another part decides.
A `Doubt` is truthy to Python, so compare with `is True` and `is False`, never with a bare `if`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Doubt(Enum):
    """Why a statement about the scene cannot be called. The value is the reason of the ruling."""

    THIN_MARGIN = "thin_margin"
    LOW_VISIBILITY = "low_visibility"
    FALSE_PREMISE = "false_premise"


Truth = bool | Doubt


class Refused(Exception):
    """Inside the oracle only: the question has no answer on this scene. `judge` turns it into a ruling."""

    def __init__(self, reason: str, evidence: str) -> None:
        super().__init__(f"{reason}: {evidence}")
        self.reason = reason
        self.evidence = evidence


def negation(value: Truth) -> Truth:
    """not value; a doubt stays a doubt."""
    return value if isinstance(value, Doubt) else not value


def conjunction(values: Iterable[Truth]) -> Truth:
    """False if any is False, else the first doubt, else True."""
    doubt: Doubt | None = None
    for value in values:
        if value is False:
            return False
        if doubt is None and isinstance(value, Doubt):
            doubt = value
    return True if doubt is None else doubt


def disjunction(values: Iterable[Truth]) -> Truth:
    """True if any is True, else the first doubt, else False."""
    doubt: Doubt | None = None
    for value in values:
        if value is True:
            return True
        if doubt is None and isinstance(value, Doubt):
            doubt = value
    return False if doubt is None else doubt


def between_bounds(low: int, high: int, wanted: int, doubt: Doubt | None) -> Truth:
    """Is a count known only to lie in low..high equal to wanted? `doubt` says why low and high differ."""
    if not low <= wanted <= high:
        return False
    return True if doubt is None or low == high else doubt


def given_away(sentence: str | None) -> None:
    """Raise Refused if there is a sentence that says how the question answers itself."""
    if sentence is not None:
        raise Refused("gives_itself_away", sentence)


def yes_no(value: bool) -> str:
    """The reference answer of a yes/no question."""
    return "yes" if value else "no"
