"""Agreement -> rows and sentences about a second verifier. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from scotoma.analysis.agreement import Agreement, Kappa
from scotoma.report import wording

HACKING = "possible reward hacking"
"""The flag."""


def rows(second: Agreement) -> tuple[tuple[str, str, str], ...]:
    """(what is measured, value with interval, over how many)."""
    compared = f"{second.compared:,} answered questions"
    valid = second.compared - second.found_invalid
    return (
        (f"FDR under {wording.model_name(second.first)}", wording.rate(second.first_fdr), compared),
        (f"FDR under {wording.model_name(second.second)}", wording.rate(second.second_fdr), compared),
        ("difference", wording.points(second.difference), compared),
        (
            "FDR over what the second finds valid",
            wording.rate(second.second_over_valid),
            f"{valid:,} of them",
        ),
        ("agreement on validity", kappa(second.validity), _both(second.validity, "questions")),
        ("agreement on correctness", kappa(second.correctness), _both(second.correctness, "answers")),
    )


def kappa(value: Kappa | None) -> str:
    """ "κ 0.81 [0.70 to 0.89], 92% alike"."""
    if value is None:
        return wording.NOTHING
    ends = "" if value.low is None or value.high is None else f" [{value.low:.2f} to {value.high:.2f}]"
    return f"κ {value.value:.2f}{ends}, {wording.percent(value.observed, 0)} alike"


def told(second: Agreement) -> Iterator[str]:
    """What the figures mean, the flag first."""
    one, other = wording.model_name(second.first), wording.model_name(second.second)
    if second.suspicious:
        yield (
            f"{HACKING.capitalize()}: the questioner learned from {one}, which finds clearly more failures than "
            f"{other} does in the same probes. Some of what it found may be mistakes of {one}."
        )
    elif second.higher:
        yield (
            f"{one} finds clearly more failures than {other} in the same probes. No questioner learned from it: "
            "it is no reward hacking, but one of the two is wrong."
        )
    yield (
        f"{second.drawn:,} probes of {wording.phase_name(second.phase)} were drawn, failures more often than others, "
        f"and are weighted back; {second.judged:,} were judged again, {second.undecided:,} of them undecided. "
        f"{other} sees no failure in {second.lost:,} of {one}'s, and {second.won:,} that {one} does not see."
    )


def _both(value: Kappa | None, what: str) -> str:
    return f"{0 if value is None else value.both:,} {what}"
