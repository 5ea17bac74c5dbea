"""A run whose discovery is done -> the outcomes of its claims: fresh questions on held-out images, then repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from scotoma.analysis.conditions import conditions_on
from scotoma.analysis.features import ProbeTable
from scotoma.analysis.modes import MOST_CONDITIONS, find_modes
from scotoma.candidate import CONFIRMATION_CALLS, Candidate
from scotoma.config import DiscoverConfig
from scotoma.confirming.claims import ModeClaim, Outcome, claims_of
from scotoma.confirming.closer import looked_into
from scotoma.confirming.fresh import askable
from scotoma.confirming.kept import claims_in, keep_claims, keep_outcomes
from scotoma.confirming.rounds import Rounds
from scotoma.discovery.budgets import confirmation_calls, money_budget, verifier_budget
from scotoma.discovery.opened import Opened
from scotoma.images.split import Split
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.probing import TRAIN, Prober
from scotoma.questioners.random import require_scene
from scotoma.records import Image
from scotoma.rewards import Weights
from scotoma.training.progress import Progress

SCENES = 24
"""Fresh images on which it is tried whether a claim can be asked about."""

MOST_CLAIMS = 20
"""Claims that are tested, at most: each makes all of them harder to decide."""

ROUNDS_SHARE = 0.8
"""Of the calls, for deciding; the rest is for a closer look at what is confirmed."""

SEED = 2_000_003
"""Added to a run's seed for the questions of its confirmation."""


def claimed(config: DiscoverConfig, ledger: Ledger, fresh: Fresh) -> tuple[ModeClaim, ...]:
    """What a run claims: its modes, as they stood when its confirmation began, as far as they can be tested."""
    claims = claims_in(ledger)
    if claims is None:
        table = ProbeTable.of(ledger.probes(TRAIN), conditions_on(ledger.images()))
        narrow, wide = (
            claims_of(find_modes(table, most=MOST_CLAIMS, most_conditions=conditions, seed=config.seed))
            for conditions in (MOST_CONDITIONS, 0)
        )
        images = (fresh(position) for position in range(SCENES)) if narrow or wide else ()
        scenes = [require_scene(image) for image in images if image is not None]
        claims = askable(narrow, wide, scenes, config.seed, MOST_CLAIMS)
        keep_claims(ledger, claims)
    return claims


def confirm(
    config: DiscoverConfig,
    ledger: Ledger,
    opened: Opened,
    progress: Progress,
    *,
    calls: int | None = None,
) -> tuple[Outcome, ...]:
    """Test the claims of a run, going on from where an earlier sitting stopped; what was found is kept in its ledger.

    calls: of the candidate, earlier sittings included; as configured if None.
    Raises BudgetSpent where a limit on money ends it early; ModelError, ImagesError, LedgerError.
    """
    limit = confirmation_calls(config) if calls is None else calls
    fresh = Fresh(opened.split, config.eval_images)
    claims = claimed(config, ledger, fresh) if limit else ()
    if not claims:
        return ()
    money = money_budget(config, ledger)
    budget = Budget(limit, calls_so_far=ledger.spent(CONFIRMATION_CALLS).calls, within=money)
    candidate = Candidate(opened.answerer, ledger, budget, role=CONFIRMATION_CALLS)
    verifier = opened.verifier.bind(ledger, verifier_budget(ledger, money))
    weights = Weights(config.w_fail, config.w_sem, config.w_lex, config.w_mix)
    rounds = Rounds(
        claims,
        Prober(candidate, verifier, ledger, memory=None, weights=weights, seed=config.seed),
        ledger,
        fresh,
        budget,
        limit=int(ROUNDS_SHARE * limit),
        alpha=config.alpha,
        seed=config.seed + SEED,
    )
    outcomes: Sequence[Outcome] = ()
    try:
        asyncio.run(rounds.run(progress))
        outcomes = asyncio.run(looked_into(rounds, candidate, verifier, ledger, config.seed + SEED))
    finally:
        outcomes = outcomes or rounds.outcomes()
        keep_outcomes(ledger, outcomes)
    return tuple(outcomes)


class Fresh:
    """Position -> held-out image: those that no evaluation uses, and after them the others; None past the last."""

    def __init__(self, split: Split, evaluated: int) -> None:
        self._split, self._evaluated = split, evaluated

    def __call__(self, position: int) -> Image | None:
        image = self._split.held_out_at(self._evaluated + position)
        if image is not None:
            return image
        total = self._split.figures().held_out
        return self._split.held_out_at(self._evaluated + position - total) if position < total else None
