"""A suite + how to look -> one run a candidate, each scored; a run that is there already is gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scotoma.analysis.sequential import Confirmation
from scotoma.candidate import CONFIRMATION_CALLS, TRAINING_CALLS
from scotoma.certifying.scoring import Score, score
from scotoma.certifying.suite import Plant
from scotoma.config import DiscoverConfig, load_config
from scotoma.confirming.claims import Outcome
from scotoma.confirming.rounds import observations
from scotoma.discovery import RunSummary, discover, resume
from scotoma.ledger import Ledger
from scotoma.training.progress import Progress

Watch = Callable[[Path], Progress | None]


def certify(
    plants: Sequence[Plant], flags: Mapping[str, Any], out: Path, watch: Watch = lambda run_dir: None
) -> Iterator[Score]:
    """One score a candidate, in order. flags: of the configuration, as `load_config` takes them.

    The runs lie in `out`, a folder a candidate. Raises ScotomaError.
    """
    for plant in plants:
        run_dir = out / plant.name
        config = load_config(
            flags={
                "eval_images": 0,
                **flags,
                "candidate": f"planted:{plant.file}",
                "out": str(run_dir),
            }
        )
        yield scored(plant, _run(config, run_dir, watch(run_dir)), run_dir, config.alpha)


def _run(config: DiscoverConfig, run_dir: Path, progress: Progress | None) -> RunSummary:
    if Ledger.is_run(run_dir):
        return resume(run_dir, progress=progress)
    return discover(config, progress=progress)


def scored(plant: Plant, summary: RunSummary, run_dir: Path, alpha: float) -> Score:
    """Score a finished run."""
    with Ledger.open(run_dir, readonly=True) as ledger:
        before = ledger.spent(TRAINING_CALLS).calls
        total = before + ledger.spent(CONFIRMATION_CALLS).calls
        decided = decided_after(summary.outcomes, ledger, alpha)
    return score(plant, summary.outcomes, total, [None if at is None else before + at for at in decided])


def decided_after(outcomes: Sequence[Outcome], ledger: Ledger, alpha: float) -> list[int | None]:
    """Answered fresh questions after which each claim was decided, by going through the confirmation once more."""
    test = Confirmation([outcome.claim.to_test() for outcome in outcomes], alpha=alpha)
    decided: list[int | None] = [None] * len(outcomes)
    answered = 0
    for claim, mode, part, share in observations(ledger):
        answered += (mode.answer is not None) + (part.answer is not None)
        if share is not None:
            state = test.observe(claim, share)
            if state != "undecided" and decided[claim] is None:
                decided[claim] = answered
    return decided
