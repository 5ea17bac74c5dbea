"""TRL's trainer, made to go on from the weights that a checkpoint holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trl.trainer.grpo_trainer import GRPOTrainer


class ResumableTrainer(GRPOTrainer):
    """A GRPOTrainer whose resumed weights are the saved ones, or it is an error.

    transformers saves some models, LLaVA among them, under other tensor names than they have in memory.
    `from_pretrained` translates the names; the trainer's own loading does not, leaves out whatever it does not
    find, and would go on from the untrained weights.
    """

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        model = self.model if model is None else model
        if hasattr(model, "peft_config"):
            super()._load_from_checkpoint(resume_from_checkpoint, model)
            return
        saved = type(model).from_pretrained(Path(resume_from_checkpoint), dtype=model.dtype)
        model.load_state_dict(saved.state_dict())
