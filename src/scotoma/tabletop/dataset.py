"""(n, seed) -> a folder of PNGs and `truth.jsonl`, one line an image: what `scotoma images tabletop` writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from scotoma.errors import ImagesError
from scotoma.identity import image_id
from scotoma.tabletop.farm import Farm


def write_dataset(
    n: int,
    seed: int,
    out: Path,
    size: int = 224,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Render images 0..n-1 of stream `seed` into `out` (new or empty) and return the path of truth.jsonl.

    size: pixels a side.  workers: processes; the files do not depend on it.  progress: called with the count so far.
    Raises ImagesError if `out` holds files already, RenderError without OpenGL; OSError as the disk has it.
    """
    if n < 1:
        raise ImagesError(f"--n must be at least 1, not {n}")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise ImagesError(f"{out} is not empty; choose a new folder with --out")
    truth_path = out / "truth.jsonl"
    with truth_path.open("w", encoding="utf-8") as lines, Farm(size, workers) as farm:
        for finished in farm.stream(seed, range(n)):
            name = f"{finished.index:06d}.png"
            (out / name).write_bytes(finished.png)
            row = {"file": name, "id": image_id(finished.png), "truth": finished.scene.to_truth()}
            lines.write(json.dumps(row, separators=(",", ":")) + "\n")
            if progress is not None:
                progress(finished.index + 1)
    return truth_path
