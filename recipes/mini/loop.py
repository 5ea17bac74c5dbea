"""model + what a step is -> trained model: the loop of every stage, resumable at each evaluation.

A step's data depend on (seed, step) alone, so that a training that goes on from its checkpoint repeats nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mini.checkpoint import resume, save
from mini.model import optimisers

Figures = float | NDArray[np.float64]


def learning_rate(step: int, steps: int, warmup: int = 100) -> float:
    """Share of the peak: linear warm-up, then a cosine to 3%."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.03 + 0.97 * 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def loop(
    model: nn.Module,
    options: argparse.Namespace,
    *,
    begin: Callable[[], None],
    backward: Callable[[int], Mapping[str, Figures]],
    evaluate: Callable[[], dict[str, float]],
    warmup: int = 100,
) -> None:
    """Train until `options.steps`, logging one JSON line an evaluation beside the checkpoint `options.out`.

    begin:    what a fresh model starts from; not called where there is a checkpoint.
    backward: step -> leaves gradients in the model, and gives figures, one or many of a name, whose means are logged.
    options:  steps, every, out, muon_lr, adam_lr, tower_share.
    """
    peaks = (options.muon_lr, options.adam_lr)
    trainers = optimisers(model, *peaks, options.tower_share)
    step = resume(options.out, model, trainers)
    if step == 0:
        begin()
    log: Path = options.out.with_suffix(".jsonl")
    began = time.time()
    seen: list[Mapping[str, Figures]] = []
    while step < options.steps:
        share = learning_rate(step, options.steps, warmup)
        for trainer, peak in zip(trainers, peaks, strict=True):
            for group in trainer.param_groups:
                group["lr"] = peak * share * group["share"]
        seen.append(backward(step))
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for trainer in trainers:
            trainer.step()
            trainer.zero_grad()
        step += 1
        if step % options.every == 0 or step == options.steps:
            means = {name: round(float(np.hstack([row[name] for row in seen]).mean()), 4) for name in seen[0]}
            row = {"step": step, "seconds": round(time.time() - began), **means, **evaluate()}
            seen.clear()
            print(json.dumps(row), flush=True)
            with log.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
            save(options.out, model, trainers, step)
