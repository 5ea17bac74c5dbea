"""Values by step -> a line chart. Raw values faint, smoothed ones bold. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from scotoma.report.charts.scale import Axis, round_axis, whole_axis
from scotoma.report.charts.svg import element, path, picture, text

WIDTH, HEIGHT = 420.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 408.0, 12.0, 178.0


@dataclass(frozen=True, slots=True)
class Line:
    """One series. values: one entry a step, None where there is nothing. raw: unsmoothed, drawn faint.

    slot: 1, 2, ... the place in the palette.
    """

    name: str
    values: Sequence[float | None]
    slot: int
    raw: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class LineChart:
    """share: values are shown as per cent. from_zero: the axis begins at 0."""

    title: str
    caption: str
    steps: Sequence[int]
    lines: Sequence[Line]
    share: bool = False
    from_zero: bool = True

    @property
    def markup(self) -> Markup:
        """The drawing."""
        return line_chart(self)


def line_chart(chart: LineChart) -> Markup:
    """Steps on the x axis, values on the y axis."""
    known = [v for line in chart.lines for v in (*line.values, *line.raw) if v is not None]
    y = round_axis(known, _BOTTOM, _TOP, from_zero=chart.from_zero)
    first, last = (chart.steps[0], chart.steps[-1]) if chart.steps else (0, 1)
    x = whole_axis(first, last, _LEFT, _RIGHT)
    drawn = [_grid(x, y, chart.share)]
    drawn += [
        path(_points(chart.steps, line.raw, x, y), f"raw s{line.slot}") for line in chart.lines if line.raw
    ]
    for line in chart.lines:
        drawn += [
            path(_points(chart.steps, line.values, x, y), f"line s{line.slot}"),
            _last(chart.steps, line, x, y, chart.share),
        ]
    return picture(WIDTH, HEIGHT, _in_words(chart), *drawn)


def shown(value: float, share: bool) -> str:
    """A tick or value label."""
    return f"{100 * value:.3g}%" if share else f"{value:.3g}"


def _grid(x: Axis, y: Axis, share: bool) -> Markup:
    parts: list[Markup] = []
    for tick in y.ticks:
        at = y.place(tick)
        kind = "base" if tick == 0 else "grid"
        parts += [
            element("line", x1=_LEFT, x2=_RIGHT, y1=at, y2=at, class_=kind),
            text(_LEFT - 7, at + 4, shown(tick, share), anchor="end"),
        ]
    parts += [text(x.place(tick), _BOTTOM + 18, f"{tick:g}", anchor="middle") for tick in x.ticks]
    parts.append(text((_LEFT + _RIGHT) / 2, HEIGHT - 6, "step", class_="axis", anchor="middle"))
    return Markup("").join(parts)


def _points(
    steps: Sequence[int], values: Sequence[float | None], x: Axis, y: Axis
) -> list[tuple[float, float] | None]:
    return [
        None if value is None else (x.place(step), y.place(value))
        for step, value in zip(steps, values, strict=True)
    ]


def _last(steps: Sequence[int], line: Line, x: Axis, y: Axis, share: bool) -> Markup:
    """A dot at the last value of a line; it says its value when pointed at."""
    at = next((place for place in reversed(range(len(steps))) if line.values[place] is not None), None)
    value = None if at is None else line.values[at]
    if at is None or value is None:
        return Markup("")
    title = element("title", f"{line.name}: {shown(value, share)} at step {steps[at]}")
    return element(
        "circle", title, cx=x.place(steps[at]), cy=y.place(value), r=3.5, class_=f"dot s{line.slot}"
    )


def _in_words(chart: LineChart) -> str:
    """The text alternative: where each line begins and ends."""
    told = []
    for line in chart.lines:
        known = [value for value in line.values if value is not None]
        if known:
            told.append(f"{line.name} from {shown(known[0], chart.share)} to {shown(known[-1], chart.share)}")
    return f"{chart.title}: {'; '.join(told) or 'nothing to show'}."
