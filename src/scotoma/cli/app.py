"""argv -> one command -> exit code. Commands import what they need when they run, so that `--help` is fast.

Exit codes of every command:
    0    done
    1    a fault in Scotoma itself: please report it, with what `--debug` shows
    2    could not be done: bad usage, bad input, full disk, no OpenGL; one line on stderr says what to do
    130  stopped with Ctrl-C; a run can be resumed
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Exit, TyperException

from scotoma.cli import (
    calibrate,
    certify,
    check,
    compare,
    confirm,
    discover,
    images,
    report,
    runs,
    serve,
    taxonomy,
)
from scotoma.cli.faults import FAILED, STOPPED, one_line
from scotoma.errors import ScotomaError

_EPILOG = (
    "Exit codes: 0 done; 1 a fault in Scotoma itself; 2 could not be done, one line on stderr says why; "
    "130 stopped with Ctrl-C. Try: scotoma discover --max-calls 2000"
)

app = typer.Typer(
    name="scotoma",
    epilog=_EPILOG,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
discover.register(app)
confirm.register(app)
report.register(app)
runs.register(app)
compare.register(app)
check.register(app)
calibrate.register(app)
certify.register(app)
taxonomy.register(app)
images.register(app)
serve.register(app)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"scotoma {version('scotoma')}")
        raise Exit(0)


@app.callback()
def common(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback behind an error; may stand anywhere.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version and end.", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    """Map the blind spots of a vision-language model: train a questioner on its mistakes, report what fails.

    A run is a folder. It can be stopped at any moment and resumed.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give back its exit code. An error is one line on stderr; a bug is a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="scotoma", standalone_mode=False)
    except (TyperException, ScotomaError, OSError) as error:
        if debug:
            raise
        typer.echo(f"error: {one_line(error)}", err=True)
        return FAILED
    except KeyboardInterrupt:
        return STOPPED
    return code if isinstance(code, int) else 0
