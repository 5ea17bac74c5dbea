"""DiscoverConfig -> what it names, opened and checked, before a run's folder is made."""

from __future__ import annotations

from dataclasses import dataclass

from scotoma.candidate import Answerer, answerer_from_spec
from scotoma.config import DiscoverConfig
from scotoma.discovery.budgets import discovery_calls
from scotoma.errors import SpecError
from scotoma.images.source import ImageSource
from scotoma.images.split import Split
from scotoma.images.tabletop import TabletopSource
from scotoma.questioners.opening import require_questioner
from scotoma.questioners.random import require_scene
from scotoma.specs import (
    Baseline,
    Compatible,
    parse_candidate,
    parse_questioner,
    parse_verifier,
    same_verifier,
)
from scotoma.training.vllm import require_vllm
from scotoma.verifiers.judge import JudgeSettings
from scotoma.verifiers.opening import OpenedVerifier, verifier_from_spec

SECOND = "second verifier"
"""The role of a second verifier among `servers`."""


@dataclass(frozen=True)
class Opened:
    """What a configuration names, opened and checked.

    verifier, second: to be bound to the run's ledger, which is not there yet. second: the second verifier, if any.
    """

    source: ImageSource
    split: Split
    verifier: OpenedVerifier
    answerer: Answerer
    second: OpenedVerifier | None = None

    @staticmethod
    def of(config: DiscoverConfig, source: ImageSource) -> Opened:
        """Raises SpecError, ImagesError, ModelError or AssetError, whatever does not hold."""
        # A tabletop stream is random already and is rendered ahead in its own order.
        shuffle = None if isinstance(source, TabletopSource) else config.seed
        split = Split(source, config.held_out_share, shuffle)
        discovery_calls(config)
        require_prices(config)
        if config.engine == "grpo" and config.use_vllm:
            require_vllm()
        verifier = open_verifier(config, source)
        verifier.require(split.discover(0))
        second = open_second_verifier(config, source)
        if second is not None:
            second.require(split.discover(0))
        if config.eval_images:
            split.held_out(1)
        if asks_by_grammar(config):
            require_scene(split.discover(0))
        else:
            require_questioner(config.questioner, trained=config.engine == "grpo")
        answerer = answerer_from_spec(
            config.candidate,
            source,
            template=config.candidate_prompt,
            answer_tokens=config.answer_tokens,
        )
        return Opened(source, split, verifier, answerer, second)


def asks_by_grammar(config: DiscoverConfig) -> bool:
    """Are all questions of discovery drawn from the grammar, with no model behind them?"""
    told = config.engine in ("bandit", "feedback")
    return config.engine == "random" or (told and parse_questioner(config.questioner) == Baseline("random"))


def open_verifier(config: DiscoverConfig, source: ImageSource) -> OpenedVerifier:
    """The verifier that a configuration names. Raises SpecError, ModelError."""
    return _opened(config.verifier, config, source)


def open_second_verifier(config: DiscoverConfig, source: ImageSource) -> OpenedVerifier | None:
    """The second verifier, if there is one. Raises SpecError, also if it is the first one; ModelError."""
    if config.second_verifier is None:
        return None
    if same_verifier(config.verifier, config.second_verifier):
        raise SpecError(
            f"second_verifier = {config.second_verifier}: is the verifier itself, which would only agree with itself: "
            "name another one"
        )
    return _opened(config.second_verifier, config, source)


def _opened(spec: str, config: DiscoverConfig, source: ImageSource) -> OpenedVerifier:
    return verifier_from_spec(
        spec,
        source,
        JudgeSettings(config.judge_votes, config.judge_agreement, config.judge_blind, config.seed),
        max_new_tokens=config.judge_tokens,
        temperature=config.judge_temperature,
    )


def servers(config: DiscoverConfig) -> dict[str, Compatible]:
    """The models behind servers that a run calls: role -> SPEC."""
    specs: dict[str, object] = {"candidate": parse_candidate(config.candidate)}
    specs["verifier"] = parse_verifier(config.verifier)
    if config.second_verifier is not None:
        specs[SECOND] = parse_verifier(config.second_verifier)
    if not asks_by_grammar(config):
        specs["questioner"] = parse_questioner(config.questioner)
    return {role: spec for role, spec in specs.items() if isinstance(spec, Compatible)}


def require_prices(config: DiscoverConfig) -> None:
    """Raise SpecError if there is a limit on dollars and a server whose price is not known."""
    for role, spec in servers(config).items():
        if config.max_usd is not None and (spec.price_in is None or spec.price_out is None):
            raise SpecError(
                f"max_usd = {config.max_usd:g}: what the {role} {spec.address} costs is not known: add "
                "price_in=...,price_out=... to it (US dollars a million tokens; 0 for a server of your own)"
            )
