"""`scotoma taxonomy`: runs -> meta-skills over skills with their failure rates, as a tree or JSON."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scotoma.cli.options import Json
from scotoma.cli.terminal import clean, messages, output, write_json
from scotoma.errors import LedgerError, SpecError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from rich.console import Console

    from scotoma.ledger import Ledger
    from scotoma.models.chat import ChatModel
    from scotoma.models.guard import Budget
    from scotoma.taxonomy import Asked, Taxonomy

_HELP = """Sort the questions of one run or several by the skills that they need, and say which skills fail where.

Skills are exact on the tabletop. Elsewhere the labeller says which ones a question needs. Over several runs it tells
the skills that fail in all candidates from those that fail in some.

Examples:

  scotoma taxonomy runs/first

  scotoma taxonomy runs/mini runs/planted --json --out taxonomy.json

  scotoma taxonomy runs/photos --labeller openai:large@http://localhost:8001/v1
"""

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.", show_default=False)]
LabellerSpec = Annotated[
    str,
    typer.Option(
        "--labeller",
        metavar="SPEC",
        help="Who says which skills a question needs where the verifier does not know: catalogue (offline), or a "
        "model, which names the skills too: hf:DIR-OR-ID, openai:MODEL@BASE_URL. Its calls are kept in the run.",
    ),
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**31 - 1, help="Seed of the clustering, and of a model's samples.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="JSON file to write, the same as --json prints.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("taxonomy", help=_HELP, rich_help_panel="Read")(taxonomy)


def taxonomy(
    runs: Runs,
    labeller: LabellerSpec = "catalogue",
    seed: Seed = 0,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Build the taxonomy of runs, and show it."""
    from scotoma.cli.taxonomy_table import print_taxonomy, taxonomy_json
    from scotoma.labelling.opening import open_labelling_model
    from scotoma.models.guard import Budget

    if out is not None and out.is_dir():
        raise SpecError(f"--out {clean(str(out))}: is a folder: name a file, such as taxonomy.json")
    if len({run.resolve() for run in runs}) < len(runs):
        raise SpecError("the same run is named twice: name each run once")
    budget = Budget()
    model = open_labelling_model(labeller)
    found = _built(runs, model, seed, budget, None if as_json else messages())
    told = taxonomy_json(found, [str(run) for run in runs], labeller, budget.calls)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(told, allow_nan=False, indent=2) + "\n", "utf-8")
    if as_json:
        write_json(told)
        return
    print_taxonomy(output(), found)
    if model is not None:
        output().print(f"{budget.calls:,} labeller calls")
    if out is not None:
        output().print(f"written: {clean(str(out))}", soft_wrap=True)


def _built(
    runs: Sequence[Path], model: ChatModel | None, seed: int, budget: Budget, console: Console | None
) -> Taxonomy:
    import asyncio
    from collections import Counter

    from scotoma.labelling.opening import LABELLER_CALLS
    from scotoma.ledger import Ledger
    from scotoma.models.cached import CachedCalls
    from scotoma.taxonomy import build
    from scotoma.taxonomy.asking import ModelNamer

    with ExitStack() as stack:
        # A model's calls are kept in the run that they are about, which takes the run's one writer.
        ledgers = [stack.enter_context(Ledger.open(run, readonly=model is None)) for run in runs]
        asked: list[Asked] = []
        unlabelled: Counter[str] = Counter()
        for ledger in ledgers:
            some, lost = _labelled(ledger, model, seed, budget)
            if not some and not lost:
                raise LedgerError(
                    f"{clean(str(ledger.run_dir))}: holds no scored question: run its discovery on, or leave it out"
                )
            asked += some
            unlabelled += lost
        if console is not None:
            console.print(
                f"sorting {len(asked):,} questions; what clusters them takes up to half a minute to load"
            )
        kept = CachedCalls(ledgers[0], budget, LABELLER_CALLS)
        namer = None if model is None else ModelNamer(model, kept, seed=seed)
        return asyncio.run(build(asked, seed=seed, unlabelled=unlabelled, namer=namer))


def _labelled(
    ledger: Ledger, model: ChatModel | None, seed: int, budget: Budget
) -> tuple[list[Asked], Counter[str]]:
    import asyncio

    from scotoma.labelling import label_probes, open_labeller
    from scotoma.labelling.opening import LABELLER_CALLS
    from scotoma.models.cached import CachedCalls
    from scotoma.taxonomy import asked_of

    labeller = open_labeller(model, CachedCalls(ledger, budget, LABELLER_CALLS), seed=seed)
    probes = list(ledger.probes())
    labels = asyncio.run(label_probes(probes, labeller))
    candidate = str(ledger.config().get("candidate", "mini"))
    return asked_of(candidate, probes, labels)
