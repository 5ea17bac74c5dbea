"""Modes of discovery -> claims to be tested, and how each came out. Pure.

A mode is claimed to fail more than its nearest part, by MARGIN at least: on each fresh image one question of the mode
and one of the part are asked, so that what makes an image hard for both cancels (see `analysis.sequential.beside`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from scotoma.analysis.modes import Mode
from scotoma.analysis.sequential import Claim, State
from scotoma.analysis.statistics import Interval
from scotoma.records import SKILLS

MARGIN = 0.1
"""By how much a mode must fail more than its nearest part: less is of no use to anybody who would mend it."""

CALLS_AN_IMAGE = 2
"""One question of the mode and one of its part."""

Features = tuple[str, ...]
"""Skills, then conditions."""


def skills_in(features: Iterable[str]) -> Features:
    """The skills among features."""
    return tuple(name for name in features if name in SKILLS)


def conditions_in(features: Iterable[str]) -> Features:
    """The conditions among features."""
    return tuple(name for name in features if name not in SKILLS)


@dataclass(frozen=True, slots=True)
class ModeClaim:
    """ "Questions that need all of `features` fail more often than those of `nearest` alone."

    features, nearest: names of skills and conditions; an empty `nearest` means all other questions.
    found, beside:     the failure rates of both where the claim was found; they have no part in the decision.
    same_as:           other names of the same questions, where it was found.
    always:            what each of these questions needs and meets beside the name, where it was found.
    """

    features: Features
    nearest: Features
    found: float
    beside: float
    same_as: tuple[Features, ...] = ()
    always: Features = ()

    def means(self, features: Iterable[str]) -> bool:
        """Do these features mean the same questions, as far as those of discovery can tell? (`Mode.means`)"""
        given = set(features)
        return given <= {*self.features, *self.always} and any(
            set(name) <= given for name in (self.features, *self.same_as)
        )

    @property
    def skills(self) -> Features:
        """The skills among the features."""
        return skills_in(self.features)

    @property
    def conditions(self) -> Features:
        """What the questions meet beside them."""
        return conditions_in(self.features)

    @property
    def nearest_skills(self) -> Features:
        """The skills of what it is held against."""
        return skills_in(self.nearest)

    @property
    def nearest_conditions(self) -> Features:
        """The conditions of what it is held against."""
        return conditions_in(self.nearest)

    @property
    def name(self) -> str:
        """What it is called: "counting + occlusion"."""
        return " + ".join(self.features)

    def to_test(self) -> Claim:
        """The claim as the sequential test takes it."""
        expected = min(1.0, max(0.0, (1.0 + self.found - self.beside) / 2.0))
        return Claim(self.name, (1.0 + MARGIN) / 2.0, expected, CALLS_AN_IMAGE)


@dataclass(frozen=True, slots=True)
class Again:
    """Failures asked once more. asked: answers that could be judged. failed: how many were wrong again."""

    asked: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a claim came out.

    images:     fresh images on which both questions could be judged.
    rate, part: failure rates of the mode and of its part on them; None without any image.
    e_confirm, e_refute: evidence for and against; `needed` decides.
    calls_left: candidate calls that it would still take, None if no number of calls is likely to tell.
    askable:    share of the fresh images about which such a question could be found.
    repeated, reworded: its failures asked again word for word, and in other words.
    pair:       a minimal pair (see `pairs`), JSON-ready, if one was looked for and found.
    """

    claim: ModeClaim
    state: State
    images: int
    rate: Interval | None
    part: Interval | None
    e_confirm: float
    e_refute: float
    needed: float
    calls_left: int | None
    askable: float
    repeated: Again = Again()
    reworded: Again = Again()
    pair: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; evidence past the largest float is written as a text."""
        return asdict(replace(self, e_confirm=_finite(self.e_confirm), e_refute=_finite(self.e_refute)))

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Outcome:
        """What `to_json` wrote."""
        return Outcome(
            **{
                **row,
                "claim": claim_from_json(row["claim"]),
                "rate": None if row["rate"] is None else Interval(**row["rate"]),
                "part": None if row["part"] is None else Interval(**row["part"]),
                "repeated": Again(**row["repeated"]),
                "reworded": Again(**row["reworded"]),
            }
        )


_LARGEST = 1e300
"""Evidence is kept up to here: JSON knows no infinity."""


def _finite(evidence: float) -> float:
    return min(evidence, _LARGEST)


def claim_from_json(row: Mapping[str, Any]) -> ModeClaim:
    """A claim from what `asdict` made of it."""
    return ModeClaim(
        features=tuple(row["features"]),
        nearest=tuple(row["nearest"]),
        found=float(row["found"]),
        beside=float(row["beside"]),
        same_as=tuple(tuple(name) for name in row["same_as"]),
        always=tuple(row.get("always", ())),
    )


def claims_of(modes: Sequence[Mode]) -> tuple[ModeClaim, ...]:
    """One claim a mode, in their order."""
    return tuple(
        ModeClaim(
            features=mode.features,
            nearest=mode.nearest,
            found=mode.rate.estimate,
            beside=_beside(mode),
            same_as=mode.same_as,
            always=(*mode.always_skills, *mode.always_conditions),
        )
        for mode in modes
    )


def _beside(mode: Mode) -> float:
    if mode.lift is not None:
        return max(0.0, mode.rate.estimate - mode.lift.difference.estimate)
    return mode.elsewhere.estimate if mode.elsewhere is not None else 0.0
