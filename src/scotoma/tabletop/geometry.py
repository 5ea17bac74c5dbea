"""Camera + point -> where it shows; Camera + object -> left-to-right place, depth, heading. Pure, no numpy.

The image is square. u runs from 0 (left edge) to 1 (right edge), v from 0 (top) to 1 (bottom).
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from itertools import product

from scotoma.tabletop.scene import Camera, SceneObject

Vector = tuple[float, float, float]
Box = tuple[float, float, float, float]


@lru_cache(maxsize=64)
def camera_axes(camera: Camera) -> tuple[Vector, Vector, Vector]:
    """Unit vectors right, up and forward of a camera without roll, in table coordinates."""
    forward = _unit(tuple(t - e for t, e in zip(camera.target, camera.eye, strict=True)))
    right = _unit((forward[1], -forward[0], 0.0))
    up = (
        right[1] * forward[2] - right[2] * forward[1],
        right[2] * forward[0] - right[0] * forward[2],
        right[0] * forward[1] - right[1] * forward[0],
    )
    return right, up, forward


def project(camera: Camera, point: Vector) -> tuple[float, float]:
    """(u, v) of a point in front of the camera."""
    right, up, forward = camera_axes(camera)
    offset = tuple(p - e for p, e in zip(point, camera.eye, strict=True))
    scale = 0.5 / (math.tan(math.radians(camera.fov_deg) / 2.0) * _dot(offset, forward))
    return 0.5 + _dot(offset, right) * scale, 0.5 - _dot(offset, up) * scale


def outline(camera: Camera, item: SceneObject) -> Box:
    """(u0, v0, u1, v1) of the object's bounding box in the image; what is seen of the object lies inside it."""
    half = (item.extent[0] / 2.0, item.extent[1] / 2.0)
    cos, sin = math.cos(math.radians(item.yaw_deg)), math.sin(math.radians(item.yaw_deg))
    corners = [
        project(camera, (item.x + sx * cos - sy * sin, item.y + sx * sin + sy * cos, z))
        for sx, sy, z in product((-half[0], half[0]), (-half[1], half[1]), (0.0, item.extent[2]))
    ]
    across, down = zip(*corners, strict=True)
    return min(across), min(down), max(across), max(down)


def in_frame(camera: Camera, item: SceneObject, border: float = 0.01) -> bool:
    """True if the whole bounding box of the object lies inside the image, `border` (share of width) from its edge."""
    left, top, right, bottom = outline(camera, item)
    return min(left, top) >= border and max(right, bottom) <= 1.0 - border


def placed_in_view(camera: Camera, item: SceneObject) -> SceneObject:
    """The object with `u`, `depth` and `heading_deg` as this camera sees them (see `SceneObject`)."""
    u, _ = project(camera, (item.x, item.y, item.extent[2] / 2.0))
    _, _, forward = camera_axes(camera)
    ground = _unit((forward[0], forward[1], 0.0))
    depth = _dot((item.x - camera.eye[0], item.y - camera.eye[1], 0.0), ground)
    return replace(item, u=round(u, 4), depth=round(depth, 4), heading_deg=round(_heading(camera, item), 2))


def _heading(camera: Camera, item: SceneObject) -> float:
    """Degrees between the object's front and the way to the camera; 90 = front to the image's right."""
    to_camera = _unit((camera.eye[0] - item.x, camera.eye[1] - item.y, 0.0))
    yaw = math.radians(item.yaw_deg)
    front = (math.sin(yaw), -math.cos(yaw), 0.0)
    image_right = (-to_camera[1], to_camera[0], 0.0)
    return math.degrees(math.atan2(_dot(front, image_right), _dot(front, to_camera))) % 360.0


def _unit(vector: tuple[float, ...]) -> Vector:
    length = math.sqrt(sum(part * part for part in vector))
    return vector[0] / length, vector[1] / length, vector[2] / length


def _dot(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]
