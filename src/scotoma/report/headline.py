"""Summary -> the sentences and figures that a reader sees first. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from scotoma.analysis.figures import PhaseFigures
from scotoma.analysis.statistics import Comparison
from scotoma.analysis.summary import Summary, is_evaluation
from scotoma.report import wording


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure: what it is, its value, its interval, one line that explains it."""

    name: str
    value: str
    interval: str
    note: str


def sentences(summary: Summary) -> tuple[str, ...]:
    """What was found, in plain words."""
    main = summary.headline
    if main is None or not main.asked:
        return ("No question has been asked in this run yet.",)
    told = [_found(main)]
    told += [line for line in (_compared(summary),) if line]
    if summary.combinations:
        worst = summary.combinations[0].discovered
        name = wording.mode_name(worst.skills, summary.combinations[0].mode.conditions)
        told.append(
            f"The candidate is weakest where a question needs {name}: "
            f"{wording.rate(worst.rate, 0)} of {worst.valid:,} such questions were answered wrongly."
        )
    elif main.valid and not summary.skills:
        told.append(wording.NO_SKILLS)
    elif main.failures:
        told.append("No skill or combination of skills fails credibly more often than the rest.")
    return tuple(told)


def tiles(summary: Summary) -> tuple[Tile, ...]:
    """The large figures of the phase that the run is judged by."""
    main = summary.headline
    if main is None:
        return ()
    share = main.fdr_asked, main.fdr_valid, main.valid_share
    values = [wording.percent(None if interval is None else interval.estimate) for interval in share]
    spans = [wording.span(interval) for interval in share]
    told = [
        Tile(
            "FDR over all asked",
            values[0],
            spans[0],
            f"{main.failures:,} failures in {main.asked:,} questions",
        ),
        Tile(
            "FDR over valid",
            values[1],
            spans[1],
            f"{main.failures:,} failures in {main.valid:,} valid questions",
        ),
        Tile(
            "Valid questions",
            values[2],
            spans[2],
            f"{main.invalid:,} invalid, {main.unscorable:,} unscorable",
        ),
    ]
    if summary.skills or not main.valid:
        compositions = f"{main.compositions:,} distinct compositions of skills"
        told.append(Tile("Skills a question", wording.number(main.mean_skills, 2), "", compositions))
    return tuple(told)


def _found(main: PhaseFigures) -> str:
    where = f"{main.images:,} held-out images" if is_evaluation(main.phase) else f"{main.images:,} images"
    who = _WHO.get(main.phase, "the questioner")
    if not main.failures:
        most = f" (the rate is below {wording.percent(main.fdr_valid.high)} at 95%)" if main.fdr_valid else ""
        return f"On {where}, none of the {main.valid:,} valid questions of {who} was answered wrongly{most}."
    found = wording.rate(main.fdr_asked)
    return f"On {where}, {found} of the questions of {who} exposed a mistake of the candidate."


_WHO = {
    "eval:trained": "the trained questioner",
    "eval:untrained": "the untrained questioner",
    "eval:random": "the random questioner",
    "eval:static": "the static questioner",
    "eval:bandit": "the bandit",
    "eval:feedback": "the questioner that was told what failed",
}


def _compared(summary: Summary) -> str:
    """How the questioner that learned compares with each baseline, or ""."""
    told = [
        f"{wording.times(both.over_asked.ratio)} as often as {_WHO[both.second]}"
        for both in summary.comparisons
        if both.over_asked is not None and both.over_asked.ratio is not None
    ]
    if not told:
        return ""
    clear = [_clear(both.over_asked) for both in summary.comparisons if both.over_asked is not None]
    caution = "" if all(clear) else " Where an interval holds 1, the difference may be chance."
    return f"That is {' and '.join(told)}.{caution}"


def _clear(comparison: Comparison) -> bool:
    return comparison.difference.low > 0 or comparison.difference.high < 0
