"""IMAGES string -> ImageSource."""

from __future__ import annotations

from pathlib import Path

from scotoma.images.folder import FolderSource
from scotoma.images.source import ImageSource
from scotoma.images.tabletop import TabletopSource
from scotoma.specs import Tabletop, parse_images


def open_source(images: str) -> ImageSource:
    """The image source that IMAGES names. Raises SpecError, ImagesError."""
    spec = parse_images(images)
    if isinstance(spec, Tabletop):
        return TabletopSource(spec.n, spec.seed, spec.size)
    return FolderSource(Path(spec.path))
