"""Small pictures, whole and broken, as files and as bytes."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from PIL import Image as Picture


def picture(number: int, size: tuple[int, int] = (12, 8)) -> Picture.Image:
    """A plain picture; another number, another colour."""
    return Picture.new("RGB", size, (number % 256, number // 256 % 256, 77))


def encoded(number: int, form: str = "PNG", size: tuple[int, int] = (12, 8)) -> bytes:
    """The same as the bytes of a file."""
    buffer = io.BytesIO()
    picture(number, size).save(buffer, form)
    return buffer.getvalue()


def folder_of(folder: Path, n: int) -> Path:
    """n different PNGs, 000.png, 001.png, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n):
        (folder / f"{number:03d}.png").write_bytes(encoded(number))
    return folder


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it is `side` pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
