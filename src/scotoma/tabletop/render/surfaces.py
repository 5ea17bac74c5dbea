"""Surfaces that are pictures: table tops from seeded noise, and the faces of signs."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from scotoma.tabletop.scene import COLOURS

Texels = NDArray[np.uint8]

_BASES = ((176, 132, 92), (186, 186, 182), (112, 126, 140), (206, 192, 166))
_FACE = (160, 112)


def table_top(index: int, size: int = 256) -> Texels:
    """Texels (size, size, 3) of table top `index`: wood, plaster, slate or linen; tiles without a seam."""
    rng = np.random.default_rng(1000 + index)
    ripple = np.cumsum(rng.normal(0.0, 1.0, size))
    ripple -= np.linspace(0.0, ripple[-1], size)
    grain = rng.normal(0.0, 1.0, (size, size))
    strength = (7.0, 0.0, 2.0, 0.0)[index]
    pattern = strength * ripple[:, None] / max(1e-9, float(np.abs(ripple).max())) + 3.5 * grain
    if index == 3:
        pattern += 4.0 * np.sign(np.sin(np.arange(size) * (2.0 * np.pi * 32 / size)))[:, None]
    texels: Texels = np.clip(np.array(_BASES[index])[None, None, :] + pattern[:, :, None], 0, 255).astype(
        np.uint8
    )
    return texels


def sign_face(text: str, colour: str) -> Texels:
    """Texels of a sign: the word in black or white on the board's colour, bottom row first (as OpenGL has it)."""
    paint = COLOURS[colour]
    ink = (
        (16, 16, 16)
        if sum(w * c for w, c in zip((0.3, 0.59, 0.11), paint, strict=True)) > 140
        else (250, 250, 250)
    )
    picture = Picture.new("RGB", _FACE, paint)
    draw = ImageDraw.Draw(picture)
    font = _font(text)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    spot = ((_FACE[0] - left - right) / 2, (_FACE[1] - top - bottom) / 2)
    draw.text(spot, text, font=font, fill=ink)
    return np.asarray(picture)[::-1].copy()


@cache
def _font(text: str) -> Any:
    """The largest size of Pillow's own scalable font at which the word fits on the face."""
    for size in range(96, 12, -2):
        font = ImageFont.load_default(size)
        left, top, right, bottom = font.getbbox(text)
        if right - left <= _FACE[0] * 0.9 and bottom - top <= _FACE[1] * 0.7:
            return font
    return ImageFont.load_default(12)
