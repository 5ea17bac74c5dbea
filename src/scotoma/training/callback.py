"""Trainer events -> metrics in the ledger, a line for people, whole checkpoints, a stop when the budget is
spent."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from scotoma.ledger import Ledger
from scotoma.probing import Stopwatch
from scotoma.training.bridge import RewardBridge
from scotoma.training.checkpoints import mark_whole
from scotoma.training.progress import Progress

_TRAINER_METRICS = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
    "kl": "kl",
    "entropy": "entropy",
    "frac_reward_zero_std": "groups_without_signal",
    "completions/mean_length": "question_tokens",
    "completions/clipped_ratio": "truncated_share",
}
"""What is kept of the trainer's own metrics, and the name that it has in the ledger."""


class StepRecorder(TrainerCallback):
    """Writes down each step.

    room: may another step of candidate calls be made?
    """

    def __init__(
        self,
        ledger: Ledger,
        bridge: RewardBridge,
        stopwatch: Stopwatch,
        progress: Progress,
        room: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._bridge = bridge
        self._stopwatch = stopwatch
        self._progress = progress
        self._room = room
        self._began_s = 0.0
        self._ended_s = 0.0

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """The batch has been read; generation is about to start."""
        self._began_s = time.perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """The policy has been updated."""
        self._ended_s = time.perf_counter()
        if not self._room():
            control.should_training_stop = True
            control.should_save = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float | None] | None = None,
        **_: Any,
    ) -> None:
        """The trainer's metrics of the step are known: store them with the probes' metrics and the
        seconds."""
        probed = self._bridge.last
        if logs is None or "loss" not in logs or probed is None or probed.step != state.global_step:
            return
        # `ask` is what lies before the rewards: sampling, and the reference model's pass over the samples.
        self._stopwatch.add("ask", probed.began_s - self._began_s)
        self._stopwatch.add("update", self._ended_s - probed.ended_s)
        metrics = dict(probed.metrics)
        for name, ours in _TRAINER_METRICS.items():
            value = logs.get(name)
            if value is not None:
                metrics[ours] = float(value)
        metrics |= {f"seconds/{name}": value for name, value in self._stopwatch.take().items()}
        self._ledger.add_metrics(state.global_step, metrics)
        self._progress.advance(1, {"step": state.global_step, **metrics})

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """A checkpoint has been written in full."""
        mark_whole(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}")
        # Counted with the next step: this one's metrics are stored already.
        self._stopwatch.add("checkpoint", time.perf_counter() - self._ended_s)
