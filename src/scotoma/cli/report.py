"""`scotoma report`: a run -> its report, written again from the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from scotoma.cli.options import Calibration, Json
from scotoma.cli.terminal import clean, output, write_json

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run.", show_default=False)]
Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="HTML file to write. Default: RUN/report/index.html.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("report", rich_help_panel="Read")(report)


def report(run: RunFolder, out: Out = None, calibration: Calibration = None, as_json: Json = False) -> None:
    """Write the report of a run again, also while it is still going on, and show its figures."""
    from scotoma.analysis.conditions import conditions_on
    from scotoma.analysis.summary import summarise
    from scotoma.calibrating.kept import read_calibration
    from scotoma.cli.results import (
        combination_table,
        corrections_of,
        figures_json,
        phase_table,
        print_second,
        second_json,
    )
    from scotoma.report import write_report
    from scotoma.report.source import load_run

    record = load_run(run)
    if calibration is not None:
        record = replace(record, correctness=read_calibration(Path(calibration), record.config))
    seed = record.config.get("seed", 0)
    figures = summarise(
        record.probes,
        seed=seed if isinstance(seed, int) else 0,
        conditions=conditions_on(record.images.values()),
    )
    fixed = corrections_of(figures, record.correctness)
    path = write_report(record, figures, out)
    if as_json:
        second = second_json(record.second)
        write_json({"run": str(run), "report": str(path), "second": second, **figures_json(figures, fixed)})
        return
    console = output()
    if figures.phases:
        console.print(phase_table(figures, fixed))
    if fixed is not None and fixed.reason:
        console.print(f"rates cannot be corrected: {clean(fixed.reason)}", soft_wrap=True)
    if figures.combinations:
        console.print(combination_table(figures, fixed))
    if record.second is not None:
        print_second(console, record.second)
    console.print(f"report: {clean(str(path))}", soft_wrap=True)
