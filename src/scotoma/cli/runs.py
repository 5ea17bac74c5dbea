"""`scotoma runs`: a folder -> a table of the runs in it."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from scotoma.cli.options import Json
from scotoma.cli.terminal import clean, output, write_json
from scotoma.errors import LedgerError

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that holds runs.")]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("runs", rich_help_panel="Read")(runs)


@dataclass(frozen=True, slots=True)
class Row:
    """One run. state: running, finished, stopped, or unreadable (then `fault` says why).

    fdr_asked, fdr_valid: of the phase that the run is judged by, as shares.
    """

    run: str
    state: str
    images: str = ""
    candidate: str = ""
    engine: str = ""
    seed: int | None = None
    calls: int = 0
    phase: str = ""
    fdr_asked: float | None = None
    fdr_valid: float | None = None
    report: str | None = None
    fault: str = ""


def runs(folder: Folder = Path("runs"), as_json: Json = False) -> None:
    """List the runs of a folder: what they tested, how far they came, what they found."""
    if not folder.is_dir():
        raise LedgerError(f"{folder}: there is no such folder: name one that holds runs")
    rows = [_row(path) for path in sorted(folder.iterdir()) if path.is_dir() and _is_run(path)]
    if as_json:
        write_json({"runs": [_as_dict(row) for row in rows]})
    elif rows:
        _print(rows)
    else:
        output().print(
            f"no run in {clean(str(folder))} yet; start one with: scotoma discover --out {folder}/first"
        )


def _is_run(path: Path) -> bool:
    from scotoma.ledger import Ledger

    return Ledger.is_run(path)


def _row(run_dir: Path) -> Row:
    """A run that cannot be read is a row of its own, so that one damaged run does not hide the others."""
    from scotoma.analysis.figures import phase_figures
    from scotoma.candidate import CANDIDATE_CALLS
    from scotoma.ledger import Ledger
    from scotoma.report import report_path

    try:
        with Ledger.open(run_dir, readonly=True) as ledger:
            config = ledger.config()
            calls = sum(map(ledger.call_count, CANDIDATE_CALLS))
            counts = {name: ledger.probe_count(name) for name in ("train", *_evaluated(config))}
            phase = next((name for name in reversed(counts) if counts[name]), "")
            figures = phase_figures(phase, list(ledger.probes(phase))) if phase else None
    except LedgerError as error:
        return Row(str(run_dir), "unreadable", fault=str(error))
    report = report_path(run_dir)
    return Row(
        run=str(run_dir),
        state=_state(run_dir, config, counts),
        images=str(config.get("images", "")),
        candidate=str(config.get("candidate", "")),
        engine=str(config.get("engine", "")),
        seed=config.get("seed"),
        calls=calls,
        phase=phase,
        fdr_asked=figures.fdr_asked.estimate if figures and figures.fdr_asked else None,
        fdr_valid=figures.fdr_valid.estimate if figures and figures.fdr_valid else None,
        report=str(report) if report.is_file() else None,
    )


def _evaluated(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The held-out phases that a run of this configuration ends with, the one that it is judged by last."""
    from scotoma.config import compared

    given = {"engine": "grpo", "questioner": "mini", "verifier": "exact", **config}
    names = compared(str(given["engine"]), str(given["questioner"]), str(given["verifier"]))
    return tuple(f"eval:{name}" for name in reversed(names))


def _state(run_dir: Path, config: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """Finished: every questioner was asked, and as often as the others."""
    if _is_being_written(run_dir):
        return "running"
    asked = [counts[name] for name in _evaluated(config)]
    if not config.get("eval_images", 1):
        return "finished" if counts["train"] else "stopped"
    return "finished" if min(asked) == max(asked) > 0 else "stopped"


def _is_being_written(run_dir: Path) -> bool:
    """Does a process hold the run's lock?"""
    from scotoma.ledger.lock import LOCK_NAME

    try:
        with (run_dir / LOCK_NAME).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _print(rows: list[Row]) -> None:
    from rich.table import Table

    from scotoma.report import wording

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("run", "state", "images", "candidate", "engine"):
        table.add_column(heading, overflow="fold")
    for heading in ("seed", "calls", "FDR asked", "FDR valid"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("report", overflow="fold")
    for row in rows:
        table.add_row(
            clean(row.run),
            row.state,
            *(clean(cell) for cell in (row.images, row.candidate, row.engine)),
            "" if row.seed is None else str(row.seed),
            f"{row.calls:,}",
            wording.percent(row.fdr_asked),
            wording.percent(row.fdr_valid),
            clean(row.report or row.fault),
        )
    output().print(table)


def _as_dict(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__dataclass_fields__}
