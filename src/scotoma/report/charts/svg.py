"""tag, attributes, children -> SVG markup in which everything is escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Attribute = str | float | int | None


def element(tag: str, *children: str, **attributes: Attribute) -> Markup:
    """<tag a="..">children</tag>. `class_` -> class, `stroke_width` -> stroke-width; None leaves one out.

    Children that are Markup stand as they are, plain strings are escaped.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _number(value))
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(child) for child in children)
    opened = Markup("<{}").format(tag) + written
    return opened + (Markup(">") + inside + Markup("</{}>").format(tag) if children else Markup("/>"))


def picture(
    width: float, height: float, label: str, *children: str, class_: str = "chart", stretch: bool = False
) -> Markup:
    """An <svg> of this size in its own units, with a text alternative. stretch: proportions may change."""
    return element(
        "svg",
        *children,
        class_=class_,
        viewBox=f"0 0 {width:g} {height:g}",
        preserveAspectRatio="none" if stretch else None,
        role="img",
        aria_label=label,
        xmlns="http://www.w3.org/2000/svg",
    )


def text(x: float, y: float, content: str, *, class_: str = "tick", anchor: str = "start") -> Markup:
    """A line of text. anchor: start, middle or end."""
    return element("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def path(points: Iterable[tuple[float, float] | None], class_: str) -> Markup:
    """A polyline through the points, broken where one is None."""
    commands, pen_down = [], False
    for point in points:
        if point is None:
            pen_down = False
            continue
        commands.append(f"{'L' if pen_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_down = True
    return element("path", d="".join(commands), class_=class_)


def _number(value: Attribute) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
