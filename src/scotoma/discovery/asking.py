"""Name of a phase's questioner -> the questioner, loaded; an engine that learns has learned what the ledger holds."""

from __future__ import annotations

from typing import Literal

from scotoma.config import DiscoverConfig
from scotoma.discovery.budgets import QUESTIONER_CALLS
from scotoma.images.source import ImageSource
from scotoma.ledger import Ledger
from scotoma.models.cached import CachedCalls, KeptModel
from scotoma.models.chat import ChatModel
from scotoma.models.guard import Budget
from scotoma.probing import TRAIN
from scotoma.questioners.opening import (
    Weights,
    asker_from_spec,
    load_questioner,
    planner_for,
    prompt_from_spec,
    questioner_from_spec,
)
from scotoma.questioners.policy import FINAL
from scotoma.questioners.protocol import Questioner
from scotoma.questioners.random import RandomQuestioner
from scotoma.questioners.told import Planner, ToldQuestioner


def open_questioner(
    name: str,
    config: DiscoverConfig,
    ledger: Ledger,
    source: ImageSource,
    money: Budget,
    *,
    exploring: bool = False,
) -> Questioner | ToldQuestioner:
    """A questioner: random, trained, told by an engine, or (untrained, static) the one that the configuration names.

    money:     what its calls are charged to, if it is behind a server.
    exploring: in discovery, where an engine may still try what it knows little of; else it is frozen.
    Raises SpecError, ModelError, AssetError.
    """

    def keep(model: ChatModel) -> ChatModel:
        return KeptModel(model, CachedCalls(ledger, Budget(within=money), QUESTIONER_CALLS))

    match name:
        case "random":
            return RandomQuestioner()
        case "bandit" | "feedback":
            asker = asker_from_spec(
                config.questioner,
                source,
                temperature=config.temperature,
                question_tokens=config.question_tokens,
                keep=keep,
            )
            return ToldQuestioner(name, asker, _planner(name, config, ledger, exploring))
        case "trained":
            return load_questioner(
                name,
                Weights(ledger.run_dir / FINAL),
                source,
                prompt_from_spec(config.questioner),
                temperature=config.temperature,
                question_tokens=config.question_tokens,
            )
    return questioner_from_spec(
        config.questioner,
        source,
        name=name,
        temperature=config.temperature,
        question_tokens=config.question_tokens,
        keep=keep,
    )


def _planner(
    engine: Literal["bandit", "feedback"], config: DiscoverConfig, ledger: Ledger, exploring: bool
) -> Planner:
    planner = planner_for(
        engine,
        config.questioner,
        exploring=exploring,
        support=config.settle_support,
        examples=config.feedback_examples,
    )
    planner.learn(ledger.probes(TRAIN))
    return planner
