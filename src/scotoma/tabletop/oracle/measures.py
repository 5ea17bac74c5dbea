"""Scene objects -> Truth: what holds of one object, or of one beside another, and by what margin.

Every margin is a declared constant: nearer to the boundary, people and cameras disagree, so it is a doubt.
"""

from __future__ import annotations

import math
from typing import Literal

from scotoma.tabletop.oracle.truth import Doubt, Truth, conjunction
from scotoma.tabletop.program import AttributeKey, Direction, SameKey, Side
from scotoma.tabletop.scene import SceneObject

SEEN_FROM_SHARE = 0.30
"""Visible share under which an object may or may not count as being there."""
HIDDEN_BELOW, WHOLE_ABOVE = 0.70, 0.88
"""Visible share: below the first an object is partly hidden, above the second it is not."""
TEXT_FROM_SHARE, TEXT_HEADING_DEG = 0.60, 60.0
"""A sign can be read from this visible share on, and when turned no further than this from the camera."""
MARGIN_U = 0.05
"""Left/right: share of the image's width."""
MARGIN_DEPTH_M = 0.08
"""In front/behind: metres along the viewing direction."""
NEAREST_RATIO, NEAREST_MARGIN_M = 1.15, 0.05
"""Nearest: the runner-up is farther by this ratio and by this many metres."""
ON_LINE_M, OFF_LINE_M = 0.25, 0.35
"""Between: distance to the segment that joins the anchors, metres."""
LATERAL_M, LATERAL_DEG = 0.10, 20.0
"""Seen from an anchor: offset to its side in metres, and angle off its front/back axis in degrees."""

_LATERAL_SHARE = math.sin(math.radians(LATERAL_DEG))
BLOCK_FAMILY = "block"


def seen(thing: SceneObject) -> Truth:
    """Does enough of it show to count as being there?"""
    return True if thing.visible >= SEEN_FROM_SHARE else Doubt.LOW_VISIBILITY


def value_of(thing: SceneObject, key: AttributeKey) -> str | Doubt | None:
    """The object's value of an attribute; None where it has none (no text, no front)."""
    if key == "colour":
        return thing.colour
    if key == "material":
        return thing.material
    if key == "size":
        return thing.size
    if key == "category":
        return thing.category
    if key == "text":
        return _text(thing)
    if key == "facing":
        if not thing.has_front:
            return None
        return Doubt.THIN_MARGIN if thing.facing is None else thing.facing
    if thing.visible < HIDDEN_BELOW:
        return "yes"
    return "no" if thing.visible > WHOLE_ABOVE else Doubt.THIN_MARGIN


def _text(thing: SceneObject) -> str | Doubt | None:
    if thing.text is None:
        return None
    turned = abs((thing.heading_deg + 180.0) % 360.0 - 180.0)
    if thing.visible < TEXT_FROM_SHARE or turned > TEXT_HEADING_DEG:
        return Doubt.LOW_VISIBILITY
    return thing.text


def has(thing: SceneObject, key: AttributeKey, value: str) -> Truth:
    """Is the attribute `key` of the object `value`? An object without such an attribute does not match."""
    own = value_of(thing, key)
    return own if isinstance(own, Doubt) else own == value


def _by_margin(gap: float, margin: float) -> Truth:
    return True if gap >= margin else False if gap <= -margin else Doubt.THIN_MARGIN


def stands(thing: SceneObject, direction: Direction, anchor: SceneObject) -> Truth:
    """Is the object left of, right of, in front of or behind the anchor, for the camera?"""
    if direction == "left":
        return _by_margin(anchor.u - thing.u, MARGIN_U)
    if direction == "right":
        return _by_margin(thing.u - anchor.u, MARGIN_U)
    gap_m = anchor.depth - thing.depth
    return _by_margin(gap_m if direction == "front" else -gap_m, MARGIN_DEPTH_M)


def distance_m(first: SceneObject, second: SceneObject) -> float:
    """Distance of base centres on the table, metres."""
    return math.hypot(first.x - second.x, first.y - second.y)


def nearer(thing: SceneObject, other: SceneObject, anchor: SceneObject) -> Truth:
    """Is the object nearer to the anchor than the other one is?"""
    own_m, other_m = distance_m(thing, anchor), distance_m(other, anchor)
    near_m, far_m = min(own_m, other_m), max(own_m, other_m)
    if far_m < NEAREST_RATIO * near_m or far_m - near_m < NEAREST_MARGIN_M:
        return Doubt.THIN_MARGIN
    return own_m < other_m


def lies_between(thing: SceneObject, first: SceneObject, second: SceneObject) -> Truth:
    """Is the object between the two, horizontally in the image and near the line that joins them?"""
    left, right = (first, second) if first.u <= second.u else (second, first)
    return conjunction(
        (stands(thing, "right", left), stands(thing, "left", right), _on_line(thing, first, second))
    )


def _on_line(thing: SceneObject, first: SceneObject, second: SceneObject) -> Truth:
    along_x, along_y = second.x - first.x, second.y - first.y
    length_squared = along_x**2 + along_y**2
    share = 0.0
    if length_squared > 0.0:
        share = ((thing.x - first.x) * along_x + (thing.y - first.y) * along_y) / length_squared
        share = min(1.0, max(0.0, share))
    off_m = math.hypot(first.x + share * along_x - thing.x, first.y + share * along_y - thing.y)
    return True if off_m <= ON_LINE_M else False if off_m >= OFF_LINE_M else Doubt.THIN_MARGIN


def side_seen_from(anchor: SceneObject, thing: SceneObject) -> Literal["left", "right"] | Doubt:
    """On which hand of the anchor the object lies, along the way that the anchor faces.

    With yaw counter-clockwise and the front at -y for yaw 0, the front points along (sin yaw, -cos yaw) and
    the left hand along (cos yaw, sin yaw).
    """
    yaw = math.radians(anchor.yaw_deg)
    off_x, off_y = thing.x - anchor.x, thing.y - anchor.y
    lateral_m = off_x * math.cos(yaw) + off_y * math.sin(yaw)
    if abs(lateral_m) < LATERAL_M or abs(lateral_m) < _LATERAL_SHARE * math.hypot(off_x, off_y):
        return Doubt.THIN_MARGIN
    return "left" if lateral_m > 0.0 else "right"


def on_side(thing: SceneObject, side: Side, anchor: SceneObject) -> Truth:
    """Is the object on that side of the anchor, as seen from the anchor?"""
    own = side_seen_from(anchor, thing)
    return own if isinstance(own, Doubt) else own == side


def alike(thing: SceneObject, key: SameKey, anchor: SceneObject) -> bool:
    """Have the two the same colour, material or size class?"""
    return value_of(thing, key) == value_of(anchor, key)
