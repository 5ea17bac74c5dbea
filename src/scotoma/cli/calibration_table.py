"""Calibration -> tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scotoma.analysis.calibration import Accuracy, Calibration, Rate
from scotoma.cli.terminal import clean
from scotoma.report import wording

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from scotoma.analysis.statistics import Interval


def print_calibration(console: Console, figures: Calibration, calls: int) -> None:
    """The rates with both intervals, then by skill and by cause of invalidity."""
    console.print(rates_table(figures))
    console.print(skills_table(figures))
    if figures.causes:
        console.print(causes_table(figures))
    told = f"{figures.questions:,} questions about {figures.images:,} images, {calls:,} verifier calls"
    console.print(told)


def rates_table(figures: Calibration) -> Table:
    """One row a rate: estimate, both intervals, trials."""
    table = _table("", "rate", "95%, images resampled", "95%, Wilson", "judged")
    for what, accuracy in (("validity", figures.validity), ("correctness", figures.correctness)):
        for name, rate in _named(accuracy):
            table.add_row(f"{what}: {name}", *_cells(rate))
    table.add_row("hedged answers left unscored", *_cells(figures.hedges))
    return table


def skills_table(figures: Calibration) -> Table:
    """One row a skill, rates with the interval of resampled images."""
    table = _table(
        "skill", "questions", "valid found", "invalid found", "right found", "wrong found", "abstained"
    )
    for row in figures.skills:
        both = (row.validity, row.correctness)
        found = [rate for accuracy in both for rate in (accuracy.sensitivity, accuracy.specificity)]
        table.add_row(
            wording.skill_name(row.skill),
            f"{row.questions:,}",
            *(wording.rate(_resampled(rate), 0) for rate in found),
            wording.percent(_estimate(row.correctness.abstention), 0),
        )
    return table


def causes_table(figures: Calibration) -> Table:
    """One row a cause: how often such a question was called invalid."""
    table = _table("invalid because", "questions", "called invalid")
    for row in figures.causes:
        cause = clean(row.cause.replace("_", " "))
        table.add_row(cause, f"{row.questions:,}", wording.rate(_resampled(row.found), 0))
    return table


def _table(first: str, *headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _named(accuracy: Accuracy) -> tuple[tuple[str, Rate | None], ...]:
    return (
        ("sensitivity", accuracy.sensitivity),
        ("specificity", accuracy.specificity),
        ("abstained", accuracy.abstention),
    )


def _cells(rate: Rate | None) -> tuple[str, str, str, str]:
    if rate is None:
        return wording.NOTHING, wording.NOTHING, wording.NOTHING, "0"
    return (
        wording.percent(rate.bootstrap.estimate),
        wording.span(rate.bootstrap),
        wording.span(rate.wilson),
        f"{rate.bootstrap.n:,}",
    )


def _resampled(rate: Rate | None) -> Interval | None:
    return None if rate is None else rate.bootstrap


def _estimate(rate: Rate | None) -> float | None:
    return None if rate is None else rate.bootstrap.estimate
