"""A rate and its interval -> a bar with a whisker, to stand in a table cell. Pure."""

from __future__ import annotations

from markupsafe import Markup

from scotoma.analysis.statistics import Interval
from scotoma.report.charts.svg import element, picture

_WIDTH, _HEIGHT = 160.0, 16.0


def rate_bar(rate: Interval, *, full: float = 1.0, slot: int = 2, label: str = "") -> Markup:
    """The estimate as a bar from 0, the interval as a whisker; the full width stands for `full`."""
    middle = _HEIGHT / 2
    at = [min(1.0, value / full) * (_WIDTH - 4) + 2 for value in (rate.low, rate.estimate, rate.high)]
    return picture(
        _WIDTH,
        _HEIGHT,
        label or f"{100 * rate.estimate:.0f}%, interval {100 * rate.low:.0f}% to {100 * rate.high:.0f}%",
        element("rect", x=2.0, y=2.0, width=_WIDTH - 4, height=_HEIGHT - 4, rx=2, class_="track"),
        element(
            "rect", x=2.0, y=2.0, width=max(1.0, at[1] - 2), height=_HEIGHT - 4, rx=2, class_=f"bar s{slot}"
        ),
        element("line", x1=at[0], x2=at[2], y1=middle, y2=middle, class_="whisker"),
        *(
            element("line", x1=end, x2=end, y1=middle - 3, y2=middle + 3, class_="whisker")
            for end in (at[0], at[2])
        ),
        class_="ratebar",
    )


def stacked_bar(shares: list[tuple[str, float]]) -> Markup:
    """Parts of a whole, left to right; each says its name and share when pointed at."""
    total = sum(amount for _, amount in shares) or 1.0
    width, height, x = 420.0, 22.0, 0.0
    parts = []
    for slot, (name, amount) in enumerate(shares, 1):
        wide = width * amount / total
        title = element("title", f"{name}: {100 * amount / total:.0f}%")
        parts.append(
            element("rect", title, x=x, y=0, width=max(0.0, wide - 1.5), height=height, class_=f"bar s{slot}")
        )
        x += wide
    told = ", ".join(f"{name} {100 * amount / total:.0f}%" for name, amount in shares)
    return picture(width, height, told, *parts, class_="stack", stretch=True)
