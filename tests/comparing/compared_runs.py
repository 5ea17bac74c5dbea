"""Run folders to be compared: made up, with claims and how they came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runs import synthetic_images, synthetic_probes, write_run
from scotoma.analysis.sequential import State
from scotoma.analysis.statistics import Interval
from scotoma.confirming.claims import ModeClaim, Outcome
from scotoma.confirming.kept import keep_claims, keep_outcomes
from scotoma.ledger import Ledger
from scotoma.records import Image

IMAGES = synthetic_images(60)


def outcome(
    *features: str, state: State = "confirmed", rate: float = 0.9, same_as: tuple[tuple[str, ...], ...] = ()
) -> Outcome:
    """How a claim came out."""
    always = tuple(sorted({name for names in same_as for name in names} - {*features}))
    claim = ModeClaim(features, features[:-1], rate, 0.1, same_as, always)
    fresh = Interval(rate, rate - 0.1, min(1.0, rate + 0.1), 20, 20, "wilson")
    return Outcome(claim, state, 20, fresh, None, 50.0, 0.1, 40.0, None, 1.0)


def made_run(
    run_dir: Path,
    outcomes: Sequence[Outcome] | None = None,
    *,
    steps: int = 10,
    seed: int = 0,
    images: Sequence[Image] = IMAGES,
    images_from: Path | None = None,
    **config: Any,
) -> Path:
    """A run folder; outcomes: of its claims, None if it tested none. images_from: what its configuration names."""
    asked: dict[str, Any] = {"seed": seed, **config}
    if images_from is not None:
        asked["images"] = str(images_from)
    probes = synthetic_probes(images, steps=steps, held_out=20, seed=seed)
    write_run(run_dir, images, probes, config=asked, stand_in_pictures=False)
    if outcomes is not None:
        with Ledger.open(run_dir) as ledger:
            keep_claims(ledger, [one.claim for one in outcomes])
            keep_outcomes(ledger, outcomes)
    return run_dir
