"""model + optimisers + step <-> one file, so that every training goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn


def save(path: Path, model: nn.Module, trainers: Sequence[torch.optim.Optimizer], step: int) -> None:
    """Write the checkpoint whole or not at all."""
    partial = path.with_suffix(".part")
    state = {
        "model": model.state_dict(),
        "trainers": [trainer.state_dict() for trainer in trainers],
        "step": step,
    }
    torch.save(state, partial)
    partial.replace(path)


def resume(path: Path, model: nn.Module, trainers: Sequence[torch.optim.Optimizer]) -> int:
    """Load the checkpoint if there is one; the step to go on from."""
    if not path.exists():
        return 0
    state = torch.load(path)
    model.load_state_dict(state["model"])
    for trainer, saved in zip(trainers, state["trainers"], strict=True):
        trainer.load_state_dict(saved)
    return int(state["step"])
