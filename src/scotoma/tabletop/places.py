"""Scene + object -> what stands before it, and the free places where it could stand instead. Pure.

Outlines are bounding boxes in the image: two that do not overlap belong to objects that do not hide each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from scotoma.tabletop.geometry import Box, outline, placed_in_view
from scotoma.tabletop.oracle.measures import WHOLE_ABOVE
from scotoma.tabletop.sampler import DEFAULT, can_stand
from scotoma.tabletop.scene import Camera, Scene, SceneObject

Way = Literal["left", "right", "front", "back"]
WAYS: tuple[Way, ...] = ("left", "right", "front", "back")
STEP_M = 0.06
"""Distance of the places that are tried, metres: a quarter of a small object."""
FAR_ENOUGH_M = 0.24
"""How far an object is moved at least, metres: beyond the oracle's margins of position."""

_GAP = 0.01
"""Share of the image's width that is kept between outlines."""


@dataclass(frozen=True, slots=True)
class Place:
    """A free place: x and y in metres.

    change: metres from where the object stands, those in depth twice, since they also change how large it looks.
    alone:  it would hide nothing.
    """

    x: float
    y: float
    change: float
    alone: bool


def hiders_of(item: SceneObject, scene: Scene) -> tuple[SceneObject, ...]:
    """What stands before an object that is not whole to be seen, the largest overlap first."""
    if item.visible > WHOLE_ABOVE:
        return ()
    own = outline(scene.camera, item)
    overlaps = {
        other: _overlap(own, outline(scene.camera, other))
        for other in scene.objects
        if _depth(other, scene.camera) < _depth(item, scene.camera)
    }
    found = [other for other, area in overlaps.items() if area > 0.0]
    return tuple(sorted(found, key=lambda other: (-overlaps[other], other.id)))


def places_for(item: SceneObject, scene: Scene) -> list[Place]:
    """Places where the object could stand with nothing before it, the least change first.

    They lie on a grid of STEP_M over the part of the table where the sampler puts objects.
    """
    others = [other for other in scene.objects if other.id != item.id]
    before = [(outline(scene.camera, other), _depth(other, scene.camera)) for other in others]
    places = []
    for x, y in _grid():
        moved = replace(item, x=x, y=y)
        if not can_stand(moved, others, scene.camera):
            continue
        own, depth = outline(scene.camera, moved), _depth(moved, scene.camera)
        touching = [far for box, far in before if _overlap(own, box, _GAP) > 0.0]
        if all(far > depth for far in touching):
            places.append(Place(x, y, math.hypot(x - item.x, 2.0 * (y - item.y)), not touching))
    return sorted(places, key=lambda place: (place.change, place.x, place.y))


def clear_place(places: list[Place]) -> Place | None:
    """The first one where the object hides nothing either; failing that, the first."""
    return next((place for place in places if place.alone), places[0] if places else None)


def place_towards(way: Way, item: SceneObject, places: list[Place]) -> Place | None:
    """The first place at least FAR_ENOUGH_M that way, at most a third of it aside, where the object hides nothing."""
    for place in places:
        right_m, back_m = place.x - item.x, place.y - item.y
        along_m = {"left": -right_m, "right": right_m, "front": -back_m, "back": back_m}[way]
        aside_m = abs(back_m) if way in ("left", "right") else abs(right_m)
        if place.alone and along_m >= FAR_ENOUGH_M and aside_m <= along_m / 3.0:
            return place
    return None


def _grid() -> Iterator[tuple[float, float]]:
    columns = math.floor(DEFAULT.half_width / STEP_M)
    rows = math.floor((DEFAULT.far - DEFAULT.near) / STEP_M)
    for column in range(-columns, columns + 1):
        for row in range(rows + 1):
            yield round(column * STEP_M, 4), round(DEFAULT.near + row * STEP_M, 4)


def _depth(item: SceneObject, camera: Camera) -> float:
    return placed_in_view(camera, item).depth


def _overlap(first: Box, second: Box, gap: float = 0.0) -> float:
    """Area shared by two boxes, the first widened by `gap` on each side; share of the image."""
    wide = min(first[2] + gap, second[2]) - max(first[0] - gap, second[0])
    high = min(first[3] + gap, second[3]) - max(first[1] - gap, second[1])
    return max(0.0, wide) * max(0.0, high)
