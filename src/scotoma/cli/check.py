"""`scotoma check`: SPECs -> whether each model is reached, what it can do and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Exit

from scotoma.cli.faults import FAILED
from scotoma.cli.options import Json
from scotoma.cli.terminal import clean, messages, output, write_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from scotoma.checking import Bill, Checked, Finding

_HELP = """Reach each model once: say what it can do, and what it costs. Exit code 2 if one was not reached.

A server gets a few small calls, with a picture made for it; weights are loaded as a run would load them.

Examples:

  scotoma check mini hf:./my-vlm

  scotoma check openai:my-vlm@http://localhost:8000/v1,price_in=0,price_out=0 --json
"""

Specs = Annotated[
    list[str],
    typer.Argument(
        metavar="SPEC",
        help="Candidates, questioners, verifiers: mini, hf:DIR-OR-ID, openai:MODEL@BASE_URL, planted:FILE.toml, "
        "oracle, exact, or the folder of a run that trained a questioner.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("check", help=_HELP, rich_help_panel="Read")(check)


def check(specs: Specs, as_json: Json = False) -> None:
    """Check each SPEC and print what was found."""
    from scotoma.checking import check_specs

    console = messages()

    def begin(what: str) -> None:
        if console.is_terminal and not as_json:
            console.print(f"asking {clean(what)} ...", soft_wrap=True)

    found = check_specs(specs, begin)
    reached = all(checked.reached for checked in found)
    if as_json:
        write_json({"reached": reached, "checked": [asdict(checked) for checked in found]})
    else:
        print_checks(output(), found)
    if not reached:
        raise Exit(FAILED)


def print_checks(console: Console, found: list[Checked]) -> None:
    """A table for each SPEC on a terminal, `SPEC: what: found` lines in a pipe."""
    for checked in found:
        if console.is_terminal:
            console.print(check_table(checked))
        else:
            for name, told in rows(checked):
                console.print(f"{clean(checked.spec)}: {name}: {told}", soft_wrap=True)


def check_table(checked: Checked) -> Table:
    """What was found for one SPEC."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(clean(checked.spec)), title_justify="left", show_header=False, box=None)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, told in rows(checked):
        table.add_row(name, told)
    return table


def rows(checked: Checked) -> Iterator[tuple[str, str]]:
    """(what, found), each one line that a terminal can show."""
    yield "kind", clean(f"{checked.kind}: {checked.about}" if checked.about else checked.kind)
    yield "reached", "yes" if checked.reached else clean(f"no: {checked.problem}")
    if checked.answer is not None:
        yield "asked", clean(checked.question or "")
        yield "answered", clean(checked.answer)
    for name, finding in (
        ("answers about a picture", checked.sees),
        ("holds to a JSON schema", checked.schema),
        ("reports tokens", checked.usage),
        ("samples", checked.samples),
        ("log-probabilities", checked.logprobs),
    ):
        if finding is not None:
            yield name, _found(finding)
    if checked.weights is not None:
        weights = checked.weights
        yield (
            "model",
            clean(f"{weights.model}, {weights.parameters:,} parameters, {weights.dtype} on {weights.device}"),
        )
        yield "image processor", clean(weights.image_processor)
        yield "can be trained (grpo)", _found(weights.trainable)
        yield "torchvision", clean(weights.torchvision.told)
    if checked.bill is not None:
        yield from _bill(checked.bill, checked.kind == "server")


def _found(finding: Finding) -> str:
    word = {True: "yes", False: "no", None: "unknown"}[finding.found]
    return clean(f"{word}: {finding.told}" if finding.told else word)


def _bill(bill: Bill, paid: bool) -> Iterator[tuple[str, str]]:
    if bill.latency_s is not None:
        yield "latency", f"{bill.latency_s:.2f} s a call"
    if bill.price_in == bill.price_out == 0.0:
        yield "price", "nothing"
    elif bill.price_in is None and bill.price_out is None:
        yield "price", "unknown: add price_in=...,price_out=... to the SPEC (US dollars a million tokens)"
    else:
        told = ["unknown" if price is None else f"${price:g}" for price in (bill.price_in, bill.price_out)]
        yield "price", f"{told[0]} in, {told[1]} out, a million tokens"
    if paid:
        tokens = "tokens not counted" if bill.tokens is None else f"{bill.tokens:,} tokens"
        cost = "cost unknown" if bill.cost_usd is None else f"${bill.cost_usd:.4f}"
        yield "this check", f"{bill.calls} call{'s' if bill.calls != 1 else ''}, {tokens}, {cost}"
