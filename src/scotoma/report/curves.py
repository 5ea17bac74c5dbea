"""Steps of training -> the line charts of a run: reward, FDR, validity, complexity. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.analysis.curve import StepFigures, smoothed
from scotoma.report.charts.lines import Line, LineChart

_SKILLS, _COMPOSITIONS = "Skills a question", "Compositions of skills"
_OF_SKILLS = (_SKILLS, _COMPOSITIONS)

FEWEST_STEPS = 2
"""Below this many steps there is no curve to draw."""


def charts(curve: Sequence[StepFigures]) -> tuple[LineChart, ...]:
    """The charts of a run; none if it has fewer than FEWEST_STEPS steps, none of skills if no skill is known."""
    if len(curve) < FEWEST_STEPS:
        return ()
    steps = [at.step for at in curve]
    half = half_window(len(curve))

    def line(name: str, values: Sequence[float | None], slot: int) -> Line:
        return Line(name, smoothed(values, half), slot, raw=values)

    drawn = (
        LineChart(
            "Failures found",
            "Failure discovery rate (FDR): how many questions exposed a mistake.",
            steps,
            [
                line("over valid", [at.fdr_valid for at in curve], 2),
                line("over all asked", [at.fdr_asked for at in curve], 1),
            ],
            share=True,
        ),
        LineChart(
            "Valid questions",
            "Questions that have exactly one right answer.",
            steps,
            [line("valid share", [at.valid_share for at in curve], 3)],
            share=True,
        ),
        LineChart(
            "Reward",
            "Mean weighted reward of a question.",
            steps,
            [line("reward", [at.reward for at in curve], 1)],
        ),
        LineChart(
            "Reward terms",
            "Before weighting. Novelty is paid only to valid questions.",
            steps,
            _terms(curve, half),
        ),
        LineChart(
            _SKILLS,
            "What a valid question needs, on average: its complexity.",
            steps,
            [line("skills", [at.mean_skills for at in curve], 4)],
            from_zero=False,
        ),
        LineChart(
            _COMPOSITIONS,
            "Distinct sets of skills asked for so far, and within one step.",
            steps,
            [
                Line("seen so far", [float(at.seen_compositions) for at in curve], 1),
                line("in one step", [float(at.distinct_compositions) for at in curve], 3),
            ],
        ),
    )
    if any(at.mean_skills is not None for at in curve):
        return drawn
    return tuple(chart for chart in drawn if chart.title not in _OF_SKILLS)


def half_window(steps: int) -> int:
    """Half of the smoothing window: a twentieth of the run on each side, at most 10 steps."""
    return min(10, max(1, steps // 20))


def _terms(curve: Sequence[StepFigures], half: int) -> list[Line]:
    known = any(at.mean_skills is not None for at in curve)
    names = sorted({name for at in curve for name in at.terms if known or name != "novelty_mix"})
    return [
        Line(name.replace("_", " "), smoothed([at.terms.get(name) for at in curve], half), slot)
        for slot, name in enumerate(names, 1)
    ]
