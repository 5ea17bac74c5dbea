"""images -> tower: every patch says what object it shows. The truth is exact, so supervision can be dense.

Heads a patch: category (0 = table), colour, material, size, facing, text, hidden; and where the object's centre is.
The heads are thrown away; the tower goes into the LLaVA.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import SiglipVisionConfig, SiglipVisionModel

from mini.images import HELD_OUT_STREAM, TRAIN_STREAM, load_shards
from mini.labels import CELLS, GRID, IGNORE, SIZE, Labels, class_names
from mini.loop import Figures, loop, machine_options, prepare
from mini.model import tower_config

WEIGHTS = {"category": 2.0, "facing": 0.5, "text": 0.1}
"""Of the heads' losses, 1 for the others. Which word a sign bears is learned by heart long before it is read."""


class DenseTower(nn.Module):
    """SigLIP tower with linear heads: pixels (B, 3, SIZE, SIZE) in -1..1 -> logits (B, CELLS, classes), places."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
        self.side: int = config.image_size
        self.tower = SiglipVisionModel(config)
        sizes = [len(values) for values in class_names().values()]
        self.heads = nn.ModuleList([nn.Linear(config.hidden_size, size) for size in sizes])
        self.place = nn.Linear(config.hidden_size, 2)

    def forward(self, pixels: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        return self.read(self.tower(pixel_values=pixels).last_hidden_state)

    def read(self, state: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """The tower's last state (B, CELLS, width) -> what the heads make of it."""
        return [head(state) for head in self.heads], self.place(state)


def dense_loss(
    logits: list[torch.Tensor], guessed: torch.Tensor, classes: torch.Tensor, places: torch.Tensor
) -> torch.Tensor:
    """Weighted sum of the heads' cross entropies, and 10 x the squared error of the places.

    classes: (heads, B, CELLS).
    """
    loss = guessed.new_zeros(())
    for name, head, target in zip(class_names(), logits, classes, strict=True):
        own = functional.cross_entropy(
            head.flatten(0, 1), target.flatten(), ignore_index=IGNORE, reduction="sum"
        ) / (target != IGNORE).sum().clamp(min=1)
        loss = loss + WEIGHTS.get(name, 1.0) * own
    owned = (classes[1] != IGNORE)[..., None]
    missed = ((guessed - places) ** 2 * owned).sum() / (2 * owned.sum()).clamp(min=1)
    return loss + 10.0 * missed


def to_pixels(batch: NDArray[np.uint8], side: int = SIZE) -> torch.Tensor:
    """uint8 (B, SIZE, SIZE, 3) -> float (B, 3, side, side) in -1..1, as the SigLIP image processor scales."""
    whole = torch.from_numpy(batch).permute(0, 3, 1, 2).float()
    return (functional.avg_pool2d(whole, SIZE // side).round() if side < SIZE else whole) / 127.5 - 1.0


def to_tensors(labels: Labels, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Classes and places as `dense_loss` takes them."""
    classes = torch.from_numpy(labels.classes).to(device).long()
    return classes, torch.from_numpy(labels.places).to(device)


@torch.inference_mode()
def evaluate(model: DenseTower, pixels: NDArray[np.uint8], labels: Labels) -> dict[str, float]:
    """Share of patches that each head gets right, over patches where it is asked; rms error of the places."""
    model.eval()
    right = np.zeros(len(labels.classes))
    asked = np.zeros(len(labels.classes))
    squared, owned = 0.0, 0
    for start in range(0, len(pixels), 100):
        rows = slice(start, start + 100)
        logits, guessed = model(to_pixels(pixels[rows], model.side).to(model.place.weight.device))
        for head, guess in enumerate(logits):
            target = labels.classes[head, rows]
            asks = target > 0 if head == 0 else target != IGNORE
            right[head] += (guess.argmax(-1).cpu().numpy() == target)[asks].sum()
            asked[head] += asks.sum()
        mine = labels.classes[1, rows] != IGNORE
        squared += float(((guessed.cpu().numpy() - labels.places[rows])[mine] ** 2).sum())
        owned += int(mine.sum())
    model.train()
    figures = {
        name: round(float(r / max(1, a)), 4) for name, r, a in zip(class_names(), right, asked, strict=True)
    }
    return figures | {"place_rms": round(math.sqrt(squared / max(1, 2 * owned)), 4)}


def mirrored(pixels: NDArray[np.uint8], labels: Labels) -> tuple[NDArray[np.uint8], Labels]:
    """Pictures and labels as a mirror shows them: columns and left/right swap; mirrored words are no words."""
    heads = list(class_names())
    facing, text = heads.index("facing"), heads.index("text")
    toward_to = np.array([0, 3, 2, 1], np.int8)
    order = np.arange(CELLS).reshape(GRID, GRID)[:, ::-1].ravel()
    turned = labels.classes[:, :, order].copy()
    asked = turned[facing] != IGNORE
    turned[facing][asked] = toward_to[turned[facing][asked]]
    turned[text] = IGNORE
    moved = labels.places[:, order].copy()
    moved[..., 0] = np.where(turned[1] != IGNORE, 1.0 - moved[..., 0], moved[..., 0])
    return np.ascontiguousarray(pixels[:, :, ::-1]), Labels(turned, moved)


def half_mirrored(pixels: NDArray[np.uint8], labels: Labels) -> tuple[NDArray[np.uint8], Labels]:
    """Every other picture in a mirror: twice as many pictures for nothing."""
    half = len(pixels) // 2
    turned, seen = mirrored(pixels[:half], labels[:half])
    rest = labels[half:]
    return np.concatenate([turned, pixels[half:]]), Labels(
        np.concatenate([seen.classes, rest.classes], 1), np.concatenate([seen.places, rest.places])
    )


def start_from_packed(model: DenseTower, path: Path) -> None:
    """Take over the tower and the heads that a packed training left."""
    state = torch.load(path, map_location="cpu")["model"]
    prefixes = {"llava.model.vision_tower.": "tower.", "dense.": ""}
    taken = {
        own + name.removeprefix(theirs): value
        for theirs, own in prefixes.items()
        for name, value in state.items()
        if name.startswith(theirs)
    }
    model.load_state_dict(taken)


def main(arguments: list[str]) -> None:
    """Train the tower; goes on from its checkpoint if there is one."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--out", type=Path, default=Path("data/mini/tower.pt"))
    parser.add_argument("--start", type=Path, help="a packed checkpoint whose tower to go on with")
    parser.add_argument("--steps", type=int, default=3500)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--muon-lr", type=float, default=0.012)
    parser.add_argument("--adam-lr", type=float, default=1e-3)
    parser.add_argument("--without-text", action="store_true", help="learn no words on signs")
    machine_options(parser)
    parser.add_argument("--every", type=int, default=100, help="steps between evaluations and checkpoints")
    parser.set_defaults(tower_share=1.0)
    options = parser.parse_args(arguments)
    device = prepare(options)
    shard, held_out = load_shards(TRAIN_STREAM, options.data), load_shards(HELD_OUT_STREAM, options.data)
    model = DenseTower(tower_config(options.side)).to(device)
    if options.without_text:
        shard.labels.classes[list(class_names()).index("text")] = IGNORE

    def begin() -> None:
        if options.start:
            start_from_packed(model, options.start)

    def draw(step: int) -> tuple[NDArray[np.uint8], Labels]:
        rows = np.random.default_rng((options.seed, step)).integers(0, len(shard.scenes), options.batch)
        return half_mirrored(shard.pixels[rows], shard.labels[rows])

    def backward(drawn: tuple[NDArray[np.uint8], Labels]) -> dict[str, Figures]:
        pixels, labels = drawn
        loss = dense_loss(*model(to_pixels(pixels, options.side).to(device)), *to_tensors(labels, device))
        loss.backward()  # type: ignore[no-untyped-call]
        return {"loss": loss.detach()}

    loop(
        model,
        options,
        begin=begin,
        draw=draw,
        backward=backward,
        evaluate=lambda: evaluate(model, held_out.pixels[:500], held_out.labels[:500]),
    )
