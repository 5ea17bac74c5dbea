"""Two hand-made scenes and short words to ask about them with."""

from __future__ import annotations

from scenes import scene, thing
from scotoma.tabletop.program import (
    Attribute,
    Noun,
    Ref,
    Relation,
    Superlative,
)

# From left to right: sign, horse (facing right), red cube, blue sphere, chicken (facing us), green cube.
# The mug behind the red cube is half hidden, the bottle far right almost wholly.
TABLE = scene(
    thing(1, "cube", "red", at=(-0.10, -0.20), size="large", material="metal"),
    thing(2, "sphere", "blue", at=(0.12, 0.00)),
    thing(3, "cube", "green", at=(0.50, 0.10), size="small", material="metal"),
    thing(4, "horse", "brown", at=(-0.35, 0.00), yaw_deg=90.0, has_front=True, size="large"),
    thing(5, "chicken", "yellow", at=(0.30, 0.40), yaw_deg=0.0, has_front=True),
    thing(6, "sign", "gray", at=(-0.60, 0.10), text="EXIT", size="large"),
    thing(7, "mug", "red", at=(-0.11, 0.15), visible=0.5),
    thing(8, "bottle", "purple", at=(0.62, 0.55), visible=0.1),
)
OBJECT = Noun("object", "object")


def noun(name: str) -> Noun:
    families = {"animal", "block", "container", "furniture"}
    return OBJECT if name == "object" else Noun("family" if name in families else "category", name)


def a(name: str, *filters, pick=None) -> Ref:
    return Ref(noun(name), filters, pick)


def colour(value: str) -> Attribute:
    return Attribute("colour", value)


RED, BLUE, GREEN = colour("red"), colour("blue"), colour("green")
RED_CUBE, GREEN_CUBE = a("cube", RED), a("cube", GREEN)
SPHERE, HORSE, CHICKEN, SIGN, MUG, BOTTLE = (
    a(name) for name in ("sphere", "horse", "chicken", "sign", "mug", "bottle")
)
LARGE, SMALL, METAL, HIDDEN = (
    Attribute("size", "large"),
    Attribute("size", "small"),
    Attribute("material", "metal"),
    Attribute("hidden", "yes"),
)
LEFTMOST, RIGHTMOST, FRONT, BACK = (Superlative(end) for end in ("left", "right", "front", "back"))


def left_of(anchor: Ref) -> Relation:
    return Relation("left", anchor)


SIDEWAYS = scene(
    thing(1, "horse", "red", at=(-0.3, 0.0), yaw_deg=45.0, has_front=True),
    thing(2, "cube", "blue", at=(0.0, 0.0), visible=0.8),
    thing(3, "sphere", "green", at=(0.01, 0.4), size="large"),
    thing(4, "cone", "green", at=(0.3, 0.01)),
    thing(5, "sign", "green", at=(-0.5, 0.3), text="STOP", visible=0.4),
)
