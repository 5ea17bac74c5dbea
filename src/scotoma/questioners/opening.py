"""questioner SPEC -> what it is: a frozen questioner, one that is told what to ask, or weights to train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scotoma.errors import LedgerError, SpecError
from scotoma.images.source import ImageSource
from scotoma.ledger import Ledger
from scotoma.models.chat import ChatModel
from scotoma.models.keys import key_from_environment
from scotoma.models.local import load_local, require_model
from scotoma.models.mini import mini_path
from scotoma.models.opening import open_model
from scotoma.questioners import prompts
from scotoma.questioners.bandit import Bandit
from scotoma.questioners.feedback import SkillFeedback, ToldFeedback, longest_prompt
from scotoma.questioners.policy import weights_of
from scotoma.questioners.random import RandomQuestioner
from scotoma.questioners.standing import LARGEST
from scotoma.questioners.static import StaticQuestioner
from scotoma.questioners.told import Asker, Planner
from scotoma.records import SKILLS
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


def longest_prompt_from_spec(text: str, asker: str, *, questions: int, examples: int) -> str:
    """The longest instruction that a questioner, of any prompt, is given by an engine or baseline named `asker`.

    questions: of the run.  examples: see `ToldFeedback`.
    """
    match asker:
        case "bandit":
            return prompts.for_skills(sorted(SKILLS, key=len)[-LARGEST:])
        case "feedback":
            return longest_prompt(examples, questions)
    return prompt_from_spec(text)


def questioner_from_spec(
    text: str,
    source: ImageSource,
    *,
    name: str | None = None,
    temperature: float = 1.0,
    question_tokens: int = 40,
    batch_size: int = 64,
    keep: Callable[[ChatModel], ChatModel] | None = None,
) -> RandomQuestioner | StaticQuestioner:
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


def asker_from_spec(
    text: str,
    source: ImageSource,
    *,
    temperature: float = 1.0,
    question_tokens: int = 40,
    batch_size: int = 64,
    keep: Callable[[ChatModel], ChatModel] | None = None,
) -> Asker:
    """Who puts a planner's instructions into questions: the model of a SPEC, or for `random` the grammar, which
    obeys to the letter and asks what is valid. keep: see `questioner_from_spec`.

    Raises SpecError, ModelError, AssetError.
    """
    if parse_questioner(text) == Baseline("random"):
        return RandomQuestioner(valid=True)
    return questioner_from_spec(
        text,
        source,
        temperature=temperature,
        question_tokens=question_tokens,
        batch_size=batch_size,
        keep=keep,
    )


def planner_for(
    engine: Literal["bandit", "feedback"],
    questioner: str,
    *,
    exploring: bool,
    support: int,
    examples: int,
) -> Planner:
    """The planner of an engine, that has learned nothing yet.

    exploring: False for the frozen questioner of an evaluation.  support, examples: see `Bandit`, `ToldFeedback`.
    """
    if engine == "bandit":
        return Bandit(support, exploring=exploring)
    return ToldFeedback(examples) if reads_anything(questioner) else SkillFeedback()


def reads_anything(text: str) -> bool:
    """Does the questioner of a SPEC read any prompt? The minis, and what was trained from one, know only ours."""
    match parse_questioner(text):
        case Mini() | Baseline():
            return False
        case TrainedIn(run_dir):
            try:
                with Ledger.open(Path(run_dir), readonly=True) as ledger:
                    start = str(ledger.config().get("questioner", "mini"))
            except LedgerError:
                return True  # a model's directory, not a run
            return start != text and reads_anything(start)
        case _:
            return True


def _is_adversarial(spec: QuestionerSpec) -> bool:
    return spec == Baseline("adversarial")
