"""Train the mini models. Stages, in order: images, dense, texts, packed, questioner, ship; each resumes.

    python recipes/train_mini.py images --start 0 --stop 48000
    python recipes/train_mini.py dense
    ...
See docs/mini-models.md for the whole sequence, its curves and what it cost.
"""

from __future__ import annotations

import importlib
import sys

STAGES = ("images", "dense", "texts", "packed", "questioner", "checkpoint", "ship", "measure", "curves")


def main() -> None:
    """Hand the rest of the command line to the stage's own module."""
    if len(sys.argv) < 2 or sys.argv[1] not in STAGES:
        raise SystemExit(f"usage: train_mini.py {{{','.join(STAGES)}}} [options]")
    importlib.import_module(f"mini.{sys.argv[1]}").main(sys.argv[2:])


if __name__ == "__main__":
    main()
