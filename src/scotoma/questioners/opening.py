"""questioner SPEC -> what it is: a frozen questioner that asks, or weights that training starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scotoma.errors import SpecError
from scotoma.images.source import ImageSource
from scotoma.models.chat import ChatModel
from scotoma.models.keys import key_from_environment
from scotoma.models.local import load_local, require_model
from scotoma.models.mini import mini_path
from scotoma.models.opening import open_model
from scotoma.questioners import prompts
from scotoma.questioners.policy import weights_of
from scotoma.questioners.protocol import Questioner
from scotoma.questioners.random import RandomQuestioner
from scotoma.questioners.static import StaticQuestioner
from scotoma.specs import Baseline, Compatible, HuggingFace, Mini, QuestionerSpec, TrainedIn, parse_questioner


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a model's weights lie, and how to load them."""

    source: str | Path
    dtype: str = "auto"
    device: str = "auto"


def weights_from_spec(text: str) -> Weights:
    """The weights behind a SPEC. Raises SpecError for `random` and `openai:`, ModelError, AssetError."""
    spec = parse_questioner(text)
    match spec:
        case HuggingFace(name, dtype, device):
            return Weights(name, dtype or "auto", device or "auto")
        case TrainedIn(run_dir):
            return Weights(weights_of(Path(run_dir)))
        case Mini() | Baseline("static" | "adversarial"):
            return Weights(mini_path("questioner"))
        case Compatible(model):
            raise SpecError(
                f"questioner {model!r} answers behind a server and cannot be trained: choose engine static, or a "
                "questioner whose weights are here (mini, hf:DIR-OR-ID or a run folder)"
            )
        case _:
            raise SpecError(f"questioner {text!r} cannot be trained: use mini, hf:DIR-OR-ID or a run folder")


def require_questioner(text: str, *, trained: bool) -> None:
    """Tell early that a SPEC names no model, or none that can be trained where it is to be.

    Raises SpecError, ModelError, AssetError. Whether a server answers is seen when it is asked.
    """
    spec = parse_questioner(text)
    if isinstance(spec, Compatible) and not trained:
        key_from_environment(spec.key_env, spec.address)
    else:
        require_model(text, weights_from_spec(text).source)


def prompt_from_spec(text: str) -> str:
    """The instruction that the questioner of a SPEC is given."""
    return prompts.load("adversarial" if _is_adversarial(parse_questioner(text)) else "base")


def questioner_from_spec(
    text: str,
    source: ImageSource,
    *,
    name: str | None = None,
    temperature: float = 1.0,
    question_tokens: int = 40,
    batch_size: int = 64,
    keep: Callable[[ChatModel], ChatModel] | None = None,
) -> Questioner:
    """The frozen questioner that a SPEC names, loaded.

    name: what its probes are filed under, the SPEC by default.
    keep: puts a store of finished calls and a budget in front of a model behind a server; see `KeptModel`.
    Raises SpecError, ModelError, AssetError.
    """
    spec = parse_questioner(text)
    if spec == Baseline("random"):
        return RandomQuestioner()
    if isinstance(spec, Compatible):
        model = open_model(spec, max_new_tokens=question_tokens, temperature=temperature)
        return StaticQuestioner(
            name or spec.address, keep(model) if keep else model, source, prompt_from_spec(text)
        )
    weights = weights_from_spec(text)
    return load_questioner(
        name or text,
        weights,
        source,
        prompt_from_spec(text),
        temperature=temperature,
        question_tokens=question_tokens,
        batch_size=batch_size,
    )


def load_questioner(
    name: str,
    weights: Weights,
    source: ImageSource,
    prompt: str,
    *,
    temperature: float,
    question_tokens: int,
    batch_size: int = 64,
) -> StaticQuestioner:
    """A frozen questioner from weights. Raises ModelError."""
    model = load_local(
        name,
        weights.source,
        max_new_tokens=question_tokens,
        temperature=temperature,
        batch_size=batch_size,
        dtype=weights.dtype,
        device=weights.device,
    )
    return StaticQuestioner(name, model, source, prompt)


def _is_adversarial(spec: QuestionerSpec) -> bool:
    return spec == Baseline("adversarial")
