"""Metrics of a step -> one line on a terminal, above a progress bar with rate and time left."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

_COLUMNS = (
    ("step", "step", "{:>4.0f}"),
    ("reward", "reward", "{:+.2f}"),
    ("reward/failure", "fail", "{:+.2f}"),
    ("reward/novelty_sem", "sem", "{:.2f}"),
    ("reward/novelty_lex", "lex", "{:.2f}"),
    ("reward/novelty_mix", "mix", "{:.2f}"),
    ("valid_share", "valid", "{:.0%}"),
    ("fdr_asked", "FDR asked", "{:.0%}"),
    ("fdr_valid", "FDR valid", "{:.0%}"),
    ("skills", "skills", "{:.2f}"),
    ("new_compositions", "new", "{:.0f}"),
    ("compositions", "comps", "{:.0f}"),
    ("self_bleu", "sBLEU", "{:.2f}"),
    ("kl", "KL", "{:.3f}"),
    ("entropy", "H", "{:.2f}"),
)
_SECONDS = "seconds/"


class ConsoleProgress:
    """Writes to a rich console. With `lines=False` only the bar is shown."""

    def __init__(self, console: Console, *, lines: bool = True) -> None:
        self._console = console
        self._lines = lines
        self._bar: Progress | None = None

    def begin(self, stage: str, total: int, done: int = 0) -> None:
        """Show a bar for the stage."""
        self.end()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*columns, TimeRemainingColumn(), console=self._console, transient=True)
        self._bar.add_task(stage, total=total, completed=done)
        self._bar.start()

    def advance(self, units: int, metrics: Mapping[str, float]) -> None:
        """Move the bar and print the step's line."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], units)
        if self._lines and metrics:
            self._console.print(step_line(metrics), highlight=False, markup=False, soft_wrap=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def step_line(metrics: Mapping[str, float]) -> str:
    """The metrics of a step in one line; what is missing is left out.

    >>> step_line({"step": 3, "valid_share": 0.9, "seconds/ask": 0.5})
    'step    3 · valid 90% · 0.5 s (ask 0.5)'
    """
    parts = [f"{label} {form.format(metrics[name])}" for name, label, form in _COLUMNS if name in metrics]
    seconds = {
        name.removeprefix(_SECONDS): value for name, value in metrics.items() if name.startswith(_SECONDS)
    }
    if seconds:
        shares = " ".join(f"{name} {value:.1f}" for name, value in seconds.items() if value >= 0.05)
        parts.append(f"{sum(seconds.values()):.1f} s" + (f" ({shares})" if shares else ""))
    return " · ".join(parts)
