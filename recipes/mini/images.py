"""(stream seed, range) -> arrays that training reads: pixels, the object under every patch, scene graphs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scotoma.tabletop.render import Renderer
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import Scene

SIZE = 112
PATCH = 14
GRID = SIZE // PATCH
TRAIN_STREAM, HELD_OUT_STREAM = 1_000_001, 1_000_002
"""Streams that no run uses by default, so that nothing the minis were trained on is ever a test."""


@dataclass(frozen=True)
class Shard:
    """pixels: uint8 (N, SIZE, SIZE, 3). patches: uint8 (N, GRID, GRID), the id of the object that fills most of a
    patch, 0 if the table does. scenes: N scene graphs."""

    pixels: NDArray[np.uint8]
    patches: NDArray[np.uint8]
    scenes: list[Scene]


def render_shard(stream: int, start: int, stop: int, folder: Path) -> None:
    """Render images start..stop-1 into `folder`/STREAM-START.*, unless they are there already."""
    stem = folder / f"{stream}-{start:06d}"
    if stem.with_suffix(".jsonl").exists():
        return
    # A picture of a run has 4 x 4 samples for each pixel that the minis see (224 px, supersample 2, halved). Half of
    # that is nearly the same and twice as quick, so only every fourth shard pays for it.
    renderer = Renderer(SIZE, supersample=4 if (start // max(1, stop - start)) % 4 == 0 else 2)
    n = stop - start
    pixels = np.zeros((n, SIZE, SIZE, 3), np.uint8)
    patches = np.zeros((n, GRID, GRID), np.uint8)
    lines = []
    for row, index in enumerate(range(start, stop)):
        rendered = renderer.render(sample_scene(stream, index))
        pixels[row] = rendered.pixels
        patches[row] = patch_objects(rendered.ids)
        lines.append(json.dumps(rendered.scene.to_truth(), separators=(",", ":")))
    np.save(stem.with_suffix(".pixels.npy"), pixels)
    np.save(stem.with_suffix(".patches.npy"), patches)
    partial = stem.with_suffix(".part")
    partial.write_text("\n".join(lines), "utf-8")
    partial.replace(stem.with_suffix(".jsonl"))


def patch_objects(ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Object of each patch (GRID, GRID) from an id picture: the largest, if objects cover a quarter of the patch."""
    side = ids.shape[0] // GRID
    cells = ids.reshape(GRID, side, GRID, side).transpose(0, 2, 1, 3).reshape(GRID * GRID, side * side)
    counts = np.stack([np.bincount(cell, minlength=16) for cell in cells])
    counts[:, 0] = np.where(counts[:, 1:].sum(1) > 0.25 * side * side, 0, counts[:, 0])
    return counts.argmax(1).astype(np.uint8).reshape(GRID, GRID)


def load_shards(stream: int, folder: Path) -> Shard:
    """All finished shards of a stream, in order. Pixels stay memory-mapped where there is one shard only."""
    stems = sorted(path.with_suffix("") for path in folder.glob(f"{stream}-*.jsonl"))
    if not stems:
        raise SystemExit(
            f"no images of stream {stream} in {folder}; render them first: recipes/train_mini.py images"
        )
    pixels = np.concatenate([np.load(stem.with_suffix(".pixels.npy"), mmap_mode="r") for stem in stems])
    patches = np.concatenate([np.load(stem.with_suffix(".patches.npy")) for stem in stems])
    return Shard(pixels, patches, list(load_scenes(stream, folder)))


def load_scenes(stream: int, folder: Path) -> Iterator[Scene]:
    """Scene graphs of all finished shards of a stream, in order."""
    for stem in _stems(stream, folder):
        for line in stem.with_suffix(".jsonl").read_text("utf-8").splitlines():
            yield Scene.from_truth(json.loads(line))


def _stems(stream: int, folder: Path) -> list[Path]:
    stems = sorted(path.with_suffix("") for path in folder.glob(f"{stream}-*.jsonl"))
    if not stems:
        raise SystemExit(f"no images of stream {stream} in {folder}; render them first: train_mini.py images")
    return stems


def main(arguments: list[str]) -> None:
    """Render part of a stream: one process a core is the quickest way."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--stream", type=int, default=TRAIN_STREAM)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--stop", type=int, default=24_000)
    parser.add_argument("--shard", type=int, default=2_000)
    options = parser.parse_args(arguments)
    os.environ["LP_NUM_THREADS"] = "1"
    options.data.mkdir(parents=True, exist_ok=True)
    for start in range(options.start, options.stop, options.shard):
        render_shard(options.stream, start, min(options.stop, start + options.shard), options.data)
        print(
            f"stream {options.stream}: images up to {min(options.stop, start + options.shard)} are ready",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
