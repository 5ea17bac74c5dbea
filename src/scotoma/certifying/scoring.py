"""Outcomes of a run + what was planted -> hits, misses, false alarms. Pure.

A claim hits if it means exactly the questions of a blind spot. One that names a superset or only a part of it does
not: the blind spot is missed, and the claim is a false alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scotoma.certifying.suite import Plant
from scotoma.confirming.claims import Features, Outcome


@dataclass(frozen=True, slots=True)
class Score:
    """How one planted candidate was found out.

    hits, missed: planted blind spots that were confirmed, and that were not.
    false:        confirmed claims that name none of them.
    claimed:      claims that were tested.
    calls:        candidate calls of the run.
    to_first, to_all: of these, when the first and when the last planted one was confirmed; None if that never happened.
    """

    name: str
    planted: tuple[Features, ...]
    hits: tuple[Features, ...]
    missed: tuple[Features, ...]
    false: tuple[Features, ...]
    claimed: int
    calls: int
    to_first: int | None
    to_all: int | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The scores of a whole suite.

    recall:    planted blind spots confirmed / planted; None where none is planted.
    precision: confirmed claims that hit / confirmed claims; None where none is confirmed.
    """

    scores: tuple[Score, ...]
    recall: float | None
    precision: float | None


def score(plant: Plant, outcomes: Sequence[Outcome], calls: int, decided_at: Sequence[int | None]) -> Score:
    """Score one run. decided_at: candidate calls when each claim was decided, None for an undecided one."""
    confirmed = [n for n, outcome in enumerate(outcomes) if outcome.state == "confirmed"]
    found: dict[Features, int] = {}
    false: list[Features] = []
    for n in confirmed:
        claim = outcomes[n].claim
        spot = next((spot for spot in plant.spots if claim.means(spot)), None)
        if spot is None:
            false.append(claim.features)
        else:
            found.setdefault(spot, decided_at[n] or calls)
    return Score(
        name=plant.name,
        planted=plant.spots,
        hits=tuple(spot for spot in plant.spots if spot in found),
        missed=tuple(spot for spot in plant.spots if spot not in found),
        false=tuple(false),
        claimed=len(outcomes),
        calls=calls,
        to_first=min(found.values(), default=None),
        to_all=max(found.values()) if found and len(found) == len(plant.spots) else None,
    )


def certificate(scores: Sequence[Score]) -> Certificate:
    """Recall and precision over all of them."""
    planted = sum(len(one.planted) for one in scores)
    hits = sum(len(one.hits) for one in scores)
    false = sum(len(one.false) for one in scores)
    return Certificate(
        tuple(scores),
        recall=hits / planted if planted else None,
        precision=hits / (hits + false) if hits + false else None,
    )
