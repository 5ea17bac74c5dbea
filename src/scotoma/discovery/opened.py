"""DiscoverConfig -> what it names, opened and checked, before a run's folder is made."""

from __future__ import annotations

from dataclasses import dataclass

from scotoma.candidate import Answerer, answerer_from_spec
from scotoma.config import DiscoverConfig, compared
from scotoma.errors import SpecError
from scotoma.images.source import ImageSource
from scotoma.images.split import Split
from scotoma.images.tabletop import TabletopSource
from scotoma.models.local import require_model
from scotoma.questioners.opening import weights_from_spec
from scotoma.questioners.random import require_scene
from scotoma.specs import Baseline, parse_questioner
from scotoma.verifiers.exact import ExactVerifier
from scotoma.verifiers.protocol import Verifier


@dataclass(frozen=True)
class Opened:
    """What a configuration names, opened and checked."""

    source: ImageSource
    split: Split
    verifier: Verifier
    answerer: Answerer

    @staticmethod
    def of(config: DiscoverConfig, source: ImageSource) -> Opened:
        """Raises SpecError, ImagesError, ModelError or AssetError, whatever does not hold."""
        # A tabletop stream is random already and is rendered ahead in its own order.
        shuffle = None if isinstance(source, TabletopSource) else config.seed
        split = Split(source, config.held_out_share, shuffle)
        discovery_calls(config)
        verifier = ExactVerifier()
        verifier.require(split.discover(0))
        if asks_by_grammar(config):
            require_scene(split.discover(0))
        else:
            require_model(config.questioner, weights_from_spec(config.questioner).source)
        answerer = answerer_from_spec(
            config.candidate,
            source,
            template=config.candidate_prompt,
            answer_tokens=config.answer_tokens,
        )
        return Opened(source, split, verifier, answerer)


def evaluated(config: DiscoverConfig) -> tuple[str, ...]:
    """The questioners that are compared at the end."""
    return compared(config.engine, config.questioner, config.verifier)


def asks_by_grammar(config: DiscoverConfig) -> bool:
    """Are all questions of discovery drawn from the grammar, with no model behind them?"""
    told = config.engine in ("bandit", "feedback")
    return config.engine == "random" or (told and parse_questioner(config.questioner) == Baseline("random"))


def evaluation_calls(config: DiscoverConfig) -> int:
    """Calls that the evaluation may need."""
    return config.eval_images * config.eval_questions * len(evaluated(config))


def discovery_calls(config: DiscoverConfig) -> int | None:
    """What the budget leaves for discovery, None without one. Raises SpecError if that is less than one step."""
    if config.max_calls is None:
        return None
    left = config.max_calls - evaluation_calls(config)
    if left < config.questions_per_step:
        raise SpecError(
            f"max_calls = {config.max_calls} leaves {max(0, left)} calls for discovery beside "
            f"{evaluation_calls(config)} for the evaluation, less than one step of {config.questions_per_step}: "
            "raise it, or lower eval_images, eval_questions, images_per_step or group_size"
        )
    return left
