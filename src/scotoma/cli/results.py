"""RunSummary -> a table for people, one JSON object for machines."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scotoma.analysis.summary import Summary, is_evaluation
from scotoma.cli.terminal import clean
from scotoma.report import second as second_opinion
from scotoma.report import wording

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from scotoma.analysis.agreement import Agreement
    from scotoma.analysis.calibration import Accuracy
    from scotoma.analysis.correction import Corrected
    from scotoma.analysis.corrections import Corrections
    from scotoma.confirming.claims import Outcome
    from scotoma.discovery import RunSummary
    from scotoma.discovery.estimate import Estimate

COMBINATIONS_SHOWN = 5


def print_run(console: Console, summary: RunSummary, report: Path, fixed: Corrections | None = None) -> None:
    """The questioners side by side, the worst combinations of skills, and where the report lies.

    fixed: the same rates corrected for the verifier's mistakes, if it was calibrated.
    """
    figures = summary.figures
    console.print(phase_table(figures, fixed))
    if fixed is not None and fixed.reason:
        console.print(f"rates cannot be corrected: {clean(fixed.reason)}", soft_wrap=True)
    if figures.combinations:
        console.print(combination_table(figures, fixed))
    elif figures.skills or not any(at.valid for at in figures.phases):
        console.print("No skill or combination of skills fails credibly more often than the rest.")
    else:
        console.print(wording.NO_SKILLS)
    if summary.outcomes:
        console.print(outcome_table(summary.outcomes))
    if summary.second is not None:
        print_second(console, summary.second)
    steps = f"{summary.steps:,} steps, {summary.calls:,} candidate calls"
    if summary.verifier_calls:
        steps += f", {summary.verifier_calls:,} verifier calls"
    if summary.second_calls:
        steps += f", {summary.second_calls:,} calls of the second verifier"
    console.print(f"{steps}, {wording.duration(60 * summary.minutes)}{_cost(summary)}")
    if summary.retried is not None:
        console.print(f"asked again: {summary.retried[0]:,}, scored now: {summary.retried[1]:,}")
    if summary.stopped is not None:
        console.print(f"not whole: {clean(summary.stopped)}", soft_wrap=True)
    if summary.seen is not None and (summary.seen.skipped or summary.seen.duplicates):
        console.print(
            f"images: {summary.seen.skipped:,} broken ones skipped, {summary.seen.duplicates:,} duplicates dropped; "
            "the report names them, `scotoma images check` all of them"
        )
    console.print(f"report: {clean(str(report))}", soft_wrap=True)


def corrections_of(figures: Summary, correctness: Accuracy | None) -> Corrections | None:
    """The figures' rates corrected, where the verifier was calibrated."""
    from scotoma.analysis.corrections import corrections

    return None if correctness is None else corrections(figures, correctness)


def phase_table(figures: Summary, fixed: Corrections | None = None) -> Table:
    """One row a phase; shares with their 95% intervals."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("questioner")
    more = ("corrected [95%]",) if fixed is not None else ()
    for heading in ("asked", "valid", "FDR asked [95%]", "FDR valid [95%]", *more, "compositions", "skills"):
        table.add_column(heading, justify="right", no_wrap=True)
    for at in figures.phases:
        name = wording.phase_name(at.phase) + (", held out" if is_evaluation(at.phase) else "")
        table.add_row(
            clean(name),
            f"{at.asked:,}",
            wording.percent(at.valid_share.estimate if at.valid_share else None),
            wording.rate(at.fdr_asked),
            wording.rate(at.fdr_valid),
            *((_corrected(fixed.phases.get(at.phase), 1),) if fixed is not None else ()),
            f"{at.compositions:,}",
            wording.number(at.mean_skills, 2),
        )
    return table


def combination_table(figures: Summary, fixed: Corrections | None = None) -> Table:
    """The combinations of skills that stand out, worst first."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("fails most where a question needs")
    more = ("corrected [95%]",) if fixed is not None else ()
    for heading in ("failure rate [95%]", *more, "failed / asked", "held out"):
        table.add_column(heading, justify="right", no_wrap=True)
    for at, row in enumerate(figures.combinations[:COMBINATIONS_SHOWN]):
        held_out = row.held_out
        table.add_row(
            clean(wording.mode_name(row.mode.skills, row.mode.conditions)),
            wording.rate(row.discovered.rate, 0),
            *((_corrected(fixed.combinations[at], 0),) if fixed is not None else ()),
            f"{row.discovered.failures:,} / {row.discovered.valid:,}",
            f"{held_out.failures:,} / {held_out.valid:,}" if held_out else wording.NOTHING,
        )
    return table


def _corrected(rate: Corrected | None, digits: int) -> str:
    return wording.NOTHING if rate is None else wording.rate(rate.corrected, digits)


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """What became of the claims, on images that discovery never saw."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("on fresh images")
    for heading in ("", "fails [95%]", "its part", "images", "asked again", "reworded", "calls left"):
        table.add_column(heading, justify="right", no_wrap=True)
    for at in outcomes:
        table.add_row(
            clean(wording.mode_name(at.claim.skills, at.claim.conditions)),
            at.state,
            wording.rate(at.rate, 0),
            wording.percent(at.part.estimate if at.part else None),
            f"{at.images:,}",
            wording.again(at.repeated),
            wording.again(at.reworded),
            wording.number(at.calls_left) if at.state == "undecided" else "",
        )
    return table


def print_second(console: Console, second: Agreement) -> None:
    """What the second verifier says, the flag below it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("second verifier, on the same probes")
    for heading in ("[95%]", "over"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, value, over in second_opinion.rows(second):
        table.add_row(clean(name), value, over)
    console.print(table)
    for sentence in second_opinion.told(second):
        console.print(clean(sentence), soft_wrap=True)


def second_json(second: Agreement | None) -> dict[str, Any] | None:
    """The same for machines."""
    if second is None:
        return None
    ready: dict[str, Any] = json_ready(second)
    return {**ready, "possible_reward_hacking": second.suspicious}


def _cost(summary: RunSummary) -> str:
    """What the models behind servers cost, where there are any; what is not known is said."""
    spent = summary.spent
    if not spent.tokens and not spent.usd and not spent.unpriced:
        return ""
    unpriced = f" and {spent.unpriced:,} calls of unknown price" if spent.unpriced else ""
    return f", {spent.tokens:,} tokens, ${spent.usd:.4f}{unpriced}"


def print_estimate(console: Console, figures: Estimate) -> None:
    """A row for each role and phase, the sum, and what it rests on."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("phase", "who", "model"):
        table.add_column(heading, overflow="fold")
    for heading in ("calls", "prompt tokens", "completion tokens", "US dollars", "minutes"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in figures.rows:
        table.add_row(
            row.phase,
            row.role,
            clean(row.model),
            f"{row.calls:,}",
            wording.NOTHING if row.prompt_tokens is None else f"{row.prompt_tokens:,}",
            wording.NOTHING if row.completion_tokens is None else f"{row.completion_tokens:,}",
            _dollars(row.usd),
            wording.NOTHING if row.minutes is None else f"{row.minutes:,.1f}",
        )
    minutes = "" if figures.minutes is None else f", {figures.minutes:,.1f} minutes of calls to servers"
    table.add_row(
        "at most", "", "", f"{sum(row.calls for row in figures.rows):,}", "", "", _dollars(figures.usd)
    )
    console.print(table)
    for told in figures.assumptions:
        console.print(f"- {clean(told)}", soft_wrap=True)
    console.print(f"at most {_dollars(figures.usd)}{minutes}; nothing was sent or written", soft_wrap=True)


def estimate_json(figures: Estimate) -> dict[str, Any]:
    """The same for machines; null: not known."""
    return {field.name: json_ready(getattr(figures, field.name)) for field in dataclasses.fields(figures)}


def _dollars(usd: float | None) -> str:
    return "unknown price" if usd is None else f"${usd:,.4f}"


def run_json(summary: RunSummary, report: Path, fixed: Corrections | None = None) -> dict[str, Any]:
    """What `--json` prints: counts and figures, without the curve and the long tables of the report."""
    return {
        "run": str(summary.run_dir),
        "engine": summary.engine,
        "steps": summary.steps,
        "calls": summary.calls,
        "verifier_calls": summary.verifier_calls,
        "minutes": summary.minutes,
        "spent": json_ready(summary.spent),
        "stopped": summary.stopped,
        "retried": json_ready(summary.retried),
        "report": str(report),
        "self_bleu": dict(summary.self_bleu),
        "images": json_ready(summary.seen),
        "outcomes": json_ready(summary.outcomes),
        "second_verifier_calls": summary.second_calls,
        "second": second_json(summary.second),
        **figures_json(summary.figures, fixed),
    }


def figures_json(figures: Summary, fixed: Corrections | None = None) -> dict[str, Any]:
    """Figures as JSON-ready data; an infinite end of an interval is null. Corrected rates only where there are any."""
    more = {} if fixed is None else {"corrected": json_ready(fixed)}
    return more | {
        name: json_ready(value)
        for name, value in (
            ("phases", figures.phases),
            ("comparisons", figures.comparisons),
            ("skills", figures.skills),
            ("combinations", figures.combinations),
        )
    }


def json_ready(value: Any) -> Any:
    """Records and mappings as JSON-ready data; what is infinite or not a number is null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: json_ready(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): json_ready(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [json_ready(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
