"""(stream seed, range) -> what training reads: pixels, what every patch shows, scene graphs."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mini.labels import GRID, SIZE, Labels, labels_of, patch_objects
from scotoma.tabletop.render import Renderer
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import Scene

TRAIN_STREAM, HELD_OUT_STREAM = 1_000_001, 1_000_002
"""Streams that no run uses by default, so that nothing the minis were trained on is ever a test."""

T = TypeVar("T")


class JsonLines(Sequence[Any]):
    """The lines of some files as one sequence, each parsed when it is looked at: scenes take ten times their text."""

    def __init__(self, paths: Sequence[Path], parse: Callable[[Any], Any] = lambda row: row) -> None:
        self._lines = [line for path in paths for line in path.read_bytes().splitlines()]
        self._parse = parse

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._parse(json.loads(line)) for line in self._lines[at]]
        return self._parse(json.loads(self._lines[at]))


@dataclass(frozen=True)
class Shard:
    """pixels: uint8 (N, SIZE, SIZE, 3). labels: what every patch shows. scenes: N scene graphs."""

    pixels: NDArray[np.uint8]
    labels: Labels
    scenes: Sequence[Scene]


def render_shard(stream: int, size: int, folder: Path, start: int, stop: int) -> None:
    """Render images start..stop-1 into `folder`/STREAM-START.*, unless they are there already.

    size: images a full shard; a picture must not depend on where the last shard ends.
    """
    stem = folder / f"{stream}-{start:06d}"
    if stem.with_suffix(".scenes.jsonl").exists():
        return
    # A picture of a run has 4 x 4 samples for each pixel that the minis see (224 px, supersample 2, halved). Half of
    # that is nearly the same and twice as quick, so only every fourth shard pays for it.
    renderer = Renderer(SIZE, supersample=4 if (start // size) % 4 == 0 else 2)
    n = stop - start
    pixels = np.zeros((n, SIZE, SIZE, 3), np.uint8)
    patches = np.zeros((n, GRID, GRID), np.uint8)
    scenes = []
    for row, index in enumerate(range(start, stop)):
        rendered = renderer.render(sample_scene(stream, index))
        pixels[row] = rendered.pixels
        patches[row] = patch_objects(rendered.ids)
        scenes.append(rendered.scene)
    renderer.close()
    labels = labels_of(scenes, patches)
    np.save(stem.with_suffix(".pixels.npy"), pixels)
    np.save(stem.with_suffix(".classes.npy"), labels.classes)
    np.save(stem.with_suffix(".places.npy"), labels.places)
    write_lines(
        stem.with_suffix(".scenes.jsonl"),
        [json.dumps(scene.to_truth(), separators=(",", ":")) for scene in scenes],
    )


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a file whole or not at all."""
    partial_file = path.with_suffix(".part")
    partial_file.write_text("".join(line + "\n" for line in lines), "utf-8")
    partial_file.replace(path)


def shard_stems(stream: int, folder: Path) -> list[Path]:
    """Finished shards of a stream, in order."""
    stems = sorted(path.with_suffix("").with_suffix("") for path in folder.glob(f"{stream}-*.scenes.jsonl"))
    if not stems:
        raise SystemExit(f"no images of stream {stream} in {folder}; render them first: train_mini.py images")
    return stems


def load_shards(stream: int, folder: Path) -> Shard:
    """All finished shards of a stream, in order."""
    stems = shard_stems(stream, folder)
    scenes = JsonLines([stem.with_suffix(".scenes.jsonl") for stem in stems], Scene.from_truth)

    def joined(suffix: str, axis: int) -> NDArray[Any]:
        return np.concatenate([np.load(stem.with_suffix(suffix), mmap_mode="r") for stem in stems], axis)

    return Shard(
        joined(".pixels.npy", 0), Labels(joined(".classes.npy", 1), joined(".places.npy", 0)), scenes
    )


def in_processes(work: Callable[[T], None], items: Sequence[T], processes: int, said: str) -> None:
    """Do the work on every item, in `processes` processes; says what is ready."""
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for number, _ in enumerate(pool.map(work, items), 1):
            print(f"{said}: {number} of {len(items)}", flush=True)


def _render(bounds: tuple[int, int], *, stream: int, size: int, folder: Path) -> None:
    os.environ["LP_NUM_THREADS"] = "1"
    render_shard(stream, size, folder, *bounds)


def main(arguments: list[str]) -> None:
    """Render part of a stream: one process a core is the quickest way."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--stream", type=int, default=TRAIN_STREAM)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--stop", type=int, default=24_000)
    parser.add_argument("--shard", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args(arguments)
    options.data.mkdir(parents=True, exist_ok=True)
    bounds = [
        (start, min(options.stop, start + options.shard))
        for start in range(options.start, options.stop, options.shard)
    ]
    work = partial(_render, stream=options.stream, size=options.shard, folder=options.data)
    in_processes(
        work, bounds, options.processes, f"stream {options.stream}, shards of {options.shard} images"
    )
