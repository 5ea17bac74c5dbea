"""Encoded picture (bytes or a file) -> RGB picture: upright, the first frame, on white where it is transparent.

The bytes are untrusted: only the decoders of FORMATS are tried, whatever the name ends in, and what would unpack to
more pixels than Pillow's limit (`PIL.Image.MAX_IMAGE_PIXELS`, 89 million) is refused before it is unpacked.
"""

from __future__ import annotations

import io
import threading
import warnings
from pathlib import Path

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from scotoma.errors import ImagesError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
"""Pillow's names of the formats that are read."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
"""How the names of picture files end, in lower case."""

MOST_BYTES = 256 * 2**20
"""Largest encoded picture that is read from inside another file."""

_warnings_lock = threading.Lock()


class Unreadable(ImagesError):
    """A picture that cannot be decoded; the message is the reason alone, in one line."""


def decode(encoded: bytes | Path) -> Picture.Image:
    """The picture. Raises Unreadable."""
    try:
        # Filters of warnings are global to the process.
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Picture.DecompressionBombWarning)
            with Picture.open(
                io.BytesIO(encoded) if isinstance(encoded, bytes) else encoded, formats=FORMATS
            ) as opened:
                return _upright(opened)
    except (Picture.DecompressionBombWarning, Picture.DecompressionBombError):
        raise Unreadable(f"has more than {Picture.MAX_IMAGE_PIXELS:,} pixels") from None
    except UnidentifiedImageError:
        raise Unreadable(f"is no picture ({', '.join(FORMATS)})") from None
    except FileNotFoundError:
        raise Unreadable("is gone") from None
    except PermissionError:
        raise Unreadable("may not be read") from None
    except Exception as error:
        # Decoders raise whatever a damaged file leads them to.
        raise Unreadable(f"is damaged: {' '.join(str(error).split()) or type(error).__name__}") from None


def _upright(opened: Picture.Image) -> Picture.Image:
    opened.load()
    picture = ImageOps.exif_transpose(opened)
    if picture.mode.startswith("I"):
        # 16 bits a pixel: Pillow would cut off all above 255.
        return picture.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if picture.has_transparency_data:
        white = Picture.new("RGBA", picture.size, "white")
        return Picture.alpha_composite(white, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")
