"""discover flags -> how much of a run is spent outside the models' forward and backward passes.

    python benchmarks/own_time.py --questioner hf:DIR --candidate hf:DIR --steps 20

Counts wall and CPU seconds inside any top-level module call, inside backward, and inside the optimiser; the rest is
ours and the libraries'. Run it on a quiet machine for wall time; CPU time also holds on a busy one.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from scotoma.config import load_config
from scotoma.discovery import discover
from scotoma.training.console import step_line
from scotoma.training.progress import Silent


class Clock:
    """Wall and CPU seconds in outermost calls of what it wraps."""

    def __init__(self) -> None:
        self.wall: Counter[str] = Counter()
        self.cpu: Counter[str] = Counter()
        self._inside = False

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its outermost calls counted under a name."""

        def timed(*args: Any, **options: Any) -> Any:
            if self._inside:
                return function(*args, **options)
            self._inside = True
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return function(*args, **options)
            finally:
                self._inside = False
                self.wall[name] += time.perf_counter() - wall
                self.cpu[name] += time.process_time() - cpu

        return timed


def main() -> None:
    """Run once and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questioner", default="mini")
    parser.add_argument("--candidate", default="mini")
    parser.add_argument("--images", default="tabletop")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--kl-beta", type=float, default=0.06)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--profile", action="store_true", help="print where our own time goes")
    given = vars(parser.parse_args())
    profile = given.pop("profile")
    clock = Clock()
    torch.nn.Module.__call__ = clock.wrap("forward", torch.nn.Module.__call__)  # type: ignore[method-assign]
    torch.Tensor.backward = clock.wrap("backward", torch.Tensor.backward)  # type: ignore[method-assign]
    torch.optim.AdamW.step = clock.wrap("optimiser", torch.optim.AdamW.step)  # type: ignore[method-assign]
    started: list[float] = []

    class AfterWarmUp(Silent):
        """Starts the clocks after the second step, when everything has been loaded once."""

        def advance(self, units: int, metrics: Any) -> None:
            if metrics:
                print(step_line(metrics), flush=True)
            if metrics.get("step") == 2:
                clock.wall.clear()
                clock.cpu.clear()
                started[:] = [time.perf_counter(), time.process_time()]
                if profile:
                    profiler.enable()
            if metrics.get("step") == given["steps"]:
                started.extend([time.perf_counter() - started[0], time.process_time() - started[1]])
                profiler.disable()

    profiler = cProfile.Profile()
    with tempfile.TemporaryDirectory() as folder:
        flags = given | {
            "out": str(Path(folder) / "run"),
            "eval_images": 0,
            "confirm_calls": 0,
            "checkpoint_every": 10,
        }
        discover(load_config(flags=flags), progress=AfterWarmUp())
    wall, cpu = started[2:]
    steps = given["steps"] - 2
    for name in ("forward", "backward", "optimiser"):
        print(
            f"{name:10} {clock.wall[name] / steps:6.2f} s wall, {clock.cpu[name] / steps:6.2f} s CPU a step"
        )
    rest = [wall - sum(clock.wall.values()), cpu - sum(clock.cpu.values())]
    print(f"{'the rest':10} {rest[0] / steps:6.2f} s wall, {rest[1] / steps:6.2f} s CPU a step")
    print(f"{'all':10} {wall / steps:6.2f} s wall, {cpu / steps:6.2f} s CPU a step")
    print(f"outside models and optimiser: {rest[0] / wall:.1%} of wall, {rest[1] / cpu:.1%} of CPU time")
    if profile:
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
