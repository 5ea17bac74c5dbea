"""Summary + correctness of its verifier -> the corrected rate beside every raw one that is over valid. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scotoma.analysis.calibration import Accuracy
from scotoma.analysis.correction import Corrected, corrected
from scotoma.analysis.summary import Summary


@dataclass(frozen=True, slots=True)
class Corrections:
    """Corrected rates of a summary.

    phases:  FDR over valid, by phase.  combinations: the rate of each failure mode where it was found, in order.
    reason:  why nothing can be corrected, or "".
    """

    phases: Mapping[str, Corrected]
    combinations: tuple[Corrected, ...]
    reason: str


def corrections(summary: Summary, correctness: Accuracy) -> Corrections:
    """Every rate of a summary corrected (see `correction`); phases without a rate are left out."""
    phases = {
        at.phase: corrected(at.fdr_valid, correctness) for at in summary.phases if at.fdr_valid is not None
    }
    modes = tuple(corrected(row.discovered.rate, correctness) for row in summary.combinations)
    # A verifier that tells nothing tells nothing anywhere: the reason does not depend on the rate.
    reason = next((each.reason for each in (*phases.values(), *modes) if each.reason), "")
    return Corrections(phases, modes, reason)
