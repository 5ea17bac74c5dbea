"""seed -> Scene: what lies on the table, where, and what of it the camera sees.

Coordinates: the table is the plane z = 0, in metres; x runs to the right and y away from a camera without jitter.
A scene is sampled first (`scotoma.tabletop.sampler`) and completed by the renderer (`scotoma.tabletop.render`),
which fills in what only pixels can tell: boxes and visible shares.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Facing = Literal["left", "right", "toward", "away"]

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (196, 36, 36),
    "blue": (40, 78, 214),
    "green": (38, 142, 44),
    "yellow": (250, 218, 40),
    "purple": (132, 44, 190),
    "cyan": (44, 204, 208),
    "brown": (124, 72, 28),
    "gray": (128, 128, 128),
}
"""Paint colours, sRGB. Every object is painted, so that every object has exactly one colour."""

MATERIALS: tuple[str, ...] = ("matte", "metal")
SIZES: Mapping[str, float] = {"small": 0.23, "large": 0.40}
"""Size classes -> length in metres of an object's longest side."""

SIGN_WORDS: tuple[str, ...] = (
    "STOP", "EXIT", "OPEN", "CAFE", "SALE", "TAXI", "BUS", "PARK", "HOTEL", "FREE", "NEW", "ZOO",
    "BAKERY", "FIRE", "ICE", "ART", "TEA", "GO", "UP", "BOOK", "7", "12", "24", "50", "88", "99",
)  # fmt: skip

FACING_MARGIN_DEG = 15.0
"""An object closer than this to a diagonal heading has no facing that can be called."""


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One object. The fields from `u` on are measured by the renderer; before that they hold their defaults.

    id:       1..n, its value in the id pass.
    model:    mesh name in the pack, or a primitive ("cube", "sphere", "cylinder", "cone", "sign").
    x, y:     centre of its base on the table, metres.  yaw_deg: rotation about z, degrees; 0 = front to -y.
    extent:   width, depth, height in metres before rotation.
    has_front: whether people would agree on which way it faces.
    u:        horizontal place in the image of the centre of the object's volume, 0 = left edge, 1 = right edge.
    depth:    distance from the camera along its horizontal viewing direction, metres.
    heading_deg: direction of the front relative to the camera: 0 = toward the camera, 90 = to the image's
              right, 180 = away, 270 = to the image's left.
    box:      x0, y0, x1, y1 of the visible pixels as shares of width and height, or None if nothing shows.
    visible:  visible pixels / pixels that would show if it stood alone (0..1).
    """

    id: int
    category: str
    family: str
    model: str
    colour: str
    material: str
    size: str
    x: float
    y: float
    yaw_deg: float
    extent: tuple[float, float, float]
    has_front: bool = False
    text: str | None = None
    u: float = 0.0
    depth: float = 0.0
    heading_deg: float = 0.0
    box: tuple[float, float, float, float] | None = None
    visible: float = 1.0

    @property
    def radius(self) -> float:
        """Half the diagonal of its footprint, metres."""
        return 0.5 * math.hypot(self.extent[0], self.extent[1])

    @property
    def facing(self) -> Facing | None:
        """Facing relative to the camera, or None: no front, or too near a diagonal to call."""
        if not self.has_front:
            return None
        heading = self.heading_deg % 360.0
        names: tuple[Facing, ...] = ("toward", "right", "away", "left")
        quarter = round(heading / 90.0)
        off_axis = abs(heading - 90.0 * quarter)
        return names[quarter % 4] if off_axis <= 45.0 - FACING_MARGIN_DEG else None


@dataclass(frozen=True, slots=True)
class Camera:
    """Pinhole camera: eye and target in metres, vertical field of view in degrees, square image."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    fov_deg: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene graph: the exact truth of one tabletop image."""

    objects: tuple[SceneObject, ...]
    camera: Camera
    background: int
    light: tuple[float, float, float]
    seed: int

    def unmeasured(self) -> Scene:
        """The scene as it was before it was rendered: the fields that the renderer measures hold their defaults."""
        return replace(
            self,
            objects=tuple(
                replace(item, u=0.0, depth=0.0, heading_deg=0.0, box=None, visible=1.0)
                for item in self.objects
            ),
        )

    def to_truth(self) -> dict[str, Any]:
        """JSON-ready form, as stored in `Image.truth` and `truth.jsonl`."""
        return asdict(self)

    @staticmethod
    def from_truth(truth: Mapping[str, Any]) -> Scene:
        """Rebuild an equal Scene from `to_truth()` (also after a round trip through JSON)."""
        objects = tuple(_object_from_truth(entry) for entry in truth["objects"])
        camera = truth["camera"]
        return Scene(
            objects=objects,
            camera=Camera(tuple(camera["eye"]), tuple(camera["target"]), camera["fov_deg"]),
            background=truth["background"],
            light=tuple(truth["light"]),
            seed=truth["seed"],
        )


def _object_from_truth(entry: Mapping[str, Any]) -> SceneObject:
    fields = dict(entry)
    fields["extent"] = tuple(fields["extent"])
    fields["box"] = tuple(fields["box"]) if fields["box"] is not None else None
    return SceneObject(**fields)
