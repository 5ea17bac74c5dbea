"""DiscoverConfig, Ledger -> how much a run will ask, and what it may still spend on discovery and on its evaluation."""

from __future__ import annotations

from scotoma.candidate import EVALUATION_CALLS, TRAINING_CALLS
from scotoma.config import DiscoverConfig, compared
from scotoma.errors import SpecError
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.verifiers.opening import SECOND_CALLS, VERIFIER_CALLS

DEFAULT_STEPS = 100
"""Steps of a run without a limit on calls."""

MOST_CONFIRMING = 1000
"""Calls of a confirmation that nobody has set a limit to."""

QUESTIONER_CALLS = "questioner"
"""Under what the ledger files the calls of a questioner."""


def evaluated(config: DiscoverConfig) -> tuple[str, ...]:
    """The questioners that are compared at the end."""
    return compared(config.engine, config.questioner, config.verifier)


def evaluation_calls(config: DiscoverConfig) -> int:
    """Calls that the evaluation may need."""
    return config.eval_images * config.eval_questions * len(evaluated(config))


def confirmation_calls(config: DiscoverConfig) -> int:
    """Calls that the confirmation may need: none where no skills are known, since then there are no modes."""
    if config.verifier != "exact":
        return 0
    if config.confirm_calls is not None:
        return config.confirm_calls
    return MOST_CONFIRMING if config.max_calls is None else min(MOST_CONFIRMING, config.max_calls // 5)


def second_questions(config: DiscoverConfig) -> int:
    """Probes that are judged a second time, at most."""
    return 0 if config.second_verifier is None else config.second_sample


def planned_steps(config: DiscoverConfig) -> int:
    """Steps of discovery: as asked for, else what `max_calls` pays for, else DEFAULT_STEPS. Raises SpecError."""
    max_calls = discovery_calls(config)
    if config.steps is not None:
        return config.steps
    return DEFAULT_STEPS if max_calls is None else max(1, max_calls // config.questions_per_step)


def discovery_share(config: DiscoverConfig) -> float:
    """The share of a budget of tokens or dollars that discovery may use: its share of the questions."""
    questions = planned_steps(config) * config.questions_per_step
    later = evaluation_calls(config) + confirmation_calls(config) + second_questions(config)
    return questions / (questions + later)


def discovery_calls(config: DiscoverConfig) -> int | None:
    """What the budget leaves for discovery, None without one. Raises SpecError if that is less than one step."""
    if config.max_calls is None:
        return None
    left = config.max_calls - evaluation_calls(config) - confirmation_calls(config)
    if left < config.questions_per_step:
        raise SpecError(
            f"max_calls = {config.max_calls} leaves {max(0, left)} calls for discovery beside "
            f"{evaluation_calls(config)} for the evaluation and {confirmation_calls(config)} for the confirmation, "
            f"less than one step of {config.questions_per_step}: "
            "raise it, or lower eval_images, eval_questions, confirm_calls, images_per_step or group_size"
        )
    return left


def money_budget(config: DiscoverConfig, ledger: Ledger, share: float = 1.0) -> Budget:
    """The budget of tokens and dollars, or a share of it, that every model behind a server is charged to."""
    spent = ledger.spent()
    return Budget(
        max_tokens=None if config.max_tokens is None else int(share * config.max_tokens),
        max_usd=None if config.max_usd is None else share * config.max_usd,
        tokens_so_far=spent.tokens,
        usd_so_far=spent.usd,
    )


def verifier_budget(ledger: Ledger, money: Budget) -> Budget:
    """What the calls of the verifier are counted in: a budget of their own, within that of money."""
    return Budget(calls_so_far=ledger.spent(VERIFIER_CALLS).calls, within=money)


def second_budget(ledger: Ledger, money: Budget) -> Budget:
    """The same of the second verifier."""
    return Budget(calls_so_far=ledger.spent(SECOND_CALLS).calls, within=money)


def discovery_budget(config: DiscoverConfig, ledger: Ledger, money: Budget) -> Budget:
    """What the candidate may be asked in discovery."""
    spent = ledger.spent(TRAINING_CALLS).calls
    return Budget(discovery_calls(config), config.max_minutes, calls_so_far=spent, within=money)


def evaluation_budget(config: DiscoverConfig, ledger: Ledger, money: Budget) -> Budget:
    """What discovery has left; repetitions of failed calls leave room for what is still to be asked."""
    limit = (
        None
        if config.max_calls is None
        else config.max_calls - confirmation_calls(config) - ledger.spent(TRAINING_CALLS).calls
    )
    done = sum(ledger.probe_count(f"eval:{name}") for name in evaluated(config))
    return Budget(
        limit,
        calls_so_far=ledger.spent(EVALUATION_CALLS).calls,
        owed=max(0, evaluation_calls(config) - done),
        within=money,
    )
