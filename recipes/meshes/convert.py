"""triangle soup -> a small mesh to paint: upright, unit-sized, decimated, with normals and luminance.

Frame of the result: z up, base at z = 0, centred on x = y = 0, front to -y, longest side 1.
Luminance is the baked albedo's, in display (sRGB-coded) values; the renderer multiplies it by a paint colour.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import meshoptimizer  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from meshes.library import Entry, FloatArray, IntArray, Material, Soup
from meshes.selection import Choice

REC709 = np.array([0.2126, 0.7152, 0.0722])
MEAN_LUMINANCE = 0.75
LUMINANCE_RANGE = (0.25, 1.0)
MAX_SPREAD = 0.15
"""Largest area-weighted standard deviation of luminance."""
OPAQUE = 0.6
"""Parts less opaque than this are glass, and are dropped."""
LUMINANCE_WEIGHT = 0.5
"""How much one unit of luminance weighs against the whole model's length when an edge is collapsed."""
MAX_ERROR = 0.2
"""Where decimation gives up, as a share of the model's extent: the triangle count decides before that."""
CREASE_DEG = 50.0


@dataclass(frozen=True, slots=True)
class Surface:
    """An indexed mesh whose vertices carry luminance."""

    position: FloatArray  # (V, 3)
    luminance: FloatArray  # (V,)
    index: IntArray  # (F, 3)


@dataclass(frozen=True, slots=True)
class Packed:
    """A converted model in the precision that the pack stores."""

    position: NDArray[np.float16]  # (V, 3)
    normal: NDArray[np.int8]  # (V, 3), times 127
    luminance: NDArray[np.uint8]  # (V,), times 255
    index: NDArray[np.uint16]  # (F, 3)

    @property
    def size(self) -> tuple[float, float, float]:
        """Extent in x, y and z."""
        position = self.position.astype(np.float64)
        width, depth, height = position.max(0) - position.min(0)
        return float(width), float(depth), float(height)


def convert(entry: Entry, soup: Soup, materials: Mapping[str, Material], choice: Choice) -> Packed:
    """Convert one chosen model."""
    soup = _keep_parts(soup, lambda name: _is_kept(name, materials.get(name, Material()), choice))
    position = _upright(entry, soup, choice.yaw_deg)
    surface = _bake(soup, position, materials, choice.triangles)
    surface = _simplify(surface, choice.triangles)
    surface = _unit(surface)
    position, normal, luminance, index = _creased(surface)
    luminance = normalise_luminance(luminance, _vertex_areas(position, index))
    if len(position) > np.iinfo(np.uint16).max:
        raise ValueError(f"{choice.model}: {len(position)} vertices do not fit a 16-bit index")
    return Packed(
        position=position.astype(np.float16),
        normal=np.rint(normal * 127).astype(np.int8),
        luminance=np.rint(luminance * 255).astype(np.uint8),
        index=index.astype(np.uint16),
    )


def normalise_luminance(luminance: FloatArray, weight: FloatArray) -> FloatArray:
    """Shift luminance so that its weighted mean after clipping is `MEAN_LUMINANCE`.

    A shift, not a factor: it keeps the contrast of dark models as it was instead of blowing it up. Contrast
    shrinks only beyond `MAX_SPREAD`, where a paint colour would drown in it (a television's black screen).
    """
    weight = weight / weight.sum()
    mean = float(luminance @ weight)
    spread = float(np.sqrt((luminance - mean) ** 2 @ weight))
    luminance = mean + (luminance - mean) * min(1.0, MAX_SPREAD / max(spread, 1e-9))
    low, high = -1.0, 1.0
    for _ in range(40):
        shift = (low + high) / 2
        too_bright = float(np.clip(luminance + shift, *LUMINANCE_RANGE) @ weight) > MEAN_LUMINANCE
        low, high = (low, shift) if too_bright else (shift, high)
    return np.clip(luminance + low, *LUMINANCE_RANGE)


def _is_kept(name: str, material: Material, choice: Choice) -> bool:
    if name in choice.drop_materials:
        return False
    return choice.keep_glass or material.opacity >= OPAQUE


def _keep_parts(soup: Soup, keep: Callable[[str], bool]) -> Soup:
    kept = np.array([keep(name) for name in soup.materials])[soup.face_material]
    return Soup(
        position=soup.position,
        uv=soup.uv,
        corner_position=soup.corner_position[kept],
        corner_uv=soup.corner_uv[kept],
        face_material=soup.face_material[kept],
        materials=soup.materials,
    )


def _upright(entry: Entry, soup: Soup, yaw_deg: float) -> FloatArray:
    """Apply the catalogue's rotation and size, then turn y-up into z-up with the front to -y."""
    position = soup.position if entry.rotation is None else soup.position @ entry.rotation.T
    low, high = position.min(0), position.max(0)
    position = (position - (low + high) / 2) * np.array(entry.size) / np.maximum(high - low, 1e-9)
    position = np.stack([position[:, 0], -position[:, 2], position[:, 1]], 1)
    cos, sin = np.cos(np.deg2rad(yaw_deg)), np.sin(np.deg2rad(yaw_deg))
    turned: FloatArray = position @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]).T
    return turned


def _bake(soup: Soup, position: FloatArray, materials: Mapping[str, Material], triangles: int) -> Surface:
    """Luminance per (position, material) vertex; textured models are first split, to hold the texture."""
    parts: list[Surface] = []
    extent = float(np.ptp(position[soup.corner_position.ravel()], axis=0).max())
    textured = any(materials[name].texture is not None for name in soup.materials if name in materials)
    for number, name in enumerate(soup.materials):
        mine = soup.face_material == number
        if not mine.any():
            continue
        corner = position[soup.corner_position[mine]]  # (F, 3, 3)
        uv = np.zeros((*corner.shape[:2], 2))
        if len(soup.uv):
            uv = np.where(soup.corner_uv[mine][..., None] >= 0, soup.uv[soup.corner_uv[mine]], 0.0)
        material = materials.get(name, Material())
        while textured and len(corner) * len(soup.face_material) < 4 * triangles * mine.sum():
            corner, uv = _split_in_four(corner), _split_in_four(uv)
        parts.append(_weld(corner, _sample(material, uv), extent * 1e-5))
    offsets = np.cumsum([0] + [len(part.position) for part in parts])
    return Surface(
        position=np.concatenate([part.position for part in parts]),
        luminance=np.concatenate([part.luminance for part in parts]),
        index=np.concatenate([part.index + offset for part, offset in zip(parts, offsets, strict=False)]),
    )


def _split_in_four(corner: FloatArray) -> FloatArray:
    """Split every triangle (F, 3, k) at its edges' midpoints, which neighbours share: no cracks."""
    a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    four = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([np.stack(triangle, 1) for triangle in four])


def _sample(material: Material, uv: FloatArray) -> FloatArray:
    """Albedo luminance at each uv (..., 2): bilinear, with the texture repeated."""
    if material.texture is None:
        return np.full(uv.shape[:-1], float(np.clip(material.kd, 0, 1) @ REC709))
    height, width = material.texture.shape
    grid = (uv % 1.0) * (width, height) - 0.5
    corner = np.floor(grid).astype(np.int64)
    (x, y), (fx, fy) = np.moveaxis(corner, -1, 0), np.moveaxis(grid - corner, -1, 0)
    rows, columns = (y % height, (y + 1) % height), (x % width, (x + 1) % width)
    texture = material.texture
    top = texture[rows[0], columns[0]] * (1 - fx) + texture[rows[0], columns[1]] * fx
    bottom = texture[rows[1], columns[0]] * (1 - fx) + texture[rows[1], columns[1]] * fx
    mixed: FloatArray = top * (1 - fy) + bottom * fy
    return mixed


def _weld(corner: FloatArray, luminance: FloatArray, tolerance: float) -> Surface:
    """Merge corners (F, 3, 3) at equal positions, with their mean luminance (F, 3), and drop slivers."""
    flat = corner.reshape(-1, 3)
    key = np.rint(flat / tolerance).astype(np.int64)
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    index = inverse.reshape(-1, 3)
    solid = (index[:, 0] != index[:, 1]) & (index[:, 1] != index[:, 2]) & (index[:, 2] != index[:, 0])
    mean = np.bincount(inverse, luminance.ravel()) / np.bincount(inverse)
    return Surface(position=flat[first], luminance=mean, index=index[solid])


def _simplify(surface: Surface, triangles: int) -> Surface:
    """Collapse edges down to about `triangles`, minding both shape and luminance."""
    if len(surface.index) <= triangles:
        return surface
    position = np.ascontiguousarray(surface.position, np.float32)
    index = np.ascontiguousarray(surface.index.ravel(), np.uint32)
    luminance = np.ascontiguousarray(surface.luminance[:, None], np.float32)
    simplified = np.zeros_like(index)
    size_t = ctypes.c_size_t  # the binding declares no argument types for this function, so the call must
    count = meshoptimizer.simplify_with_attributes(
        simplified,
        index,
        position,
        luminance,
        np.array([LUMINANCE_WEIGHT], np.float32),
        index_count=size_t(len(index)),
        vertex_count=size_t(len(position)),
        vertex_positions_stride=size_t(position.strides[0]),
        vertex_attributes_stride=size_t(luminance.strides[0]),
        attribute_count=size_t(1),
        target_index_count=size_t(triangles * 3),
        target_error=ctypes.c_float(MAX_ERROR),
        options=meshoptimizer.SIMPLIFY_PRUNE,
    )
    kept = simplified[:count].astype(np.int64)
    used, kept = np.unique(kept, return_inverse=True)
    return Surface(surface.position[used], surface.luminance[used], kept.reshape(-1, 3))


def _unit(surface: Surface) -> Surface:
    low, high = surface.position.min(0), surface.position.max(0)
    foot = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return Surface((surface.position - foot) / (high - low).max(), surface.luminance, surface.index)


def _creased(surface: Surface) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Split vertices by normal: a corner's is the mean of the faces there within `CREASE_DEG` of its own."""
    corner = surface.position[surface.index]  # (F, 3, 3)
    area_normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    solid = np.linalg.norm(area_normal, axis=1) > 1e-12
    index, area_normal = surface.index[solid], area_normal[solid]
    face = area_normal / np.linalg.norm(area_normal, axis=1, keepdims=True)
    _, place = np.unique(np.rint(surface.position * 1e5).astype(np.int64), axis=0, return_inverse=True)
    mine, other = _pairs_in_groups(place.reshape(-1)[index.ravel()])  # corners; corner // 3 is the face
    smooth = np.einsum("pk,pk->p", face[mine // 3], face[other // 3]) >= np.cos(np.deg2rad(CREASE_DEG))
    normal = np.zeros((index.size, 3))
    np.add.at(normal, mine[smooth], area_normal[other[smooth] // 3])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    key = np.concatenate([index.reshape(-1, 1), np.rint(normal * 127).astype(np.int64)], 1)
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    vertex = index.ravel()[first]
    return (
        surface.position[vertex],
        normal[first],
        surface.luminance[vertex],
        inverse.reshape(-1, 3).astype(np.int64),
    )


def _pairs_in_groups(group: IntArray) -> tuple[IntArray, IntArray]:
    """All ordered pairs (i, j), i = j included, with group[i] == group[j]."""
    order = np.argsort(group, kind="stable")
    size = np.bincount(group)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    partners = size[group[order]]  # of each corner, in sorted order
    first = np.repeat(order, partners)
    step = np.arange(len(first)) - np.repeat(np.cumsum(partners) - partners, partners)
    return first, order[np.repeat(start[group[order]], partners) + step]


def _vertex_areas(position: FloatArray, index: IntArray) -> FloatArray:
    """A third of the area of the triangles at each vertex."""
    corner = position[index]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) / 2
    shared: FloatArray = np.bincount(index.ravel(), np.repeat(area / 3, 3), minlength=len(position)).astype(
        np.float64
    )
    return shared
