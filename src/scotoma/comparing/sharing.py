"""Outcomes of several runs -> each confirmed mode once, and what became of it in every run. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scotoma.analysis.features import ProbeTable, Words, sums_of
from scotoma.analysis.statistics import Interval, wilson_interval
from scotoma.comparing.reading import ReadRun
from scotoma.confirming.claims import Features, ModeClaim, Outcome, conditions_in, skills_in

Standing = Literal["confirmed", "undecided", "refuted", "not claimed"]

_BEST_FIRST: tuple[Standing, ...] = ("confirmed", "undecided", "refuted")


@dataclass(frozen=True, slots=True)
class InRun:
    """A mode in one run.

    rate: its failure rate on fresh images; where it is not claimed, that of the questions of discovery that need and
          meet all of it, None if there was none.
    """

    run: str
    candidate: str
    standing: Standing
    rate: Interval | None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A mode that is confirmed in one run at least; one entry a run.

    confirmed_for: candidates, in the order of the runs.  shared: it is confirmed for all of several candidates.
    """

    features: Features
    runs: tuple[InRun, ...]
    confirmed_for: tuple[str, ...]
    shared: bool

    @property
    def skills(self) -> Features:
        """The skills among the features."""
        return skills_in(self.features)

    @property
    def conditions(self) -> Features:
        """What the questions meet beside them."""
        return conditions_in(self.features)


def side_by_side(runs: Sequence[ReadRun]) -> tuple[SideBySide, ...]:
    """Every confirmed mode of any run: those that are confirmed for the most candidates first.

    Two claims are one mode if either means the same questions as the other (`ModeClaim.means`), directly or through a
    third one. That a mode is not claimed in a run does not say that its candidate masters it: see its rate there.
    """
    modes: list[list[ModeClaim]] = []
    for run in runs:
        for outcome in run.outcomes:
            if outcome.state == "confirmed":
                _join(modes, outcome.claim)
    candidates = list(dict.fromkeys(run.setting.candidate for run in runs))
    rows = [_row(mode, runs, candidates) for mode in modes]
    return tuple(sorted(rows, key=lambda row: -len(row.confirmed_for)))


def same_mode(one: ModeClaim, other: ModeClaim) -> bool:
    """Does either claim mean the questions of the other?"""
    return one.means(other.features) or other.means(one.features)


def _join(modes: list[list[ModeClaim]], claim: ModeClaim) -> None:
    same = [mode for mode in modes if any(same_mode(claim, member) for member in mode)]
    if not same:
        modes.append([claim])
        return
    same[0].append(claim)
    for mode in same[1:]:
        same[0] += mode
        modes.remove(mode)


def _row(mode: Sequence[ModeClaim], runs: Sequence[ReadRun], candidates: Sequence[str]) -> SideBySide:
    features = min((claim.features for claim in mode), key=lambda names: (len(names), names))
    entries = tuple(_in_run(mode, features, run) for run in runs)
    held = {entry.candidate for entry in entries if entry.standing == "confirmed"}
    confirmed_for = tuple(candidate for candidate in candidates if candidate in held)
    return SideBySide(features, entries, confirmed_for, len(candidates) > 1 and len(held) == len(candidates))


def _in_run(mode: Sequence[ModeClaim], features: Features, run: ReadRun) -> InRun:
    candidate = run.setting.candidate
    claimed: list[Outcome] = [
        outcome for outcome in run.outcomes if any(same_mode(outcome.claim, member) for member in mode)
    ]
    if not claimed:
        return InRun(run.label, candidate, "not claimed", _rate(run.table, features))
    best = min(claimed, key=lambda outcome: _BEST_FIRST.index(outcome.state))
    return InRun(run.label, candidate, best.state, best.rate)


def _rate(table: ProbeTable, features: Features) -> Interval | None:
    return wilson_interval(*sums_of(table, _needing(table, features)))


def _needing(table: ProbeTable, features: Features) -> Words:
    at = {name: n for n, name in enumerate(table.features)}
    if not all(name in at for name in features):
        return np.zeros_like(table.failed_W)
    return table.needing(at[name] for name in features)
