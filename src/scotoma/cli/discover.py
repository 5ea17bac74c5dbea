"""`scotoma discover`, `scotoma resume`: options -> a run, its report, a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import Exit

from scotoma.cli import options
from scotoma.cli.faults import STOPPED
from scotoma.cli.terminal import clean, messages, output, write_json
from scotoma.errors import SpecError

if TYPE_CHECKING:
    from scotoma.discovery import RunSummary
    from scotoma.ledger import Spent
    from scotoma.training.progress import Progress

_HELP = """Probe a model, train the questioner on its mistakes, compare, report: the main job.

Examples:

  scotoma discover --max-calls 2000 --out runs/first

  scotoma discover --candidate planted:spots.toml --engine random --max-calls 5000 --out runs/planted

  scotoma discover --candidate hf:./my-vlm,dtype=bfloat16 --max-minutes 60 --out runs/mine

  scotoma discover --candidate openai:my-vlm@http://localhost:8000/v1,concurrency=32 --max-calls 5000 --out runs/http

  scotoma discover --candidate openai:MODEL@https://HOST/v1,price_in=0.15,price_out=0.6 --max-usd 5 --estimate

  scotoma discover --resume runs/first --max-calls 4000
"""

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("discover", help=_HELP, rich_help_panel="Run")(discover)
    app.command("resume", rich_help_panel="Run")(resume)


def discover(
    images: options.Images = None,
    candidate: options.Candidate = None,
    verifier: options.Verifier = None,
    questioner: options.Questioner = None,
    engine: options.Engine = None,
    seed: options.Seed = None,
    settings: options.Settings = None,
    max_calls: options.MaxCalls = None,
    max_usd: options.MaxUsd = None,
    max_tokens: options.MaxTokens = None,
    max_minutes: options.MaxMinutes = None,
    steps: options.Steps = None,
    eval_images: options.EvalImages = None,
    eval_questions: options.EvalQuestions = None,
    no_confirm: options.NoConfirm = False,
    second_verifier: options.SecondVerifier = None,
    calibration: options.Calibration = None,
    held_out_share: options.HeldOutShare = None,
    out: options.Out = None,
    config: options.Config = None,
    resume_run: options.Resume = None,
    retry_errors: options.RetryErrors = False,
    estimate: options.Estimate = False,
    as_json: options.Json = False,
) -> None:
    """Start a run, or go on with one; ends with a table and the path of the report."""
    flags = {
        "images": images,
        "candidate": candidate,
        "verifier": verifier,
        "questioner": questioner,
        "engine": engine,
        "seed": seed,
        "eval_images": eval_images,
        "eval_questions": eval_questions,
        "confirm_calls": 0 if no_confirm else None,
        "second_verifier": second_verifier,
        "calibration": calibration,
        "held_out_share": held_out_share,
        "out": out,
    }
    budget = _budget(max_calls, max_usd, max_tokens, max_minutes, steps)
    if resume_run is not None:
        given = [name for name, value in flags.items() if value is not None]
        given += ["set"] * bool(settings) + ["config"] * (config is not None) + ["estimate"] * estimate
        if given:
            raise SpecError(
                f"--{_option(given[0])} cannot change a run that is resumed: leave it out, or start a new run"
            )
        _resume(resume_run, budget, retry_errors, as_json)
        return
    if retry_errors:
        raise SpecError("--retry-errors goes on with a run: name it with --resume RUN")
    asked = {**flags, **budget, **options.read_settings(settings or [])}
    if estimate:
        _estimate(asked, config, as_json)
    else:
        _start(asked, config, as_json)


def resume(
    run: RunFolder,
    max_calls: options.MaxCalls = None,
    max_usd: options.MaxUsd = None,
    max_tokens: options.MaxTokens = None,
    max_minutes: options.MaxMinutes = None,
    steps: options.Steps = None,
    retry_errors: options.RetryErrors = False,
    as_json: options.Json = False,
) -> None:
    """Go on with a run that was stopped, from its last checkpoint. Nothing is lost, doubled or paid twice."""
    _resume(run, _budget(max_calls, max_usd, max_tokens, max_minutes, steps), retry_errors, as_json)


def _option(field: str) -> str:
    """The option that a field of the configuration was given by."""
    return "no-confirm" if field == "confirm_calls" else field.replace("_", "-")


def _budget(
    max_calls: int | None,
    max_usd: float | None,
    max_tokens: int | None,
    max_minutes: float | None,
    steps: int | None,
) -> dict[str, Any]:
    """What may also be given to a run that is resumed."""
    return {
        "max_calls": max_calls,
        "max_usd": max_usd,
        "max_tokens": max_tokens,
        "max_minutes": max_minutes,
        "steps": steps,
    }


def _estimate(flags: Mapping[str, Any], config_file: Path | None, as_json: bool) -> None:
    """Say what the run would come to, and begin nothing."""
    from scotoma.cli.results import estimate_json, print_estimate
    from scotoma.config import load_config
    from scotoma.discovery.estimate import estimate

    figures = estimate(load_config(config_file, flags))
    if as_json:
        write_json(estimate_json(figures))
    else:
        print_estimate(output(), figures)


def _start(flags: Mapping[str, Any], config_file: Path | None, as_json: bool) -> None:
    from scotoma.config import load_config

    config = load_config(config_file, flags)
    with stoppable(Path(config.out)):
        from scotoma.discovery import discover as start

        summary = start(config, progress=watch(Path(config.out), as_json))
        finish(summary, as_json)


def _resume(run_dir: Path, budget: Mapping[str, Any], retry_errors: bool, as_json: bool) -> None:
    with stoppable(run_dir):
        from scotoma.discovery import resume as go_on

        summary = go_on(run_dir, progress=watch(run_dir, as_json), retry_errors=retry_errors, **budget)
        finish(summary, as_json)


def finish(summary: RunSummary, as_json: bool) -> None:
    """Write the report, and say what came of the run."""
    from scotoma.cli.results import corrections_of, print_run, run_json
    from scotoma.report import write_report
    from scotoma.report.source import load_run

    record = load_run(summary.run_dir)
    path = write_report(record, summary.figures)
    fixed = corrections_of(summary.figures, record.correctness)
    if as_json:
        write_json(run_json(summary, path, fixed))
    else:
        print_run(output(), summary, path, fixed)


def watch(run_dir: Path, as_json: bool) -> Progress | None:
    """Who watches the run: nobody if a machine reads the result."""
    if as_json:
        return None
    from scotoma.cli.progress import Watch

    return Watch(messages(), _bill(run_dir))


def _bill(run_dir: Path) -> Callable[[], Spent]:
    """What the run's calls have come to, read through a connection of its own so as not to disturb the run."""
    from scotoma.errors import LedgerError
    from scotoma.ledger import Ledger, Spent

    known = Spent()

    def spent() -> Spent:
        nonlocal known
        try:
            with Ledger.open(run_dir, readonly=True) as ledger:
                known = ledger.spent()
        except LedgerError:
            # Only a figure beside the bar: a run must not end because it could not be read just now.
            pass
        return known

    return spent


@contextmanager
def stoppable(run_dir: Path) -> Iterator[None]:
    """Ctrl-C says how to go on, and ends with exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        from scotoma.ledger import Ledger

        if Ledger.is_run(run_dir):
            told = f"stopped; go on with: scotoma resume {clean(str(run_dir))}"
        else:
            told = "stopped before the run began"
        typer.echo(told, err=True)
        raise Exit(STOPPED) from None
