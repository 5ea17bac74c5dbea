"""`scotoma calibrate`: a verifier, images with truth -> how often it is right, as a table or JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scotoma.cli.options import Json, read_settings
from scotoma.cli.terminal import clean, messages, output, write_json
from scotoma.errors import SpecError

if TYPE_CHECKING:
    from rich.console import Console

    from scotoma.analysis.calibration import JudgedQuestion
    from scotoma.config import DiscoverConfig
    from scotoma.models.cached import CallStore

JUDGE = "judge_"
"""How the fields of the configuration begin that a calibration has a use for."""

_HELP = """Measure a verifier on the tabletop, where the truth is known: sensitivity, specificity, abstention.

Examples:

  scotoma calibrate --verifier exact

  scotoma calibrate --verifier hf:./my-vlm --n 400 --set judge_votes=5 --out calibration.json
"""

Verifier = Annotated[
    str,
    typer.Option(
        metavar="SPEC",
        help="The verifier: exact, hf:DIR-OR-ID, openai:MODEL@BASE_URL.",
        show_default=False,
    ),
]
Images = Annotated[
    str,
    typer.Option(
        metavar="IMAGES",
        help="Images with truth: tabletop:n=2000,seed=7, or a folder made by `scotoma images tabletop`.",
    ),
]
N = Annotated[
    int,
    typer.Option(
        "--n", min=2, help="Questions, half of them valid; four an image. Each valid one gets three answers."
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the questions and answers.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="How a model judges, as in discover; may be repeated. Fields: judge_votes, judge_agreement, "
        "judge_temperature, judge_tokens, judge_blind.",
    ),
]
Kept = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="DIR",
        help="Folder that keeps the verifier's calls, new or from before: none is paid for twice. Default: memory.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="JSON file to write: the figures, and every question and answer judged; for --calibration of "
        "discover and report.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("calibrate", help=_HELP, rich_help_panel="Read")(calibrate)


def calibrate(
    verifier: Verifier,
    images: Images = "tabletop",
    n: N = 200,
    seed: Seed = 0,
    settings: Settings = None,
    kept: Kept = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Judge questions and answers of known truth, and say how often the verifier is right."""
    from scotoma.analysis.calibration import calibration
    from scotoma.calibrating.kept import judging
    from scotoma.cli.calibration_table import print_calibration
    from scotoma.cli.results import json_ready

    config = _config(verifier, images, seed, read_settings(settings or []))
    if out is not None and out.is_dir():
        raise SpecError(f"--out {clean(str(out))}: is a folder: name a file, such as calibration.json")
    judged, calls = _judged(config, n, kept, None if as_json else messages())
    figures = calibration(judged, seed=seed)
    settings_used = judging(verifier, config.model_dump())
    head = {"verifier": verifier, "images": images, "seed": seed, "verifier_calls": calls}
    head |= {"settings": settings_used}
    found = {**head, "figures": json_ready(figures)}
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        whole = {**found, "judged": json_ready(judged)}
        out.write_text(json.dumps(whole, allow_nan=False, indent=2) + "\n", "utf-8")
    if as_json:
        write_json(found)
    else:
        print_calibration(output(), figures, calls)
        if out is not None:
            output().print(f"written: {clean(str(out))}", soft_wrap=True)


def _config(verifier: str, images: str, seed: int, settings: dict[str, Any]) -> DiscoverConfig:
    from scotoma.config import load_config

    for name in settings:
        if not name.startswith(JUDGE):
            raise SpecError(
                f"--set {name[:60]}: calibrate takes judge_votes, judge_agreement, judge_temperature, "
                "judge_tokens and judge_blind"
            )
    return load_config(flags={**settings, "verifier": verifier, "images": images, "seed": seed})


def _judged(
    config: DiscoverConfig, n: int, kept: Path | None, console: Console | None
) -> tuple[list[JudgedQuestion], int]:
    """The judged questions, and how many calls of the verifier were paid for them now."""
    from scotoma.calibrating import judge_all, pose
    from scotoma.cli.progress import Watch
    from scotoma.discovery import open_source
    from scotoma.discovery.opened import open_verifier
    from scotoma.images.source import readable
    from scotoma.ledger.calls import Spent
    from scotoma.models.guard import Budget
    from scotoma.training.progress import Silent

    source = open_source(config.images)
    try:
        opened = open_verifier(config, source)
        opened.require(readable(source, 0))
        budget = Budget()
        progress = (
            Silent()
            if console is None
            else Watch(console, lambda: Spent(budget.calls, budget.tokens, budget.usd))
        )
        with _store(kept, config) as store:
            posed = pose(partial(readable, source), len(source), n, config.seed)
            judged = asyncio.run(judge_all(opened.bind(store, budget), posed, n, progress))
        return judged, budget.calls
    finally:
        source.close()


@contextmanager
def _store(kept: Path | None, config: DiscoverConfig) -> Iterator[CallStore]:
    """Where finished calls are kept: a ledger, or this process."""
    from scotoma.environment import environment
    from scotoma.ledger import Ledger
    from scotoma.models.cached import MemoryCalls

    if kept is None:
        yield MemoryCalls()
    elif Ledger.is_run(kept):
        with Ledger.open(kept) as ledger:
            yield ledger
    else:
        with Ledger.create(kept, config.model_dump(), environment({"seed": config.seed})) as ledger:
            yield ledger
