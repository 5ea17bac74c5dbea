"""name -> triangles: the shipped mesh pack, its catalogue of words, and the procedural primitives.

Every mesh stands upright (z up, base at z = 0, centred on x = y = 0), faces -y and has a longest side of 1.
`luminance` is the surface's own brightness in display values, to be multiplied by a paint colour. Faces of
the pack are not wound consistently: draw both sides. Their origin: `scotoma/assets/meshes/PROVENANCE.md`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from scotoma.errors import AssetError

if TYPE_CHECKING:  # numpy is imported where triangles are made: the words alone must load fast
    import numpy as np
    from numpy.typing import NDArray

INDEX_FORMAT = 1
PRIMITIVES = ("cube", "sphere", "cylinder", "cone", "sign")
SIGN_SIZE = (1.0, 0.12, 0.7)
ROUND_SIDES = 48
BOTTOM_DISC = ((0.0, 0.0, 0.0, -1.0), (0.5, 0.0, 0.0, -1.0))  # a profile, see `_lathe`


@dataclass(frozen=True, slots=True)
class Noun:
    """How one and several of a thing are called."""

    singular: str
    plural: str


@dataclass(frozen=True, slots=True)
class CategoryInfo:
    """A category's words and its family."""

    singular: str
    plural: str
    family: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeshModel:
    """One mesh of the pack."""

    name: str
    category: str
    has_front: bool
    size: tuple[float, float, float]
    """Extent in x, y and z; the longest is 1."""


@dataclass(frozen=True)
class Catalogue:
    """All families and categories (the procedural ones too) and the pack's models."""

    families: Mapping[str, Noun]
    categories: Mapping[str, CategoryInfo]
    models: tuple[MeshModel, ...]

    def family_of(self, category: str) -> str:
        """The family that a category belongs to."""
        return self.categories[category].family

    def categories_in(self, family: str) -> tuple[str, ...]:
        """A family's categories, in the catalogue's order."""
        return tuple(name for name, info in self.categories.items() if info.family == family)

    def models_of(self, category: str) -> tuple[MeshModel, ...]:
        """A category's models; empty for the procedural categories."""
        return tuple(model for model in self.models if model.category == category)


@dataclass(frozen=True)
class Mesh:
    """Triangles ready for the renderer."""

    position: NDArray[np.float32]  # (V, 3)
    normal: NDArray[np.float32]  # (V, 3), unit length
    luminance: NDArray[np.float32]  # (V,), in 0..1
    index: NDArray[np.uint32]  # (F, 3)


@cache
def catalogue() -> Catalogue:
    """The catalogue that ships with the package."""
    raw = json.loads((files("scotoma") / "assets" / "meshes" / "index.json").read_text(encoding="utf-8"))
    if raw["format"] != INDEX_FORMAT:
        raise AssetError(f"the mesh index has format {raw['format']}, this version reads {INDEX_FORMAT}")
    return Catalogue(
        families={name: Noun(row["singular"], row["plural"]) for name, row in raw["families"].items()},
        categories={
            name: CategoryInfo(name, row["plural"], row["family"], tuple(row["synonyms"]))
            for name, row in raw["categories"].items()
        },
        models=tuple(
            MeshModel(
                row["model"],
                row["category"],
                row["has_front"],
                (row["size"][0], row["size"][1], row["size"][2]),
            )
            for row in raw["models"]
        ),
    )


def load_mesh(name: str) -> Mesh:
    """The mesh of a model in the catalogue, or of a primitive; the arrays are fresh copies."""
    if name in PRIMITIVES:
        return primitive(name)
    if all(name != model.name for model in catalogue().models):
        raise AssetError(f"there is no mesh {name!r} (see scotoma/assets/meshes/index.json)")
    import numpy as np

    with (files("scotoma") / "assets" / "meshes" / "pack.npz").open("rb") as stream, np.load(stream) as pack:
        normal = pack[f"{name}/normal"].astype(np.float32)
        return Mesh(
            position=pack[f"{name}/position"].astype(np.float32),
            normal=normal / np.linalg.norm(normal, axis=1, keepdims=True),
            luminance=pack[f"{name}/luminance"].astype(np.float32) / 255,
            index=pack[f"{name}/index"].astype(np.uint32),
        )


def primitive(name: str) -> Mesh:
    """A cube, sphere, cylinder, cone or sign board (upright, lettering goes on its -y face), luminance 1."""
    match name:
        case "cube":
            return _box((1.0, 1.0, 1.0))
        case "sign":
            return _box(SIGN_SIZE)
        case "sphere":
            angles = [math.pi * step / 24 for step in range(25)]  # from the south pole up
            return _lathe(
                [(math.sin(a) / 2, 0.5 - math.cos(a) / 2, math.sin(a), -math.cos(a)) for a in angles]
            )
        case "cylinder":
            side = [(0.5, 0.0, 1.0, 0.0), (0.5, 1.0, 1.0, 0.0)]
            top = [(0.5, 1.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0)]
            return _lathe([*BOTTOM_DISC, *side, *top])
        case "cone":
            out, up = 2 / math.sqrt(5), 1 / math.sqrt(5)
            return _lathe([*BOTTOM_DISC, (0.5, 0.0, out, up), (0.0, 1.0, out, up)])
        case _:
            raise AssetError(f"there is no primitive {name!r} (there are {', '.join(PRIMITIVES)})")


def _box(size: tuple[float, float, float]) -> Mesh:
    """An axis-aligned box with flat faces."""
    import numpy as np

    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    position, normal = [], []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            outward, first = np.zeros(3), np.zeros(3)
            outward[axis], first[(axis + 1) % 3] = sign, 1.0
            second = np.cross(outward, first)
            position += [(outward + a * first + b * second) / 2 * size for a, b in corners]
            normal += [outward] * 4
    quads = 4 * np.arange(6)[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])  # (6, 2, 3)
    return _mesh(np.array(position) + np.array([0, 0, size[2] / 2]), np.array(normal), quads.reshape(-1, 3))


def _lathe(profile: list[tuple[float, float, float, float]]) -> Mesh:
    """Turn a profile of (radius, z, outward normal, upward normal), from the bottom up, about the z axis."""
    import numpy as np

    radius, height, out, up = (column[:, None] for column in np.array(profile).T)  # (P, 1)
    angle = np.linspace(0, 2 * np.pi, ROUND_SIDES + 1)[None]  # (1, S), the seam twice
    cos, sin, one = np.cos(angle), np.sin(angle), np.ones_like(angle)
    position = np.stack([radius * cos, radius * sin, height * one], -1).reshape(-1, 3)
    normal = np.stack([out * cos, out * sin, up * one], -1).reshape(-1, 3)
    row, column = np.meshgrid(np.arange(len(profile) - 1), np.arange(ROUND_SIDES), indexing="ij")
    a = (row * (ROUND_SIDES + 1) + column).ravel()
    b = a + ROUND_SIDES + 1
    index = np.concatenate([np.stack([a, a + 1, b], 1), np.stack([a + 1, b + 1, b], 1)])
    corner = position[index]
    solid = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) > 1e-9
    return _mesh(position, normal, index[solid])


def _mesh(position: NDArray[np.float64], normal: NDArray[np.float64], index: NDArray[np.int64]) -> Mesh:
    import numpy as np

    return Mesh(
        position=position.astype(np.float32),
        normal=normal.astype(np.float32),
        luminance=np.ones(len(position), np.float32),
        index=index.astype(np.uint32),
    )
