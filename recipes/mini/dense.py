"""images -> tower: every patch says what object it shows. The truth is exact, so supervision can be dense.

Heads a patch: category (0 = table), colour, material, size, facing, text, hidden; and where the object's centre is.
The heads are thrown away; the tower goes into the LLaVA.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import SiglipVisionConfig, SiglipVisionModel

from mini.images import GRID, HELD_OUT_STREAM, TRAIN_STREAM, load_shards
from mini.loop import loop
from mini.model import tower_config
from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle.measures import HIDDEN_BELOW, WHOLE_ABOVE
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Scene

CELLS = GRID * GRID
IGNORE = -100
WEIGHTS = {"category": 2.0, "facing": 0.5, "text": 0.1}
"""Of the heads' losses, 1 for the others. Which word a sign bears is learned by heart long before it is read."""


def class_names() -> dict[str, list[str]]:
    """Classes of each head."""
    return {
        "category": ["table", *catalogue().categories],
        "colour": list(COLOURS),
        "material": list(MATERIALS),
        "size": list(SIZES),
        "facing": ["toward", "right", "away", "left"],
        "text": list(SIGN_WORDS),
        "hidden": ["no", "yes"],
    }


@dataclass(frozen=True)
class Labels:
    """classes: int64 (heads, N, CELLS), IGNORE where a head has nothing to say. places: float32 (N, CELLS, 2), u and
    depth of the object's centre; owner: bool (N, CELLS), True where an object fills the patch."""

    classes: NDArray[np.int64]
    places: NDArray[np.float32]
    owner: NDArray[np.bool_]


def labels_of(scenes: list[Scene], patches: NDArray[np.uint8]) -> Labels:
    """Per-patch labels from the object under each patch."""
    names = class_names()
    index = [{name: i for i, name in enumerate(values)} for values in names.values()]
    n = len(scenes)
    classes = np.full((len(names), n, CELLS), IGNORE, np.int16)
    places = np.zeros((n, CELLS, 2), np.float32)
    flat = patches.reshape(n, CELLS)
    classes[0][flat == 0] = 0
    for row, scene in enumerate(scenes):
        for item in scene.objects:
            cells = flat[row] == item.id
            if not cells.any():
                continue
            hidden = "yes" if item.visible < HIDDEN_BELOW else "no" if item.visible > WHOLE_ABOVE else None
            values = (item.category, item.colour, item.material, item.size, item.facing, item.text, hidden)
            for head, value in enumerate(values):
                if value is not None:
                    classes[head, row, cells] = index[head][value]
            places[row, cells] = (item.u, (item.depth - 1.2) / 1.5)
    return Labels(classes, places, flat > 0)


class DenseTower(nn.Module):
    """SigLIP tower with linear heads: pixels (B, 3, SIZE, SIZE) in -1..1 -> logits (B, CELLS, classes), places."""

    def __init__(self, config: SiglipVisionConfig) -> None:
        super().__init__()
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
        if (target != IGNORE).any():
            own = functional.cross_entropy(head.flatten(0, 1), target.flatten(), ignore_index=IGNORE)
            loss = loss + WEIGHTS.get(name, 1.0) * own
    owned = classes[1] != IGNORE
    return loss + 10.0 * functional.mse_loss(guessed[owned], places[owned])


def to_pixels(batch: NDArray[np.uint8]) -> torch.Tensor:
    """uint8 (B, SIZE, SIZE, 3) -> float (B, 3, SIZE, SIZE) in -1..1, as the SigLIP image processor scales."""
    return torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 127.5 - 1.0


@torch.inference_mode()
def evaluate(model: DenseTower, pixels: NDArray[np.uint8], labels: Labels) -> dict[str, float]:
    """Share of patches that each head gets right, over patches where it is asked; rms error of the places."""
    model.eval()
    right = np.zeros(len(labels.classes))
    asked = np.zeros(len(labels.classes))
    squared, owned = 0.0, 0
    for start in range(0, len(pixels), 100):
        rows = slice(start, start + 100)
        logits, guessed = model(to_pixels(pixels[rows]))
        for head, guess in enumerate(logits):
            target = labels.classes[head, rows]
            asks = target > 0 if head == 0 else target != IGNORE
            right[head] += (guess.argmax(-1).numpy() == target)[asks].sum()
            asked[head] += asks.sum()
        mine = labels.owner[rows]
        squared += float(((guessed.numpy() - labels.places[rows])[mine] ** 2).sum())
        owned += int(mine.sum())
    model.train()
    figures = {
        name: round(float(r / max(1, a)), 4) for name, r, a in zip(class_names(), right, asked, strict=True)
    }
    return figures | {"place_rms": round(math.sqrt(squared / max(1, 2 * owned)), 4)}


def mirrored(
    pixels: NDArray[np.uint8], classes: NDArray[np.int16], places: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.int16], NDArray[np.float32]]:
    """Pictures and labels as a mirror shows them: columns and left/right swap; mirrored words are no words."""
    heads = list(class_names())
    facing, text = heads.index("facing"), heads.index("text")
    toward_to = np.array([0, 3, 2, 1], np.int16)
    order = np.arange(CELLS).reshape(GRID, GRID)[:, ::-1].ravel()
    turned = classes[:, :, order].copy()
    asked = turned[facing] != IGNORE
    turned[facing][asked] = toward_to[turned[facing][asked]]
    turned[text] = IGNORE
    moved = places[:, order].copy()
    moved[..., 0] = np.where(turned[1] != IGNORE, 1.0 - moved[..., 0], moved[..., 0])
    return np.ascontiguousarray(pixels[:, :, ::-1]), turned, moved


def half_mirrored(
    pixels: NDArray[np.uint8], classes: NDArray[np.int16], places: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.int16], NDArray[np.float32]]:
    """Every other picture in a mirror: twice as many pictures for nothing."""
    half = len(pixels) // 2
    turned = mirrored(pixels[:half], classes[:, :half], places[:half])
    return (
        np.concatenate([turned[0], pixels[half:]]),
        np.concatenate([turned[1], classes[:, half:]], 1),
        np.concatenate([turned[2], places[half:]]),
    )


def start_from_packed(model: DenseTower, path: Path) -> None:
    """Take over the tower and the heads that a packed training left."""
    state = torch.load(path)["model"]
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
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(every=100, tower_share=1.0)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    shard, held_out = load_shards(TRAIN_STREAM, options.data), load_shards(HELD_OUT_STREAM, options.data)
    labels = labels_of(shard.scenes, shard.patches)
    test = labels_of(held_out.scenes[:500], held_out.patches[:500])
    model = DenseTower(tower_config())

    def begin() -> None:
        if options.start:
            start_from_packed(model, options.start)

    def backward(step: int) -> dict[str, float]:
        rows = np.random.default_rng((options.seed, step)).integers(0, len(shard.scenes), options.batch)
        pixels, classes, places = half_mirrored(
            shard.pixels[rows], labels.classes[:, rows], labels.places[rows]
        )
        loss = dense_loss(
            *model(to_pixels(pixels)), torch.from_numpy(classes.astype(np.int64)), torch.from_numpy(places)
        )
        loss.backward()  # type: ignore[no-untyped-call]
        return {"loss": loss.item()}

    loop(
        model,
        options,
        begin=begin,
        backward=backward,
        evaluate=lambda: evaluate(model, held_out.pixels[:500], test),
    )
