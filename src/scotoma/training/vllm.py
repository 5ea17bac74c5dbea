"""trainer that generates through vLLM -> leave to train, or a ModelError: a self-test before the first step.

Whether vLLM saw the prompt that the policy is updated for does not show in a run: a prompt whose image tokens were
expanded twice (TRL issue 6294) still gives questions, and wrong gradients. So a few prompts go through both before
anything is asked or paid. Not run against a real vLLM yet: the tests have stand-ins for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scotoma.errors import ModelError

if TYPE_CHECKING:
    from datasets import Dataset

PROMPTS = 4
"""Prompts of the self-test, each with its own picture."""

LOGP_TOLERANCE = 0.1
"""Mean absolute difference of the log-probabilities of a completion, nats a token. Our own choice: what bfloat16 rounds
away is a fraction of it; a wrong prompt or picture comes to whole nats."""

_INSTEAD = "leave use_vllm out: the questioner then generates through transformers"


def require_vllm() -> None:
    """Raise ModelError if vLLM is not installed."""
    if find_spec("vllm") is None:
        raise ModelError(
            'use_vllm: vLLM is not installed: pip install "trl[vllm]" on a machine with a GPU (TRL 1.16 takes vLLM '
            f"0.22 to 0.31), or {_INSTEAD}"
        )


@contextmanager
def vllm_errors(*, used: bool) -> Iterator[None]:
    """Tell in one line, as a ModelError, what vLLM raises where it is used."""
    try:
        yield
    except (ImportError, RuntimeError, ValueError) as error:
        if not used:
            raise
        told = " ".join(str(error).split()) or type(error).__name__
        raise ModelError(f"use_vllm: vLLM cannot be used ({told}): {_INSTEAD}") from error


def self_test(trainer: Any, rows: Dataset) -> None:
    """Generate for the first few rows through vLLM, and hold the result against the trainer's own forward pass.

    trainer: a GRPOTrainer with `use_vllm`.  rows: see `training_rows`.
    Raises ModelError: vLLM cannot generate, or does not see what is trained.
    """
    from trl.data_utils import prepare_multimodal_messages

    some = rows[: min(PROMPTS, len(rows))]
    prompts = [
        prepare_multimodal_messages(prompt, images=[picture])
        for prompt, picture in zip(some["prompt"], some["image"], strict=True)
    ]
    sent, images, _ = trainer._tokenize_prompts(prompts)
    try:
        trainer.vllm_generation.sync_weights()
        seen, completions, logps, _ = trainer.vllm_generation.generate(
            prompts=sent, images=images, num_generations=1
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"use_vllm: vLLM cannot generate ({' '.join(str(error).split())}): {_INSTEAD}"
        ) from error
    for prompt, picture, prompt_ids, seen_ids, completion_ids, theirs in zip(
        prompts, some["image"], sent, seen, completions, logps, strict=True
    ):
        require_same_prompt(prompt_ids, seen_ids, trainer.processing_class.image_token_id)
        ours = _own_logps(trainer, prompt, picture, prompt_ids, completion_ids)
        require_agreement(ours, [token[0] for token in theirs])


def require_same_prompt(sent: Sequence[int], seen: Sequence[int], image_token: int) -> None:
    """Raise ModelError unless vLLM saw the token ids that it was sent."""
    if list(sent) == list(seen):
        return
    ours, theirs = (list(ids).count(image_token) for ids in (sent, seen))
    told = (
        f"{theirs} image tokens in place of {ours} (TRL issue 6294)"
        if ours != theirs
        else "other tokens than those that are trained"
    )
    raise ModelError(
        f"use_vllm: vLLM saw a prompt with {told}, and what it writes cannot be trained on: {_INSTEAD}"
    )


def require_agreement(ours: Sequence[float], theirs: Sequence[float | None]) -> None:
    """Raise ModelError unless two lists of log-probabilities of one completion (nats, a token each) agree.

    theirs: None where vLLM gave no number, which is no agreement.
    """
    numbers = [math.nan if logp is None else logp for logp in theirs]
    differences = [abs(own - other) for own, other in zip(ours, numbers, strict=True)]
    mean = sum(differences) / len(differences) if differences else math.nan
    if not mean <= LOGP_TOLERANCE:
        raise ModelError(
            f"use_vllm: the log-probabilities of vLLM and of training differ by {mean:.3g} nats a token (allowed is "
            f"{LOGP_TOLERANCE:g}): it does not see the same picture, or has other weights: {_INSTEAD}"
        )


def _own_logps(
    trainer: Any, prompt: Any, picture: Any, prompt_ids: Sequence[int], completion_ids: Sequence[int]
) -> list[float]:
    """Log-probabilities of a completion as training would compute them, alone and so without padding."""
    import torch

    processor = trainer.processing_class
    text = processor.apply_chat_template(prompt, add_generation_prompt=True, tokenize=False)
    device = trainer.accelerator.device
    inputs = processor(images=[[picture]], text=[text], return_tensors="pt").to(device)
    ids = torch.tensor([[*prompt_ids, *completion_ids]], device=device)
    fields = {
        name: _lengthened(name, value, len(completion_ids))
        for name, value in inputs.items()
        if name not in ("input_ids", "attention_mask")
    }
    with torch.no_grad():
        logps, _, _ = trainer._get_per_token_logps_and_entropies(
            trainer.model, ids, torch.ones_like(ids), len(completion_ids), num_images=[1], **fields
        )
    values: list[float] = logps[0].float().tolist()
    return values


def _lengthened(name: str, value: Any, by: int) -> Any:
    """Types of tokens, (1, tokens), get zeros for the completion; all else is as it was."""
    if name not in ("token_type_ids", "mm_token_type_ids"):
        return value
    import torch

    return torch.cat([value, value.new_zeros(1, by)], dim=1)
