"""DiscoverConfig -> a run: images split, a questioner trained or asked, then compared on held-out images.

    open source, candidate, verifier ─► discover (one engine) ─► evaluate beside baselines ─►
    confirm what was found ─► RunSummary

Every part goes on where an earlier sitting was stopped, so that `resume` is `discover` on a run that exists.
"""

from __future__ import annotations

from pathlib import Path

from scotoma.analysis.calibration import Accuracy
from scotoma.calibrating.kept import calibration_in, keep_calibration, read_calibration
from scotoma.config import DiscoverConfig, load_config
from scotoma.discovery.budgets import MOST_CONFIRMING, confirmation_calls
from scotoma.discovery.opened import Opened
from scotoma.discovery.sitting import EVALUATION_SEED, RunSummary, Sitting
from scotoma.environment import environment
from scotoma.errors import SpecError
from scotoma.images.opening import open_source
from scotoma.ledger import Ledger
from scotoma.training.progress import Progress, Silent

__all__ = ["RunSummary", "confirm", "discover", "open_source", "resume"]


def discover(config: DiscoverConfig, *, progress: Progress | None = None) -> RunSummary:
    """Start a run in `config.out` and take it to its end. Raises ScotomaError; what was done stays
    resumable."""
    source = open_source(config.images)
    try:
        # Everything that can be wrong with what was asked for shows before a folder is made.
        opened = Opened.of(config, source)
        correctness = _calibrated(config)
        seeds = {"seed": config.seed, "evaluation": config.seed + EVALUATION_SEED}
        with Ledger.create(Path(config.out), config.model_dump(), environment(seeds)) as ledger:
            if correctness is not None:
                keep_calibration(ledger, correctness)
            return Sitting(config, ledger, opened, progress or Silent()).go()
    finally:
        source.close()


def resume(
    run_dir: Path,
    *,
    max_calls: int | None = None,
    max_usd: float | None = None,
    max_tokens: int | None = None,
    max_minutes: float | None = None,
    steps: int | None = None,
    retry_errors: bool = False,
    progress: Progress | None = None,
) -> RunSummary:
    """Go on with a run from its last checkpoint, and finish it.

    max_calls, max_usd, max_tokens, max_minutes, steps: in place of those that the run was started with.
    retry_errors: do nothing but ask again what failed calls left unscorable; discovery of an engine that learns from
                  answers is left as it was, and its evaluation asked again.
    Raises ScotomaError.
    """
    with Ledger.open(Path(run_dir)) as ledger:
        given = {
            "max_calls": max_calls,
            "max_usd": max_usd,
            "max_tokens": max_tokens,
            "max_minutes": max_minutes,
            "steps": steps,
        }
        config = load_config(flags=ledger.config() | {name: value for name, value in given.items() if value})
        if config.calibration is not None and calibration_in(ledger) is None:
            # The run was killed before it was kept.
            keep_calibration(ledger, read_calibration(Path(config.calibration), config.model_dump()))
        source = open_source(config.images)
        try:
            sitting = Sitting(config, ledger, Opened.of(config, source), progress or Silent())
            return sitting.ask_again() if retry_errors else sitting.go()
        finally:
            source.close()


def confirm(run_dir: Path, *, max_calls: int | None = None, progress: Progress | None = None) -> RunSummary:
    """Test what a run found on images that discovery never saw, and nothing else.

    max_calls: of the candidate for this, earlier sittings included; None: as the run was configured, or
               MOST_CONFIRMING where it was told not to.
    Raises ScotomaError; SpecError where nothing can be tested, since the verifier knows no skills.
    """
    with Ledger.open(Path(run_dir)) as ledger:
        config = load_config(flags=ledger.config())
        if config.verifier != "exact":
            raise SpecError(
                f"{run_dir}: was judged by {config.verifier}, which names no skills: only runs of --verifier exact "
                "can be confirmed"
            )
        calls = max_calls or confirmation_calls(config) or MOST_CONFIRMING
        source = open_source(config.images)
        try:
            return Sitting(config, ledger, Opened.of(config, source), progress or Silent()).confirm(calls)
        finally:
            source.close()


def _calibrated(config: DiscoverConfig) -> Accuracy | None:
    """What rates are to be corrected by. Raises SpecError."""
    if config.calibration is None:
        return None
    return read_calibration(Path(config.calibration), config.model_dump())
