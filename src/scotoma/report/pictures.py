"""run folder, Image -> its picture: from `pictures/`, else rendered from its truth, else from its source."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.images.opening import picture_of
from scotoma.records import Image
from scotoma.tabletop.farm import draw
from scotoma.tabletop.scene import Scene

THUMBNAIL_PX = 224
"""Longest side of a picture in the report."""

_JPEG_QUALITY = 86


def picture_for(run_dir: Path, image: Image) -> bytes:
    """PNG bytes of an image of this run.

    Raises ImagesError if it is gone or unreadable, RenderError if it must be rendered and OpenGL is missing.
    """
    kept = run_dir / "pictures" / f"{image.id}.png"
    if kept.is_file():
        return kept.read_bytes()
    if image.uri.startswith("tabletop:") and image.truth is not None:
        return draw(Scene.from_truth(image.truth), image.width)[0]
    return _read(image)


def thumbnail_uri(png: bytes, longest_px: int = THUMBNAIL_PX) -> str:
    """A picture as a JPEG data URI, at most `longest_px` long. Raises ImagesError if it is broken."""
    try:
        with Picture.open(io.BytesIO(png)) as opened:
            picture = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Picture.DecompressionBombError) as error:
        raise ImagesError(f"a picture of this run cannot be read: {error}") from error
    picture.thumbnail((longest_px, longest_px), Picture.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _read(image: Image) -> bytes:
    try:
        picture = picture_of(image)
    except ImagesError as error:
        raise ImagesError(f"{error}: this picture of the run is gone or cannot be read") from error
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
