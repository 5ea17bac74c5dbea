"""Questioner + prober -> trained questioner: TRL's GRPOTrainer around one probing of each generation batch.

    for each step:  P images x G questions sampled ─► probed once ─► advantages within each group ─► one
                    update

One code path from a mini model on a CPU (full fine-tuning) to a large one (LoRA). Group Relative Policy
Optimization: Shao et al., DeepSeekMath, 2024; losses and scalings as TRL implements them.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scotoma.errors import BudgetSpent, ModelError
from scotoma.images.source import ImageSource
from scotoma.images.split import Split
from scotoma.ledger import Ledger
from scotoma.models.local import load_model_and_processor
from scotoma.models.pixels import cache_pixels
from scotoma.probing import Prober
from scotoma.rewards import Weights
from scotoma.training.bridge import RewardBridge
from scotoma.training.checkpoints import last_whole, save_final
from scotoma.training.dataset import training_rows
from scotoma.training.progress import Progress
from scotoma.training.vllm import self_test, vllm_errors

if TYPE_CHECKING:
    from trl.trainer.grpo_config import GRPOConfig

FULL_BELOW = 100_000_000
"""Models with fewer parameters are trained in full, larger ones through an adapter, unless told otherwise."""

_SIGHT = re.compile("(vision|visual)")
"""In the names of the modules of a vision tower, in LLaVA as in Qwen2.5-VL and SmolVLM."""

FULL_RATE, ADAPTER_RATE = 1e-4, 1e-5
"""Learning rates where none was asked for: a mini model trained in full, and a large one through an adapter."""

LOWEST_RATE = 0.1
"""Of the learning rate, what is left of it in the last step."""

Tuning = Literal["auto", "full", "lora"]


@dataclass(frozen=True, slots=True)
class GrpoSettings:
    """How the questioner is trained. Every field goes to TRL under the name that its docs give it.

    steps:            optimiser steps in all.
    images_per_step:  P.  group_size: G.
    micro_batch:      questions in one forward and backward pass; None = all P x G.
    question_tokens:  longest question, tokens.
    learning_rate:    None = FULL_RATE or ADAPTER_RATE.
    decay_share:      share of the steps, at the end, over which the learning rate falls to LOWEST_RATE of it.
    kl_beta:          weight of the KL penalty to where training started; 0 needs no reference model.
    entropy_coef:     weight of the entropy bonus.
    scale_rewards:    sum_then_normalize (by the group's deviation), none, batch (by the batch's deviation),
                      or normalize_then_sum (each term by its own deviation: GDPO).
    checkpoint_every: steps between checkpoints.
    use_vllm:         generate through vLLM, in this process and on its GPU; tested against training at the start.
    """

    steps: int
    images_per_step: int
    group_size: int
    seed: int
    weights: Weights = field(default_factory=Weights)
    learning_rate: float | None = None
    warmup_steps: int = 5
    decay_share: float = 0.2
    temperature: float = 1.0
    micro_batch: int | None = None
    question_tokens: int = 40
    kl_beta: float = 0.0
    entropy_coef: float = 0.01
    loss: str = "dapo"
    scale_rewards: str = "sum_then_normalize"
    tuning: Tuning = "auto"
    lora_rank: int = 16
    checkpoint_every: int = 10
    use_vllm: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Where training starts from: the questioner's name, its weights, their precision and device."""

    name: str
    weights: str | Path
    dtype: str = "auto"
    device: str = "auto"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep from the user what the libraries say about one another, and what our own metrics say better."""
    names = ("trl.trainer.grpo_trainer", "transformers")
    loggers = {name: logging.getLogger(name).level for name in names}
    try:
        for name in loggers:
            logging.getLogger(name).setLevel(logging.ERROR)
        with warnings.catch_warnings():
            # TRL still uses names that transformers has deprecated.
            warnings.filterwarnings("ignore", ".*gradient_checkpointing", FutureWarning)
            yield
    finally:
        for name, level in loggers.items():
            logging.getLogger(name).setLevel(level)


@_quiet()
def train(
    start: Start,
    prober: Prober,
    ledger: Ledger,
    split: Split,
    source: ImageSource,
    *,
    prompt: str,
    settings: GrpoSettings,
    checkpoints: Path,
    compositions: Callable[[], int],
    room: Callable[[int], bool],
    progress: Progress,
) -> int:
    """Train, from the last whole checkpoint if there is one, and save the questioner. Gives the last step
    made.

    checkpoints:  folder for them; the trained questioner goes to its folder `final`.
    compositions: number of distinct compositions of skills that the run has asked.
    room:         calls -> does the budget allow them? When it does not, training ends in order.
    The caller has set the ledger and the run's memory back to that checkpoint. Raises ModelError,
    LedgerError.
    """
    from scotoma.training.callback import StepRecorder

    questions = settings.images_per_step * settings.group_size
    resume_from = last_whole(checkpoints)
    done = resume_from[0] if resume_from else 0
    bridge = RewardBridge(
        prober,
        split,
        group_size=settings.group_size,
        questioner=start.name,
        prompt=prompt,
        compositions=compositions,
    )
    recorder = StepRecorder(ledger, bridge, prober.stopwatch, progress, lambda: room(questions))
    model, processor = _policy(start, settings)
    rows = training_rows(split, source, prompt, settings.steps * settings.images_per_step, prober.stopwatch)
    with vllm_errors(used=settings.use_vllm):
        trainer = _trainer(model, processor, bridge, recorder, rows, settings, checkpoints)
    if settings.use_vllm:
        self_test(trainer, rows)
    progress.begin("train", settings.steps, done)
    try:
        if done < settings.steps and room(questions):
            trainer.train(resume_from_checkpoint=str(resume_from[1]) if resume_from else None)
        elif resume_from:
            # Killed between the last checkpoint and the saving of the questioner.
            trainer._load_from_checkpoint(str(resume_from[1]))
    except BudgetSpent:
        # Only the step that it struck is lost: the policy is that of the last update.
        pass
    finally:
        progress.end()
    save_final(trainer.accelerator.unwrap_model(trainer.model), processor, checkpoints / "final")
    return max(done, int(trainer.state.global_step))


def _policy(start: Start, settings: GrpoSettings) -> tuple[Any, Any]:
    """What is trained, and its processor."""
    model, processor = load_model_and_processor(
        start.name, start.weights, dtype=start.dtype, device=start.device
    )
    cache_pixels(processor)
    if not _is_adapted(model, settings):
        # Half-precision weights would lose most updates: they are smaller than their last digit.
        model = model.float()
        _freeze_sight(model)
    return model, processor


def _trainer(
    model: Any,
    processor: Any,
    bridge: RewardBridge,
    recorder: Any,
    rows: Any,
    settings: GrpoSettings,
    checkpoints: Path,
) -> Any:
    """A trainer that reports to the recorder alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ModelError("training on several processes is not supported: start one process")
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    from scotoma.training.trainer import ResumableTrainer

    on_cpu = model.device.type == "cpu"
    rate = settings.learning_rate or (ADAPTER_RATE if _is_adapted(model, settings) else FULL_RATE)
    trainer = ResumableTrainer(
        model=model,
        reward_funcs=[*bridge.functions()],
        args=grpo_config(settings, checkpoints, rate, on_cpu=on_cpu),
        train_dataset=rows,
        processing_class=processor,
        callbacks=[recorder],
        peft_config=_adapter(model, settings),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    return trainer


def grpo_config(settings: GrpoSettings, checkpoints: Path, rate: float, *, on_cpu: bool) -> GRPOConfig:
    """Our settings in TRL's words.

    One generation batch feeds one optimiser step, so that a checkpoint never falls inside a generation block,
    whose questions a resumed run would have to ask and pay again.
    """
    from trl.trainer.grpo_config import GRPOConfig

    questions = settings.images_per_step * settings.group_size
    micro_batch = min(settings.micro_batch or questions, questions)
    if questions % micro_batch:
        raise ModelError(
            f"micro_batch = {micro_batch} does not divide the {questions} questions of a step: "
            "choose a divisor"
        )
    aggregation = (
        "normalize_then_sum" if settings.scale_rewards == "normalize_then_sum" else "sum_then_normalize"
    )
    scale = {"none": "none", "batch": "batch"}.get(settings.scale_rewards, "group")
    return GRPOConfig(
        output_dir=str(checkpoints),
        max_steps=settings.steps,
        per_device_train_batch_size=micro_batch,
        gradient_accumulation_steps=questions // micro_batch,
        num_generations=settings.group_size,
        max_completion_length=settings.question_tokens,
        shuffle_dataset=False,
        temperature=settings.temperature,
        learning_rate=rate,
        # Constant until the end is near: there a policy that still takes whole steps has its noise in what it asks.
        # A run that is resumed for longer goes back to the whole rate.
        lr_scheduler_type="warmup_stable_decay",
        lr_scheduler_kwargs={"num_decay_steps": decay_steps(settings), "min_lr_ratio": LOWEST_RATE},
        warmup_steps=settings.warmup_steps,
        reward_weights=settings.weights.as_list(),
        multi_objective_aggregation=aggregation,
        scale_rewards=scale,
        loss_type=settings.loss,
        use_vllm=settings.use_vllm,
        beta=settings.kl_beta,
        entropy_coef=settings.entropy_coef,
        seed=settings.seed,
        save_strategy="steps",
        save_steps=settings.checkpoint_every,
        save_total_limit=2,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        # The defaults suit a large model on a GPU: on a CPU, bf16 takes 13 times as long.
        bf16=not on_cpu,
        use_cpu=on_cpu,
        activation_checkpointing=not on_cpu,
    )


def decay_steps(settings: GrpoSettings) -> int:
    """Steps at the end over which the learning rate falls; none where the warm-up takes all."""
    room = max(0, settings.steps - settings.warmup_steps)
    return min(room, int(settings.decay_share * settings.steps))


def _is_adapted(model: Any, settings: GrpoSettings) -> bool:
    """Is the model trained through an adapter?"""
    if settings.tuning == "auto":
        return bool(sum(parameter.numel() for parameter in model.parameters()) >= FULL_BELOW)
    return settings.tuning == "lora"


def _freeze_sight(model: Any) -> None:
    """Leave the vision tower as it is, as an adapter does: what is learned is how to ask, and a step is shorter."""
    for name, parameter in model.named_parameters():
        if _SIGHT.search(name):
            parameter.requires_grad_(False)


def _adapter(model: Any, settings: GrpoSettings) -> Any:
    """The LoRA configuration, or None for full fine-tuning."""
    if not _is_adapted(model, settings):
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        target_modules="all-linear",
        exclude_modules=f".*{_SIGHT.pattern}.*",
    )
