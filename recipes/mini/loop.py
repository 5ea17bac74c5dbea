"""model + what a step is -> trained model: the loop of every stage, resumable at each evaluation.

A step's data depend on (seed, step) alone, so that a training that goes on from its checkpoint repeats nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from mini.checkpoint import resume, save
from mini.model import optimisers

Figures = torch.Tensor
"""One number or many; stays on the device until it is logged, so that no step waits for it."""

T = TypeVar("T")


def machine_options(parser: argparse.ArgumentParser) -> None:
    """What every stage may be told about where it runs, and about the picture that its model sees."""
    parser.add_argument(
        "--side", type=int, choices=(112, 56), default=112, help="of the model's picture in pixels"
    )
    parser.add_argument("--device", type=torch.device, default=torch.device("cpu"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that draw batches ahead")
    parser.add_argument("--minutes", type=float, default=math.inf, help="be done by then, annealed")
    parser.add_argument("--seed", type=int, default=0)


def prepare(options: argparse.Namespace) -> torch.device:
    """Set threads, seed and precision as the options say; the device."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    torch.set_float32_matmul_precision("high")  # TF32 where a GPU has it
    return options.device


class _Steps(Dataset[T], Generic[T]):
    def __init__(self, draw: Callable[[int], T], first: int, last: int) -> None:
        self._draw, self._first, self._last = draw, first, last

    def __len__(self) -> int:
        return self._last - self._first

    def __getitem__(self, index: int) -> T:
        return self._draw(self._first + index)


def _unchanged(drawn: Any) -> Any:
    return drawn


def drawn_ahead(draw: Callable[[int], T], first: int, last: int, workers: int) -> Iterator[T]:
    """draw(first) .. draw(last - 1), by worker processes if there are any."""
    steps = _Steps(draw, first, last)
    return iter(DataLoader(steps, batch_size=None, num_workers=workers, collate_fn=_unchanged))


def learning_rate(step: int, done: float, warmup: int = 100) -> float:
    """Share of the peak: linear warm-up over the first steps, a cosine to 3% over what is `done`, 0 to 1."""
    return min(1.0, (step + 1) / warmup) * (0.03 + 0.97 * 0.5 * (1.0 + math.cos(math.pi * done)))


def loop(
    model: nn.Module,
    options: argparse.Namespace,
    *,
    begin: Callable[[], None],
    draw: Callable[[int], T],
    backward: Callable[[T], Mapping[str, Figures]],
    evaluate: Callable[[], dict[str, float]],
    warmup: int = 100,
) -> None:
    """Train until `options.steps`, logging one JSON line an evaluation beside the checkpoint `options.out`.

    begin:    what a fresh model starts from; not called where there is a checkpoint.
    draw:     step -> its data, perhaps in a worker process.
    backward: data -> leaves gradients in the model, and gives figures, whose means are logged.
    options:  steps, every, out, muon_lr, adam_lr, tower_share, workers; minutes: be done by then, with the learning
              rate falling as steps or minutes run out, whichever is sooner.
    """
    peaks = (options.muon_lr, options.adam_lr)
    trainers = optimisers(model, *peaks, options.tower_share)
    step = resume(options.out, model, trainers)
    if step == 0:
        begin()
    began = time.time()
    seen: list[Mapping[str, Figures]] = []
    for drawn in drawn_ahead(draw, step, options.steps, options.workers):
        done = max(step / options.steps, (time.time() - began) / 60 / options.minutes)
        share = learning_rate(step, min(1.0, done), warmup)
        for trainer, peak in zip(trainers, peaks, strict=True):
            for group in trainer.param_groups:
                group["lr"] = peak * share * group["share"]
        seen.append(backward(drawn))
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for trainer in trainers:
            trainer.step()
            trainer.zero_grad()
        step += 1
        last = done >= 1.0 or step == options.steps
        if step % options.every == 0 or last:
            row = {"step": step, "seconds": round(time.time() - began), **_means(seen), **evaluate()}
            seen.clear()
            print(json.dumps(row), flush=True)
            with options.out.with_suffix(".jsonl").open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
            save(options.out, model, trainers, step)
        if last:
            break


def _means(seen: list[Mapping[str, Figures]]) -> dict[str, float]:
    return {name: round(float(torch.hstack([row[name] for row in seen]).mean()), 4) for name in seen[0]}
