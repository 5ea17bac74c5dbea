"""model + optimisers + step <-> one file, so that every training goes on where it was stopped."""

from __future__ import annotations

import argparse
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
    state = torch.load(path, map_location="cpu")
    model.load_state_dict(state["model"])
    for trainer, saved in zip(trainers, state["trainers"], strict=True):
        trainer.load_state_dict(saved)
    return int(state["step"])


def keep(path: Path, out: Path) -> None:
    """Write a checkpoint's weights alone, in fp16: a tenth of its size, enough to go on from with `--start`."""
    weights = torch.load(path, map_location="cpu")["model"]
    torch.save({"model": {name: value.half() for name, value in weights.items()}}, out)


def main(arguments: list[str]) -> None:
    """Keep checkpoints small: fp16 weights without optimiser states, under the same names in another folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("recipes/checkpoints"))
    options = parser.parse_args(arguments)
    for path in options.checkpoints:
        keep(path, options.out / path.name)
