"""Failure rates by skill and by pair of skills -> a triangular heat map with counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from scotoma.analysis.breakdown import GroupFigures, Skills, canonical
from scotoma.report.charts.svg import element, picture, text

BINS = (0.10, 0.20, 0.35, 0.50, 0.70)
"""Upper ends of the colour classes; the last class is open."""

LEAST_SUPPORT = 15
"""Questions below which a cell is shown grey: its rate may be chance."""

_CELL, _LABEL, _GAP = 34.0, 104.0, 2.0


def heat_class(rate: float) -> int:
    """Which colour class a rate falls in: 0 .. len(BINS)."""
    return sum(rate >= end for end in BINS)


def heat_map(
    skills: Sequence[GroupFigures], pairs: Sequence[GroupFigures], names: Mapping[str, str]
) -> Markup:
    """One row and one column a skill, in the order of `skills`; on the diagonal the skill itself.

    A cell shows the failure rate in per cent over the number of questions. Cells under LEAST_SUPPORT are
    grey.
    """
    order = [group.skills[0] for group in skills]
    cells: dict[Skills, GroupFigures] = {group.skills: group for group in (*skills, *pairs)}
    drawn: list[Markup] = []
    for row, skill in enumerate(order):
        y = row * _CELL
        drawn.append(text(_LABEL - 8, y + _CELL / 2 + 4, names[skill], class_="cellname", anchor="end"))
        for column, other in enumerate(order[: row + 1]):
            group = cells.get(canonical((skill, other)))
            drawn.append(_cell(_LABEL + column * _CELL, y, group, names))
    side = len(order) * _CELL
    for column, skill in enumerate(order):
        x, y = _LABEL + (column + 0.5) * _CELL + 4, side + 10
        drawn.append(
            element(
                "text",
                names[skill],
                x=x,
                y=y,
                class_="cellname",
                text_anchor="end",
                transform=f"rotate(-45 {x:g} {y:g})",
            )
        )
    label = (
        "Failure rate of every skill and of every pair of skills; the tables beside it hold the same figures."
    )
    return picture(_LABEL + side, side + 92, label, *drawn, class_="heat")


def _cell(x: float, y: float, group: GroupFigures | None, names: Mapping[str, str]) -> Markup:
    size = _CELL - _GAP
    if group is None:
        return element("rect", x=x, y=y, width=size, height=size, rx=3, class_="cell none")
    little = group.valid < LEAST_SUPPORT
    kind = "little" if little else f"h{heat_class(group.rate.estimate)}"
    what = " + ".join(names[skill] for skill in group.skills)
    title = element(
        "title",
        f"{what}: {group.failures} of {group.valid} failed on {group.images} images "
        f"({100 * group.rate.estimate:.0f}%, "
        f"95% interval {100 * group.rate.low:.0f} to {100 * group.rate.high:.0f}%)"
        + (", too few to tell" if little else ""),
    )
    middle = x + size / 2
    return element(
        "g",
        title,
        element("rect", x=x, y=y, width=size, height=size, rx=3, class_=f"cell {kind}"),
        text(middle, y + 15, f"{100 * group.rate.estimate:.0f}", class_=f"rate {kind}", anchor="middle"),
        text(middle, y + 26, _short(group.valid), class_=f"count {kind}", anchor="middle"),
    )


def _short(count: int) -> str:
    return str(count) if count < 1000 else f"{count / 1000:.1f}k" if count < 10_000 else f"{count // 1000}k"
