"""(seed, index) -> Scene, before rendering: what lies where, drawn from a documented distribution.

Half of the scenes are dense: objects are placed behind each other on purpose, so that occlusion is common.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scotoma.tabletop.geometry import in_frame
from scotoma.tabletop.meshes import PRIMITIVES, catalogue
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Camera, Scene, SceneObject

BACKGROUNDS = 4
"""How many table tops the renderer knows."""

_CUBE_YAW_DEG = 25.0
_BLOCKS = tuple(name for name in PRIMITIVES if name != "sign")


@dataclass(frozen=True, slots=True)
class SceneDistribution:
    """What a tabletop scene looks like on average. Lengths in metres.

    min_objects, max_objects: drawn uniformly, both inclusive.
    share_meshes, share_signs: the rest are primitive blocks.
    dense:  share of scenes laid out so that objects stand behind each other.
    repeat: chance that a new object repeats the category of one already there (so that counting matters).
    half_width, near, far: the part of the table where objects may stand.
    """

    min_objects: int = 2
    max_objects: int = 10
    share_meshes: float = 0.6
    share_signs: float = 0.1
    dense: float = 0.5
    repeat: float = 0.2
    half_width: float = 0.72
    near: float = -0.62
    far: float = 0.86


DEFAULT = SceneDistribution()


def sample_scene(seed: int, index: int, distribution: SceneDistribution = DEFAULT) -> Scene:
    """The `index`-th scene of the stream `seed`. Pure: the same arguments give the same scene everywhere."""
    rng = random.Random(_mix(seed, index))
    wanted = rng.randint(distribution.min_objects, distribution.max_objects)
    dense = rng.random() < distribution.dense
    camera = _jittered_camera(rng)
    placed: list[SceneObject] = []
    for _ in range(400):
        if len(placed) == wanted:
            break
        drawn = _draw_object(rng, len(placed) + 1, placed, distribution)
        item = _put_down(rng, drawn, placed, camera, dense, distribution)
        if item is not None:
            placed.append(item)
    light = (rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.1), 0.9)
    return Scene(tuple(placed), camera, rng.randrange(BACKGROUNDS), light, _mix(seed, index) % 2**31)


def can_stand(
    item: SceneObject,
    others: Iterable[SceneObject],
    camera: Camera,
    distribution: SceneDistribution = DEFAULT,
) -> bool:
    """Could the sampler have put the object where it is: on the table, apart from the others, whole in the frame?"""
    on_the_table = distribution.near <= item.y <= distribution.far
    return on_the_table and _stands_apart(item, others) and in_frame(camera, item)


def _mix(seed: int, index: int) -> int:
    """A 64-bit seed for one scene; hashing keeps neighbouring streams apart."""
    return int.from_bytes(hashlib.sha256(f"scene:{seed}:{index}".encode()).digest()[:8], "big")


def _jittered_camera(rng: random.Random) -> Camera:
    eye = (rng.uniform(-0.16, 0.16), -1.86 + rng.uniform(-0.06, 0.06), 1.16 + rng.uniform(-0.10, 0.10))
    return Camera(eye, (rng.uniform(-0.02, 0.02), 0.03, 0.10), 33.0)


def _draw_object(
    rng: random.Random, number: int, placed: list[SceneObject], distribution: SceneDistribution
) -> SceneObject:
    """An object with everything but its place; it lies at the origin."""
    nouns = catalogue()
    category = _draw_category(rng, placed, distribution)
    size = rng.choice(list(SIZES))
    length = SIZES[size]
    model, has_front, shape = category, False, (0.8, 0.8, 0.8)
    if category == "sign":
        shape = (1.0, 0.12, 0.7)
        yaw = rng.uniform(-22.0, 22.0)
    elif category in _BLOCKS:
        yaw = rng.uniform(-_CUBE_YAW_DEG, _CUBE_YAW_DEG)
    else:
        mesh = rng.choice(nouns.models_of(category))
        model, has_front, shape = mesh.name, mesh.has_front, mesh.size
        yaw = rng.choice((0.0, 90.0, 180.0, 270.0)) + rng.uniform(-25.0, 25.0)
    width, depth, height = (round(length * side, 4) for side in shape)
    return SceneObject(
        id=number,
        category=category,
        family=nouns.family_of(category),
        model=model,
        colour=rng.choice(list(COLOURS)),
        material=rng.choice(MATERIALS),
        size=size,
        x=0.0,
        y=0.0,
        yaw_deg=round(yaw % 360.0, 2),
        extent=(width, depth, height),
        has_front=has_front,
        text=rng.choice(SIGN_WORDS) if category == "sign" else None,
    )


def _draw_category(rng: random.Random, placed: list[SceneObject], distribution: SceneDistribution) -> str:
    if placed and rng.random() < distribution.repeat:
        return rng.choice(placed).category
    kind = rng.random()
    if kind < distribution.share_signs:
        return "sign"
    if kind >= distribution.share_signs + distribution.share_meshes:
        return rng.choice(_BLOCKS)
    families = [family for family in catalogue().families if family not in ("block", "sign")]
    return rng.choice(catalogue().categories_in(rng.choice(families)))


def _put_down(
    rng: random.Random,
    drawn: SceneObject,
    placed: list[SceneObject],
    camera: Camera,
    dense: bool,
    distribution: SceneDistribution,
) -> SceneObject | None:
    """The object on a free place that the frame shows whole, or None if a few tries found none."""
    for _ in range(12):
        if dense and placed and rng.random() < 0.45:
            front = rng.choice(placed)
            x = front.x * 1.08 + rng.uniform(-0.1, 0.1)
            y = front.y + front.radius + drawn.radius + rng.uniform(0.0, 0.12)
        else:
            x = rng.uniform(-distribution.half_width, distribution.half_width)
            y = rng.uniform(distribution.near, distribution.far)
        if not distribution.near <= y <= distribution.far:
            continue
        if not _stands_apart(replace(drawn, x=x, y=y), placed):
            continue
        item = replace(drawn, x=round(x, 4), y=round(y, 4))
        if in_frame(camera, item):
            return item
    return None


def _stands_apart(item: SceneObject, others: Iterable[SceneObject]) -> bool:
    return not any(
        math.hypot(item.x - o.x, item.y - o.y) < (item.radius + o.radius) * 0.96 + 0.015 for o in others
    )
