"""Encoded picture -> image id: SHA-256 of its decoded RGB pixels and size, so that re-encoding changes nothing."""

from __future__ import annotations

import hashlib
import io

from PIL import Image as Picture


def image_id(encoded: bytes) -> str:
    """Id of an encoded picture (PNG, JPEG, ...). Raises PIL.UnidentifiedImageError or OSError if it is broken."""
    with Picture.open(io.BytesIO(encoded)) as picture:
        return picture_id(picture)


def picture_id(picture: Picture.Image) -> str:
    """Id of a decoded picture."""
    rgb = picture.convert("RGB")
    return hashlib.sha256(f"{rgb.width}x{rgb.height}:".encode() + rgb.tobytes()).hexdigest()
