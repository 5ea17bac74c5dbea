"""`scotoma compare`: runs side by side at equal budgets; with --matrix, every questioner on every candidate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scotoma.cli import options
from scotoma.cli.discover import stoppable, watch
from scotoma.cli.terminal import clean, messages, output, write_json
from scotoma.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HELP = """Compare runs: what each found for the same number of candidate calls, with intervals; which modes they share.

With --matrix, the questioner of each run is asked of every candidate, frozen, on the same held-out images: what it
learned on one candidate, does it transfer to another? Cells are runs in the folder --out; what is there is not asked
again.

Examples:

  scotoma compare runs/grpo runs/bandit runs/random

  scotoma compare --matrix --candidates mini,mini:half,mini:unread runs/grpo runs/half --out runs/matrix
"""

_MATRIX = "Matrix"
Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.", show_default=False)]
Calls = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Candidate calls that each discovery is cut to. Default: those of the run with the fewest.",
    ),
]
EmbedderName = Annotated[
    str,
    typer.Option(
        "--embedder",
        metavar="NAME",
        help="What the Vendi score compares questions by: minilm (sentence embeddings), or hashed (word n-grams).",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=2**31 - 1,
        help="Seed of samples and bootstrap, or of the matrix's questions. Default: 0, or that of the first run.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="JSON file to write, the same as --json prints. With --matrix, the folder of its cells, which holds "
        "matrix.json too; default runs/matrix.",
    ),
]
IsMatrix = Annotated[
    bool,
    typer.Option("--matrix", help="Ask each run's questioner of every candidate.", rich_help_panel=_MATRIX),
]
Candidates = Annotated[
    list[str] | None,
    typer.Option(
        "--candidates",
        metavar="SPEC,SPEC,...",
        help="The candidates; may be repeated.",
        rich_help_panel=_MATRIX,
    ),
]
Images = Annotated[
    str | None,
    typer.Option(metavar="IMAGES", help="Default: those of the runs.", rich_help_panel=_MATRIX),
]
Verifier = Annotated[
    str | None, typer.Option(metavar="SPEC", help="Default: that of the runs.", rich_help_panel=_MATRIX)
]
EvalImages = Annotated[
    int | None,
    typer.Option(min=1, help="Held-out images of every cell. Default: 200.", rich_help_panel=_MATRIX),
]
EvalQuestions = Annotated[
    int | None, typer.Option(min=1, help="Questions of each image. Default: 4.", rich_help_panel=_MATRIX)
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Any other field of a run's configuration, for all cells; may be repeated.",
        rich_help_panel=_MATRIX,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("compare", help=_HELP, rich_help_panel="Read")(compare)


def compare(
    runs: Runs,
    calls: Calls = None,
    embedder: EmbedderName = "minilm",
    seed: Seed = None,
    out: Out = None,
    matrix: IsMatrix = False,
    candidates: Candidates = None,
    images: Images = None,
    verifier: Verifier = None,
    eval_images: EvalImages = None,
    eval_questions: EvalQuestions = None,
    settings: Settings = None,
    as_json: options.Json = False,
) -> None:
    """Compare runs, or ask their questioners of every candidate."""
    cells = {
        "images": images,
        "verifier": verifier,
        "eval_images": eval_images,
        "eval_questions": eval_questions,
    }
    if not matrix:
        given = [
            name for name, value in {"candidates": candidates, **cells, "set": settings}.items() if value
        ]
        if given:
            raise SpecError(f"--{given[0].replace('_', '-')} is for --matrix: add it, or leave this out")
        _compare(runs, calls, embedder, seed or 0, out, as_json)
        return
    if calls is not None:
        raise SpecError("--calls is not for --matrix: its budget is --eval-images times --eval-questions")
    asked = {**cells, "seed": seed, **options.read_settings(settings or [])}
    _matrix(runs, candidates or [], asked, out or Path("runs/matrix"), as_json)


def _compare(
    runs: Sequence[Path], calls: int | None, name: str, seed: int, out: Path | None, as_json: bool
) -> None:
    from scotoma.cli.compare_table import print_compared
    from scotoma.cli.results import json_ready
    from scotoma.comparing.comparing import compare_runs
    from scotoma.novelty import embedder

    if out is not None and out.is_dir():
        raise SpecError(f"--out {clean(str(out))}: is a folder: name a file, such as comparison.json")
    found = compare_runs(runs, embedder(name), calls=calls, seed=seed)
    told = json_ready(found)
    if out is not None:
        _write(out, told)
    if as_json:
        write_json(told)
        return
    print_compared(output(), found)
    if out is not None:
        output().print(f"written: {clean(str(out))}", soft_wrap=True)


def _matrix(
    runs: Sequence[Path], candidates: Sequence[str], asked: Mapping[str, Any], out: Path, as_json: bool
) -> None:
    from scotoma.cli.compare_table import print_matrix
    from scotoma.cli.results import json_ready
    from scotoma.comparing.cells import specs_in
    from scotoma.comparing.matrix import matrix

    if not candidates:
        raise SpecError("--matrix needs --candidates SPEC,SPEC,...: name those to be asked")
    if out.is_file():
        raise SpecError(f"--out {clean(str(out))}: is a file: with --matrix name a folder for its cells")

    def started(run_dir: Path) -> Any:
        if not as_json:
            messages().print(f"cell {clean(str(run_dir))}", soft_wrap=True)
        return watch(run_dir, as_json)

    with stoppable(out):
        found = matrix(runs, specs_in(candidates), asked, out, started)
    told = json_ready(found)
    _write(out / "matrix.json", told)
    if as_json:
        write_json(told)
        return
    print_matrix(output(), found)
    output().print(f"written: {clean(str(out / 'matrix.json'))}", soft_wrap=True)


def _write(file: Path, told: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, allow_nan=False, indent=2) + "\n", "utf-8")
