"""`scotoma certify`: an engine against planted candidates -> a table of what it found again, missed, and made up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scotoma.cli import options
from scotoma.cli.discover import stoppable, watch
from scotoma.cli.terminal import clean, output, write_json

if TYPE_CHECKING:
    from rich.table import Table

    from scotoma.certifying.scoring import Certificate
    from scotoma.confirming.claims import Features

_HELP = """Certify an engine: does it find planted blind spots again, and nothing else?

Every planted candidate gets a run of its own, in a folder of OUT; one that was stopped is gone on with. A claim that
names more or less than what was planted is a miss and a false alarm.

Example: scotoma certify --engine bandit --questioner random --max-calls 3000 --out runs/certificate
"""

PlantedFolder = Annotated[
    Path | None,
    typer.Option(
        "--planted",
        metavar="DIR",
        help="Folder of planted candidates. Default: the twelve that come with Scotoma.",
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", metavar="OUT", help="Folder of the runs.")]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("certify", help=_HELP, rich_help_panel="Run")(certify)


def certify(
    planted: PlantedFolder = None,
    images: options.Images = None,
    questioner: options.Questioner = None,
    engine: options.Engine = None,
    max_calls: options.MaxCalls = 3000,
    seed: options.Seed = None,
    settings: options.Settings = None,
    out: OutFolder = Path("runs/certificate"),
    as_json: options.Json = False,
) -> None:
    """Run an engine against every planted candidate and score what it confirmed."""
    from scotoma.certifying.running import certify as go_on
    from scotoma.certifying.scoring import certificate
    from scotoma.certifying.suite import default_suite, load_suite

    plants = load_suite(planted or default_suite())
    flags: dict[str, Any] = {
        "images": images,
        "questioner": questioner,
        "engine": engine,
        "max_calls": max_calls,
        "seed": seed,
        **options.read_settings(settings or []),
    }
    with stoppable(out):
        scores = list(go_on(plants, flags, out, lambda run_dir: watch(run_dir, as_json)))
    result = certificate(scores)
    if as_json:
        from scotoma.cli.results import json_ready

        write_json(json_ready(result))
    else:
        output().print(_table(result))
        output().print(_verdict(result))


def _table(result: Certificate) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("candidate", "found again", "missed", "false alarms"):
        table.add_column(heading, overflow="fold")
    for heading in ("calls", "to the first", "to all"):
        table.add_column(heading, justify="right", no_wrap=True)
    for at in result.scores:
        counts = [at.calls, at.to_first, at.to_all]
        table.add_row(
            clean(at.name),
            *(_names(names) for names in (at.hits, at.missed, at.false)),
            *("" if count is None else f"{count:,}" for count in counts),
        )
    return table


def _names(names: tuple[Features, ...]) -> str:
    return clean("; ".join(" + ".join(name) for name in names))


def _verdict(result: Certificate) -> str:
    recall, precision = (
        "none" if share is None else f"{share:.0%}" for share in (result.recall, result.precision)
    )
    return f"recall {recall}, precision {precision}"
