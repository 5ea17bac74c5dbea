"""Compared, Matrix -> tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scotoma.cli.taxonomy_table import short_names
from scotoma.cli.terminal import clean
from scotoma.report import wording

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from scotoma.comparing.comparing import Compared
    from scotoma.comparing.differences import Difference
    from scotoma.comparing.figures import RunFigures
    from scotoma.comparing.matrix import Cell, Matrix
    from scotoma.comparing.sharing import InRun, SideBySide

_BLEU_DIGITS = 3


def print_compared(console: Console, found: Compared) -> None:
    """Rates, what was found, differences, modes, and what the figures do not say."""
    console.print(rate_table(found))
    console.print(
        f"discovery is cut to the first {found.calls:,} candidate calls of each run; held out: frozen, on images that "
        "discovery never saw",
        soft_wrap=True,
    )
    console.print(finding_table(found))
    console.print(
        f"of valid questions; Vendi score over {found.sample:,} of each run ({found.embedder}); confirmed modes and "
        "costs are of whole runs",
        soft_wrap=True,
    )
    if found.differences:
        console.print(difference_table(found))
    if found.modes:
        console.print(mode_table(found))
        _print_shared(console, found)
    elif any(run.confirmed is not None for run in found.runs):
        console.print("No run has confirmed a failure mode.")
    for note in found.notes:
        console.print(f"note: {clean(note)}", soft_wrap=True)


def rate_table(found: Compared) -> Table:
    """One row a run: who asked whom, and the failure rates."""
    names = short_names(found.candidates)
    table = _table("run", "engine", "questioner", "candidate", "verifier")
    for heading in ("seed", "FDR asked [95%]", "FDR valid [95%]", "held out: asked", "valid"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in found.runs:
        at = run.setting
        table.add_row(
            clean(run.run),
            clean(at.engine),
            clean(wording.model_name(at.questioner)),
            names[at.candidate],
            clean(wording.model_name(at.verifier)),
            str(at.seed),
            wording.rate(run.discovery.fdr_asked),
            wording.rate(run.discovery.fdr_valid),
            wording.rate(run.held_out.fdr_asked if run.held_out else None),
            wording.rate(run.held_out.fdr_valid if run.held_out else None),
        )
    return table


def finding_table(found: Compared) -> Table:
    """One row a run: how much was asked, how varied it was, what was confirmed and at which cost."""
    table = _table("run")
    headings = ("asked", "valid", "skills", "combinations", "that fail", "self-BLEU", "Vendi", "confirmed modes",
                "calls", "calls a mode", "cost", "cost a mode")  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for run in found.runs:
        confirmed = wording.NOTHING if run.confirmed is None else f"{run.confirmed} of {run.claims}"
        table.add_row(
            clean(run.run),
            f"{run.discovery.asked:,}",
            f"{run.discovery.valid:,}",
            *(wording.number(count) for count in (run.skills, run.combinations, run.failing)),
            wording.number(run.self_bleu, _BLEU_DIGITS),
            wording.number(run.vendi),
            confirmed,
            f"{run.calls:,}",
            wording.number(run.calls_a_mode, 0),
            _cost(run),
            wording.NOTHING if run.usd_a_mode is None else f"${run.usd_a_mode:.4f}",
        )
    return table


def difference_table(found: Compared) -> Table:
    """One row a pair of runs and phase: differences in percentage points."""
    table = _table("FDR of", "less that of", "where")
    for heading in ("over asked [95%]", "over valid [95%]"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("images", overflow="fold")
    for at in found.differences:
        table.add_row(
            clean(at.first),
            clean(at.second),
            at.where,
            *(wording.points(one.difference if one else None) for one in (at.over_asked, at.over_valid)),
            clean(_pairing(at)),
        )
    return table


def mode_table(found: Compared) -> Table:
    """One row a confirmed mode, one column a run."""
    table = _table("confirmed failure mode")
    for run in found.runs:
        table.add_column(clean(run.run), justify="right", overflow="fold")
    for mode in found.modes:
        table.add_row(_mode(mode), *(_standing(entry) for entry in mode.runs))
    return table


def print_matrix(console: Console, found: Matrix) -> None:
    """FDR of every questioner on every candidate, and what transfers."""
    names = short_names(found.candidates)
    table = _table("FDR over asked [95%]")
    for candidate in found.candidates:
        table.add_column(names[candidate], justify="right", no_wrap=True)
    for label in found.questioners:
        cells = [found.cell(label, candidate) for candidate in found.candidates]
        table.add_row(clean(label), *(wording.rate(cell.figures.fdr_asked) for cell in cells))
        table.add_row("  over valid", *(wording.rate(cell.figures.fdr_valid) for cell in cells), style="dim")
        if any(cell.beside for cell in cells):
            table.add_row("  beside untrained", *map(_gain, cells))
    console.print(table)
    console.print(
        f"{found.images:,} held-out images, {found.questions:,} questions a cell; beside untrained: FDR over asked, "
        "paired by image; home: the candidate that it was trained on",
        soft_wrap=True,
    )


def _gain(cell: Cell) -> str:
    if cell.beside is None or cell.beside.over_asked is None:
        return wording.NOTHING
    return f"{wording.points(cell.beside.over_asked.difference)}: {cell.transfer}"


def _print_shared(console: Console, found: Compared) -> None:
    if len(found.candidates) < 2:
        return
    names = short_names(found.candidates)
    shared = [_mode(mode) for mode in found.modes if mode.shared]
    console.print(
        f"confirmed for all {len(found.candidates)} candidates: {'; '.join(shared) or 'none'}", soft_wrap=True
    )
    for candidate in found.candidates:
        alone = [_mode(mode) for mode in found.modes if mode.confirmed_for == (candidate,)]
        console.print(f"confirmed for {names[candidate]} alone: {'; '.join(alone) or 'none'}", soft_wrap=True)


def _mode(mode: SideBySide) -> str:
    return clean(wording.mode_name(mode.skills, mode.conditions))


def _standing(entry: InRun) -> str:
    if entry.standing != "not claimed":
        return f"{entry.standing} {wording.percent(entry.rate.estimate if entry.rate else None, 0)}"
    if entry.rate is None:
        return "not asked"
    return f"not claimed, {wording.percent(entry.rate.estimate, 0)} of {entry.rate.n:,}"


def _pairing(at: Difference) -> str:
    told = f"paired on {at.shared:,} of {at.images:,}" if at.paired else "unpaired: none in common"
    if at.over_asked is None:
        told += "; too few to tell"
    return told if at.verifiers is None else f"{told}; verifiers {' and '.join(at.verifiers)}"


def _cost(run: RunFigures) -> str:
    unpriced = f" + {run.unpriced:,} unpriced calls" if run.unpriced else ""
    return f"${run.usd:.4f}{unpriced}"


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
