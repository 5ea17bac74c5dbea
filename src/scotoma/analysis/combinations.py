"""Probes -> the failure modes of a run as its report lists them: where they were found, and held out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scotoma.analysis.breakdown import GroupFigures, Skills
from scotoma.analysis.features import ProbeTable, Words, sums_of
from scotoma.analysis.modes import Mode, find_modes
from scotoma.analysis.statistics import wilson_interval

MOST = 20
"""Modes listed, at most."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A failure mode, apart from the questions of the modes ranked before it.

    mode:       all that is known of it where it was found; its examples are positions among the probes of discovery,
                by their key.  discovered: its figures there.
    held_out:   the same on held-out questions, if there are any.
    share:      its failures / all failures of discovery; the shares of a list add up to at most 1.
    """

    mode: Mode
    discovered: GroupFigures
    held_out: GroupFigures | None
    share: float


def standing_out(table: ProbeTable, held_out: ProbeTable, *, seed: int = 0) -> tuple[Combination, ...]:
    """The modes of a table, worst first (see `find_modes`), looked up where nothing was chosen by looking at it."""
    before_W = np.zeros_like(held_out.failed_W)
    rows: list[Combination] = []
    for mode in find_modes(table, most=MOST, seed=seed):
        needing_W = _needing(held_out, mode)
        found = GroupFigures(mode.skills, mode.support, mode.failures, mode.images, mode.rate)
        there = _figures(held_out, mode.skills, needing_W & ~before_W)
        rows.append(Combination(mode, found, there, mode.share))
        before_W |= needing_W
    return tuple(rows)


def _needing(table: ProbeTable, mode: Mode) -> Words:
    at = {("skill" if n < table.skills else "condition", name): n for n, name in enumerate(table.features)}
    wanted = [("skill", name) for name in mode.skills] + [("condition", name) for name in mode.conditions]
    if not all(feature in at for feature in wanted):
        return np.zeros_like(table.failed_W)
    return table.needing(at[feature] for feature in wanted)


def _figures(table: ProbeTable, skills: Skills, mask_W: Words) -> GroupFigures | None:
    hits_C, trials_C = sums_of(table, mask_W)
    rate = wilson_interval(hits_C, trials_C)
    return (
        None if rate is None else GroupFigures(skills, rate.n, round(float(hits_C.sum())), rate.images, rate)
    )
