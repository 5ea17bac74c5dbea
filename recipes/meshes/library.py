"""a .sh3f furniture library -> catalogue entries and raw triangle soup (positions, uvs, materials).

A .sh3f file is a zip: `PluginFurnitureCatalog.properties` lists the models (`key#id=value`), and each model
has a folder with an OBJ, an MTL, textures, and mostly a licence notice of its own.
"""

from __future__ import annotations

import io
import posixpath
import re
import urllib.parse
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CATALOGUE = "PluginFurnitureCatalog.properties"
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class LibraryError(Exception):
    """The library is not what the recipe was written for: a model, a file or a licence notice is missing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model as the library's catalogue lists it."""

    number: int
    source: str
    """The catalogue's own id, such as `Blend Swap CC-0#oakChair`."""
    name: str
    creator: str
    obj_path: str
    size: tuple[float, float, float]
    """Width, height, depth in cm, in the catalogue's frame (y up, front to +z)."""
    rotation: FloatArray | None
    """3 x 3, applied before the size, where the catalogue asks for one."""


@dataclass(frozen=True, slots=True)
class Material:
    """What the conversion needs of an MTL material."""

    kd: tuple[float, float, float] = (0.8, 0.8, 0.8)
    opacity: float = 1.0
    texture: FloatArray | None = None
    """Luminance (h, w) in 0..1 with row 0 at v = 0, or None."""


@dataclass(frozen=True, slots=True)
class Soup:
    """An OBJ file's triangles; corner arrays are (F, 3)."""

    position: FloatArray  # (V, 3)
    uv: FloatArray  # (T, 2)
    corner_position: IntArray  # indices into position
    corner_uv: IntArray  # indices into uv, -1 for none
    face_material: IntArray  # (F,) indices into materials
    materials: tuple[str, ...]


@dataclass(slots=True)
class _ObjLines:
    """What has been read of an OBJ file so far."""

    position: list[list[float]] = field(default_factory=list)
    uv: list[list[float]] = field(default_factory=list)
    corners: list[list[tuple[int, int]]] = field(default_factory=list)
    face_material: list[int] = field(default_factory=list)
    materials: list[str] = field(default_factory=lambda: [""])
    libraries: list[str] = field(default_factory=list)
    current: int = 0

    def face(self, words: list[str]) -> None:
        """Add an `f` line, as a fan of triangles."""
        corners = []
        for word in words:
            parts = word.split("/")
            position = _absolute(int(parts[0]), len(self.position))
            uv = _absolute(int(parts[1]), len(self.uv)) if len(parts) > 1 and parts[1] else -1
            corners.append((position, uv))
        for second, third in pairwise(corners[1:]):
            self.corners.append([corners[0], second, third])
            self.face_material.append(self.current)

    def use(self, material: str) -> None:
        """Follow a `usemtl` line."""
        if material not in self.materials:
            self.materials.append(material)
        self.current = self.materials.index(material)


class Library:
    """Read access to one .sh3f file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = frozenset(archive.namelist())
        self.entries: Mapping[int, Entry] = {
            number: _entry(number, fields) for number, fields in self._catalogue_fields().items()
        }

    def licence_notice(self, entry: Entry) -> str:
        """The notice in the model's own folder (tags removed); empty where the folder has none."""
        folder = posixpath.dirname(entry.obj_path) + "/"
        notices = [name for name in self._names if name.startswith(folder) and "licen" in name.lower()]
        text = " ".join(self._text(name) for name in sorted(notices))
        text = re.sub(r"(?s)<style.*?</style>", " ", text)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip()

    def soup(self, entry: Entry) -> tuple[Soup, Mapping[str, Material]]:
        """The model's triangles and materials."""
        lines = _ObjLines()
        for line in self._text(entry.obj_path).splitlines():
            match line.split():
                case ["v", *words]:
                    lines.position.append([float(word) for word in words[:3]])
                case ["vt", *words]:
                    lines.uv.append([float(word) for word in words[:2]])
                case ["f", *words]:
                    lines.face(words)
                case ["usemtl", *_]:
                    lines.use(line.split(None, 1)[1].strip())
                case ["mtllib", *_]:
                    lines.libraries.append(line.split(None, 1)[1].strip())
        materials: dict[str, Material] = {}
        for name in lines.libraries:
            materials |= self._materials(posixpath.join(posixpath.dirname(entry.obj_path), name))
        corners = np.array(lines.corners, np.int64)
        soup = Soup(
            position=np.array(lines.position, np.float64),
            uv=np.array(lines.uv, np.float64).reshape(-1, 2),
            corner_position=corners[..., 0],
            corner_uv=corners[..., 1],
            face_material=np.array(lines.face_material, np.int64),
            materials=tuple(lines.materials),
        )
        return soup, materials

    def _catalogue_fields(self) -> dict[int, dict[str, str]]:
        fields: dict[int, dict[str, str]] = {}
        for line in self._text(CATALOGUE).splitlines():
            if match := re.match(r"(\w+)#(\d+)=(.*)", line.strip()):
                fields.setdefault(int(match[2]), {})[match[1]] = match[3].strip()
        return fields

    def _materials(self, path: str) -> dict[str, Material]:
        if path not in self._names:
            return {}
        blocks: dict[str, dict[str, str]] = {}
        current: dict[str, str] = {}
        for line in self._text(path).splitlines():
            key, _, value = line.strip().partition(" ")
            if key == "newmtl":
                current = blocks.setdefault(value.strip(), {})
            elif key:
                current[key] = value.strip()
        return {name: self._material(posixpath.dirname(path), block) for name, block in blocks.items()}

    def _material(self, folder: str, block: Mapping[str, str]) -> Material:
        red, green, blue = (float(word) for word in block.get("Kd", "0.8 0.8 0.8").split()[:3])
        texture = posixpath.join(folder, block["map_Kd"].split()[-1]) if "map_Kd" in block else ""
        return Material(
            kd=(red, green, blue),
            opacity=float(block.get("d", "1").split()[-1]),
            texture=_texture_luminance(self._archive.read(texture)) if texture in self._names else None,
        )

    def _text(self, name: str) -> str:
        if name not in self._names:
            raise LibraryError(f"the library has no file {name}")
        return self._archive.read(name).decode("latin-1")


def _entry(number: int, fields: Mapping[str, str]) -> Entry:
    rotation = fields.get("modelRotation")
    return Entry(
        number=number,
        source=fields["id"],
        name=fields["name"],
        creator=fields["creator"],
        obj_path=urllib.parse.unquote(fields["model"]).lstrip("/"),
        size=(float(fields["width"]), float(fields["height"]), float(fields["depth"])),
        rotation=np.array(rotation.split(), np.float64).reshape(3, 3) if rotation else None,
    )


def _absolute(index: int, count: int) -> int:
    """OBJ indices start at 1, and negative ones count back from the latest."""
    return index - 1 if index > 0 else count + index


def _texture_luminance(data: bytes, side: int = 128) -> FloatArray:
    """A texture's luminance, averaged down to `side` pixels: a vertex samples an area, not a speck."""
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    grey = Image.alpha_composite(white, image).convert("L")
    grey.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(grey, np.float64)[::-1] / 255
