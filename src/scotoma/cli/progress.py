"""Progress of a run -> a bar on a terminal, plain lines in a pipe: a `scotoma.training.progress.Progress`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from scotoma.cli.terminal import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from scotoma.ledger import Spent


class Watch:
    """Shows stages of a run: the line of every step, and under it, on a terminal, a bar.

    spent: what the calls of models have come to so far; asked once a step. None: nothing is said of it.
    """

    def __init__(self, console: Console, spent: Callable[[], Spent] | None = None) -> None:
        self._console = console
        self._spent = spent
        self._bar: Progress | None = None
        self._stage = ""
        self._total = self._done = self._done_before = 0
        self._began_s = 0.0

    def begin(self, stage: str, total: int, done: int = 0) -> None:
        """A stage of `total` units begins, `done` of them in an earlier sitting."""
        self.end()
        self._stage, self._total = clean(stage), total
        self._done = self._done_before = done
        self._began_s = time.monotonic()
        if self._console.is_terminal:
            self._bar = bar(self._console)
            self._bar.add_task(self._stage, total=total, completed=done, extra="")
            self._bar.start()
        else:
            already = f", {done} done before" if done else ""
            self._console.print(f"{self._stage}: {total}{already}")

    def advance(self, units: int, metrics: Mapping[str, float]) -> None:
        """More units are done; metrics are of the step just ended."""
        self._done += units
        if metrics:
            from scotoma.training.console import step_line

            self._console.print(step_line(metrics), soft_wrap=True)
        if self._bar is not None:
            extra = " · ".join([rate(self._done - self._done_before, self._began_s), *self._bill()])
            self._bar.update(self._bar.task_ids[0], advance=units, extra=extra)

    def end(self) -> None:
        """The stage is over, or was broken off."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        elif self._stage:
            self._console.print(
                ", ".join([f"{self._stage}: {self._done} of {self._total} done", *self._bill()])
            )
        self._stage = ""

    def _bill(self) -> list[str]:
        return [] if self._spent is None else bill(self._spent())


def bill(spent: Spent) -> list[str]:
    """Calls; what they cost, if any price is known; how many calls have none."""
    told = [f"{spent.calls:,} calls"]
    if spent.usd:
        told.append(f"${spent.usd:,.4f}")
    if spent.unpriced:
        told.append(f"{spent.unpriced:,} of unknown price")
    return told


def rate(done: int, began_s: float) -> str:
    """Units a second, or a minute where that is easier to read."""
    elapsed_s = max(1e-9, time.monotonic() - began_s)
    return f"{done / elapsed_s:.1f}/s" if done >= elapsed_s else f"{60 * done / elapsed_s:.1f}/min"


def bar(console: Console) -> Progress:
    """A bar with count, a field `extra`, time spent and time left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[extra]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
