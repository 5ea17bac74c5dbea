"""A run whose evaluation is done -> a sample of it judged again, by a verifier that nobody learned from."""

from __future__ import annotations

import asyncio

from scotoma.config import DiscoverConfig
from scotoma.discovery.budgets import money_budget, second_budget
from scotoma.discovery.opened import Opened
from scotoma.ledger import Ledger
from scotoma.rejudging import rejudge, sample_in
from scotoma.training.progress import Progress
from scotoma.verifiers.opening import SECOND_CALLS


def judge_again(config: DiscoverConfig, ledger: Ledger, opened: Opened, progress: Progress) -> None:
    """Judge what of the sample was not judged yet; verdicts are kept in the ledger. Nothing without a second verifier.

    Raises BudgetSpent where a limit on money ends it early; ModelError, ImagesError, LedgerError.
    """
    if opened.second is None or config.second_verifier is None:
        return
    money = money_budget(config, ledger)
    verifier = opened.second.bind(ledger, second_budget(ledger, money), SECOND_CALLS)
    sample = sample_in(ledger, config)
    asyncio.run(rejudge(sample, config.second_verifier, verifier, ledger, progress))
