"""picture -> data URL: upright, no larger than asked for, without loss where that is affordable."""

from __future__ import annotations

import base64
import io
import math
from collections import OrderedDict

from PIL import Image as Picture
from PIL import ImageOps

LOSSLESS_BYTES = 1_000_000
"""A picture that was not made smaller goes as PNG up to this size, bytes; all others go as JPEG."""

_JPEG_QUALITY = 95
_KEPT_BYTES = 64_000_000


class DataUrls:
    """Encodes each picture once: a group of questions shares one.

    max_side: longest side, pixels; larger pictures are made smaller.
    """

    def __init__(self, max_side: int) -> None:
        self._max_side = max_side
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._kept_bytes = 0

    def of(self, picture: Picture.Image, image_id: str) -> str:
        """The data URL of a picture. image_id: its pixels' digest, under which it is kept; "" keeps nothing."""
        url = self._kept.get(image_id)
        if url is not None:
            self._kept.move_to_end(image_id)
            return url
        url = data_url(picture, self._max_side)
        if image_id:
            self._kept[image_id] = url
            self._kept_bytes += len(url)
            while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
                self._kept_bytes -= len(self._kept.popitem(last=False)[1])
        return url


def data_url(picture: Picture.Image, max_side: int) -> str:
    """`data:image/png;base64,...`, or JPEG: see LOSSLESS_BYTES."""
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    size = fitted(upright.size, max_side)
    if size != upright.size:
        return _jpeg(upright.resize(size, Picture.Resampling.LANCZOS))
    encoded = io.BytesIO()
    upright.save(encoded, "PNG", compress_level=3)
    if encoded.tell() > LOSSLESS_BYTES:
        return _jpeg(upright)
    return "data:image/png;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")


def fitted(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """Width and height with the longer side at most `max_side`, in proportion, each at least 1.

    >>> fitted((4000, 3000), 1024)
    (1024, 768)
    """
    scale = max_side / max(size)
    if scale >= 1.0:
        return size
    width, height = (max(1, math.floor(side * scale + 0.5)) for side in size)
    return width, height


def _jpeg(picture: Picture.Image) -> str:
    encoded = io.BytesIO()
    # Full colour resolution: questions are about colours of small things.
    picture.save(encoded, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")
