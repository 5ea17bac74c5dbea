"""`scotoma confirm`: a run -> its claims tested on images that discovery never saw."""

from __future__ import annotations

from typing import Annotated

import typer

from scotoma.cli import options
from scotoma.cli.discover import RunFolder, finish, stoppable, watch

_HELP = """Test the failure modes of a run on images that discovery never saw: confirmed, refuted, or undecided.

discover does it by itself, unless --no-confirm was given; this goes on with more calls, or does it for an older run.

Example: scotoma confirm runs/first --max-calls 2000
"""

Calls = Annotated[
    int | None,
    typer.Option(
        "--max-calls",
        min=1,
        help="Candidate calls of the confirmation, those of earlier sittings included. Default: as the run was "
        "configured, or 1000.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("confirm", help=_HELP, rich_help_panel="Run")(confirm)


def confirm(run: RunFolder, max_calls: Calls = None, as_json: options.Json = False) -> None:
    """Go on with the confirmation of a run."""
    with stoppable(run):
        from scotoma.discovery import confirm as go_on

        finish(go_on(run, max_calls=max_calls, progress=watch(run, as_json)), as_json)
