"""Scenes without a renderer: hand-made ones, random ones, and the mirror image of any.

A pinhole camera fills in what the renderer would measure, unrounded; visible shares are made up.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace

from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Camera, Scene, SceneObject

EYE_Y_M, EYE_Z_M, TAN_HALF_FOV, PITCH = -1.86, 1.16, math.tan(math.radians(20.0)), math.radians(30.0)
CAMERA = Camera((0.0, EYE_Y_M, EYE_Z_M), (0.0, 0.02, 0.08), 40.0)


def thing(
    number: int,
    category: str = "cube",
    colour: str = "red",
    *,
    at: tuple[float, float] = (0.0, 0.0),
    size: str = "small",
    material: str = "matte",
    yaw_deg: float = 0.0,
    has_front: bool = False,
    text: str | None = None,
    visible: float = 1.0,
) -> SceneObject:
    """One object at (x, y) metres, as a camera right in front of the table sees it."""
    length = SIZES[size]
    return SceneObject(
        id=number,
        category=category,
        family=catalogue().family_of(category),
        model=category,
        colour=colour,
        material=material,
        size=size,
        x=at[0],
        y=at[1],
        yaw_deg=yaw_deg,
        extent=(length, length, length),
        has_front=has_front,
        text=text,
        u=_across(at, length / 2.0),
        depth=at[1] - EYE_Y_M,
        heading_deg=_heading_deg(at, yaw_deg),
        box=(0.4, 0.4, 0.6, 0.6) if visible > 0.0 else None,
        visible=visible,
    )


def _across(at: tuple[float, float], height_m: float) -> float:
    forward_m = (at[1] - EYE_Y_M) * math.cos(PITCH) + (EYE_Z_M - height_m) * math.sin(PITCH)
    return 0.5 + 0.5 * at[0] / (forward_m * TAN_HALF_FOV)


def _heading_deg(at: tuple[float, float], yaw_deg: float) -> float:
    """Turned against the line to the camera; counter-clockwise, seen from above, is to the image's right."""
    to_camera_deg = math.degrees(math.atan2(EYE_Y_M - at[1], -at[0]))
    front_deg = yaw_deg - 90.0
    return (front_deg - to_camera_deg) % 360.0


def scene(*things: SceneObject) -> Scene:
    """A scene of these objects."""
    return Scene(things, CAMERA, 0, (0.0, -0.3, 0.9), 0)


def random_scene(seed: int, n: int | None = None) -> Scene:
    """n objects (1 to 12 if left out), some alike, some hidden, some nearly level with others."""
    rng = random.Random(seed)
    categories = rng.sample(sorted(catalogue().categories), 5)
    count = rng.randint(1, 12) if n is None else n
    return scene(*(_random_thing(rng, number, categories) for number in range(1, count + 1)))


def _random_thing(rng: random.Random, number: int, categories: list[str]) -> SceneObject:
    category = (
        rng.choice(categories) if rng.random() < 0.7 else rng.choice(["cube", "sphere", "sign", "horse"])
    )
    models = catalogue().models_of(category)
    return thing(
        number,
        category,
        rng.choice(list(COLOURS)[: rng.choice((2, 8))]),
        at=(rng.uniform(-0.65, 0.65), rng.uniform(-0.5, 0.7)),
        size=rng.choice(list(SIZES)),
        material=rng.choice(MATERIALS),
        yaw_deg=rng.choice((0.0, 90.0, 180.0, 270.0)) + rng.uniform(-40.0, 40.0)
        if category != "sign"
        else 0.0,
        has_front=any(model.has_front for model in models),
        text=rng.choice(SIGN_WORDS[:4]) if category == "sign" else None,
        visible=rng.choice((1.0, 1.0, 1.0, 0.95, 0.8, 0.6, 0.45, 0.1)),
    )


def mirrored(original: Scene) -> Scene:
    """The scene as a mirror shows it: left and right change places, nothing else does."""
    camera = replace(
        original.camera,
        eye=(-original.camera.eye[0], *original.camera.eye[1:]),
        target=(-original.camera.target[0], *original.camera.target[1:]),
    )
    objects = tuple(_mirrored_thing(item) for item in original.objects)
    return replace(original, objects=objects, camera=camera)


def _mirrored_thing(item: SceneObject) -> SceneObject:
    box = item.box
    return replace(
        item,
        x=-item.x,
        yaw_deg=-item.yaw_deg,
        u=1.0 - item.u,
        heading_deg=-item.heading_deg % 360.0,
        box=None if box is None else (1.0 - box[2], box[1], 1.0 - box[0], box[3]),
    )
