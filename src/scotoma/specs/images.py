"""IMAGES string -> Tabletop | Folder, and back."""

from __future__ import annotations

from dataclasses import dataclass, fields

from scotoma.errors import SpecError
from scotoma.specs.reading import as_path, is_path, options, shown, split, unknown, whole_number


@dataclass(frozen=True, slots=True)
class Tabletop:
    """Rendered images: `tabletop:n=2000,seed=0,size=224`. n: images.  size: pixels a side."""

    n: int = 2000
    seed: int = 0
    size: int = 224

    def __str__(self) -> str:
        return f"tabletop:n={self.n},seed={self.seed},size={self.size}"


@dataclass(frozen=True, slots=True)
class Folder:
    """Image files in a folder."""

    path: str

    def __str__(self) -> str:
        return self.path


ImagesSpec = Tabletop | Folder

IMAGES = "tabletop, tabletop:n=2000,seed=7,size=224, a folder of images"

_TABLETOP_RANGES = {"n": (1, 100_000_000), "seed": (0, 2**63 - 1), "size": (16, 4096)}


def parse_images(text: str) -> ImagesSpec:
    """An image source. Raises SpecError, one line; whether a folder holds images is for its reader to say."""
    scheme, rest = split(text, "image source")
    if scheme == "tabletop" or text == "tabletop":
        return _tabletop(rest if scheme else "", text)
    if scheme == "" and is_path(rest):
        return Folder(as_path(rest))
    raise unknown("image source", text, IMAGES)


def _tabletop(rest: str, whole: str) -> Tabletop:
    if rest == "" and whole != "tabletop":
        raise SpecError(f"{shown(whole)}: names no option: write tabletop, or tabletop:n=2000,seed=7")
    numbers = {
        name: whole_number(name, value, *_TABLETOP_RANGES[name], whole)
        for name, value in options(rest, tuple(field.name for field in fields(Tabletop)), whole).items()
    }
    return Tabletop(**numbers)
