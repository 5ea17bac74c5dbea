"""docs/curves/*.jsonl -> docs/pictures/mini-curves.png: how the minis learned. Needs matplotlib (extra `recipes`)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

PANELS = (
    ("dense", "The tower: patches right", ("category", "colour", "material", "size", "facing", "text")),
    (
        "packed",
        "The candidate: questions right",
        ("mix", "existence", "colour", "material", "category", "counting"),
    ),
    ("questioner", "The questioner: valid questions", ("valid_base", "valid_skills", "needs_named")),
)


def read_curve(path: Path) -> list[dict[str, Any]]:
    """Rows of one training, in order; where a training began anew its steps count on from the last."""
    rows, offset, last = [], 0, 0
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["step"] <= last - offset:
            offset = last
        last = offset + row["step"]
        rows.append(row | {"step": last})
    return rows


def main(arguments: list[str]) -> None:
    """Draw the curves of every stage that has any."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--curves", type=Path, default=Path("docs/curves"))
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/mini-curves.png"))
    options = parser.parse_args(arguments)
    figure, axes = pyplot.subplots(1, len(PANELS), figsize=(13, 4), layout="constrained")
    for axis, (stage, title, names) in zip(axes, PANELS, strict=True):
        rows = read_curve(options.curves / f"{stage}.jsonl")
        for name in names:
            points = [(row["step"], row[name]) for row in rows if name in row]
            axis.plot(*zip(*points, strict=True), label=name.replace("_", " "), linewidth=1.6)
        axis.set(title=title, xlabel="step", ylim=(0, 1))
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8, ncols=2)
    figure.savefig(options.out, dpi=90)
