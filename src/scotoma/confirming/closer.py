"""Confirmed claims -> a closer look at their failures: asked again, reworded, and one edit of the scene that flips one.

All claims are asked again before the first pair is looked for; what the calls left do not pay for is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from scotoma.candidate import Candidate
from scotoma.confirming.claims import Outcome
from scotoma.confirming.pairs import MinimalPair, minimal_pair
from scotoma.confirming.repeats import FAILURES, repeated, reworded
from scotoma.confirming.rounds import Rounds
from scotoma.errors import AssetError, BudgetSpent, ImagesError, RenderError
from scotoma.images.edited import edited_image
from scotoma.ledger import Ledger
from scotoma.records import Image, Probe
from scotoma.tabletop.scene import Scene
from scotoma.verifiers.protocol import Verifier

_log = logging.getLogger(__name__)

PAIR_FAILURES = 3
"""Failures of a claim for which a pair is looked for, one after the other, until one has it."""

PAIR_CALLS = 24
"""Answers that the search for one pair may take."""


async def looked_into(
    rounds: Rounds, candidate: Candidate, verifier: Verifier, ledger: Ledger, seed: int
) -> list[Outcome]:
    """The outcomes, those of confirmed claims with what a closer look showed. Raises ModelError, LedgerError."""
    failures = [
        [mode for mode, _ in trial.pairs if mode.verdict.failure][:FAILURES] for trial in rounds.trials
    ]
    outcomes = list(rounds.outcomes())
    confirmed = [n for n, outcome in enumerate(outcomes) if outcome.state == "confirmed"]
    with suppress(BudgetSpent):
        for n in confirmed:
            again = await repeated(failures[n], candidate, verifier, ledger)
            outcomes[n] = replace(outcomes[n], repeated=again)
            other = await reworded(failures[n], candidate, verifier, ledger, seed)
            outcomes[n] = replace(outcomes[n], reworded=other)
        for n in confirmed:
            pair = await _pair(failures[n], candidate, verifier, ledger)
            outcomes[n] = replace(outcomes[n], pair=pair.to_dict() if pair else None)
    return outcomes


def _rendered(scene: Scene, size: int) -> Image:
    return edited_image(scene, size)[0]


async def _pair(
    failures: Sequence[Probe], candidate: Candidate, verifier: Verifier, ledger: Ledger
) -> MinimalPair | None:
    for probe in failures[:PAIR_FAILURES]:
        image = ledger.image(probe.image_id)
        try:
            pair = await minimal_pair(
                image,
                probe.question.text,
                candidate,
                verifier,
                render=partial(_rendered, size=image.width),
                most_calls=PAIR_CALLS,
            )
        except (ImagesError, AssetError, RenderError) as error:  # it cannot be drawn again on this machine
            _log.warning("no minimal pairs: %s", error)
            return None
        if pair is not None:
            return pair
    return None
