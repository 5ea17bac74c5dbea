"""texts -> trained model: what the packed stages share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from mini.dense import to_pixels, to_tensors
from mini.images import HELD_OUT_STREAM, TRAIN_STREAM, Shard, load_shards
from mini.labels import Labels
from mini.loop import Figures, loop, machine_options, prepare
from mini.model import build_tokenizer
from mini.packed import PackedModel, Texts
from mini.packing import Batch, Packer, Segment, collate
from mini.texts import load_texts

Drawn = tuple[NDArray[np.uint8], Labels, Batch]
"""Pictures, what their patches show, and the segments behind them."""


@dataclass(frozen=True)
class World:
    """Everything that the stages read."""

    train: Shard
    tests: Shard
    texts: Sequence[Texts]
    test_texts: Sequence[Texts]
    packer: Packer
    words: int


@dataclass(frozen=True)
class Task:
    """draw: segments for one image.  evaluate: figures on held-out images.  begin: where a fresh model starts from."""

    draw: Callable[[int, np.random.Generator], list[Segment]]
    evaluate: Callable[[PackedModel], dict[str, float]]
    begin: Callable[[PackedModel], None]
    blind: bool = False


def common_options(parser: argparse.ArgumentParser, *, out: str, steps: int) -> None:
    """Options of every packed stage."""
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--out", type=Path, default=Path("data/mini") / out)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--batch", type=int, default=16, help="images a step")
    machine_options(parser)
    parser.add_argument("--muon-lr", type=float, default=0.01)
    parser.add_argument("--adam-lr", type=float, default=1e-3)
    parser.add_argument("--tower-share", type=float, default=0.1, help="of the learning rates, for the tower")
    parser.add_argument("--dense-weight", type=float, default=0.1)
    parser.add_argument("--every", type=int, default=100, help="steps between evaluations and checkpoints")


def load_world(options: argparse.Namespace) -> World:
    """Read the images and texts of both streams."""
    train, tests = load_shards(TRAIN_STREAM, options.data), load_shards(HELD_OUT_STREAM, options.data)
    tokenizer = build_tokenizer()
    return World(
        train,
        tests,
        load_texts(TRAIN_STREAM, options.data),
        load_texts(HELD_OUT_STREAM, options.data),
        Packer(tokenizer.get_vocab()),
        len(tokenizer),
    )


def start_from_tower(model: PackedModel, path: Path) -> None:
    """Put the densely trained tower and its heads into a fresh model."""
    dense = torch.load(path, map_location="cpu")["model"]
    tower = {name.removeprefix("tower."): value for name, value in dense.items() if name.startswith("tower.")}
    model.llava.model.vision_tower.load_state_dict(tower)
    heads = {name: value for name, value in dense.items() if not name.startswith("tower.")}
    model.dense.load_state_dict(heads, strict=False)


def start_from(model: PackedModel, path: Path) -> None:
    """Take over a packed checkpoint."""
    model.load_state_dict(torch.load(path, map_location="cpu")["model"])


def seeing_model(world: World, options: argparse.Namespace) -> PackedModel:
    """A fresh model; its tower stays as it begins where its share of the learning rates is 0."""
    device = prepare(options)
    model = PackedModel(world.words, options.side).to(device)
    if options.tower_share == 0.0:
        model.llava.model.vision_tower.requires_grad_(False)
    return model


def run(world: World, task: Task, options: argparse.Namespace) -> None:
    """Train on what the task draws, see `mini.loop`."""
    model = seeing_model(world, options)

    def draw(step: int) -> Drawn:
        rng = np.random.default_rng((options.seed, step))
        rows = rng.integers(0, len(world.texts), options.batch)
        segments = [task.draw(int(row), rng) for row in rows]
        return world.train.pixels[rows], world.train.labels[rows], collate(segments)

    loop(
        model,
        options,
        begin=lambda: task.begin(model),
        draw=draw,
        backward=lambda drawn: _backward(model, task, options, drawn),
        evaluate=lambda: task.evaluate(model),
    )


def _backward(
    model: PackedModel, task: Task, options: argparse.Namespace, drawn: Drawn
) -> dict[str, Figures]:
    device = model.llava.device
    pixels, labels, batch = drawn
    batch = batch.to(device)
    shown = to_pixels(pixels, model.side).to(device)
    logits, state = model(torch.zeros_like(shown) if task.blind else shown, batch)
    words = functional.cross_entropy(logits, batch.targets, reduction="none")
    loss = (words * batch.weights).sum() / batch.weights.sum()
    dense = loss.new_zeros(())
    if not task.blind and options.dense_weight:
        dense = model.dense_loss(state, *to_tensors(labels, device))
    (loss + options.dense_weight * dense).backward()  # type: ignore[no-untyped-call]
    return {"loss": loss.detach(), "dense": dense.detach()}
