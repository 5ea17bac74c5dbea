"""run folder -> RunRecord: all that a report is made from, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scotoma.analysis.agreement import Agreement
from scotoma.analysis.calibration import Accuracy
from scotoma.calibrating.kept import calibration_in
from scotoma.candidate import CANDIDATE_CALLS
from scotoma.confirming.claims import Outcome
from scotoma.confirming.kept import outcomes_in
from scotoma.ledger import Ledger, StepMetrics
from scotoma.records import Image, Probe
from scotoma.rejudging import agreement_in


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it lies in its folder.

    images: by id.  calls: candidate calls made, those of superseded steps included.
    superseded: probes set aside by resuming.
    outcomes: how the run's claims came out on fresh images.
    second: what a second verifier says of a sample.
    correctness: how right the verifier is about answers, where it was calibrated.
    seen: how far the image source was walked and what was skipped, as `SplitFigures`; empty if not told yet.
    """

    run_dir: Path
    probes: Sequence[Probe]
    images: Mapping[str, Image]
    metrics: Sequence[StepMetrics]
    config: Mapping[str, Any]
    environment: Mapping[str, Any]
    calls: int = 0
    superseded: int = 0
    seen: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Sequence[Outcome] = ()
    second: Agreement | None = None
    correctness: Accuracy | None = None


def load_run(run_dir: Path) -> RunRecord:
    """Read a run, also while it is being written. Raises LedgerError if the folder holds no run."""
    with Ledger.open(run_dir, readonly=True) as ledger:
        return RunRecord(
            run_dir=run_dir,
            probes=tuple(ledger.probes()),
            images={image.id: image for image in ledger.images()},
            metrics=tuple(ledger.metrics()),
            config=ledger.config(),
            environment=ledger.environment(),
            calls=sum(map(ledger.call_count, CANDIDATE_CALLS)),
            superseded=ledger.superseded_count(),
            seen=ledger.state("images") or {},
            outcomes=outcomes_in(ledger),
            second=agreement_in(ledger),
            correctness=calibration_in(ledger),
        )
