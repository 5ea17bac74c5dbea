"""wds:PATTERN -> entries: the pictures in the tar files of a WebDataset, each found by its offset.

A pattern names local tar files, with braces (`train-{000..003}.tar`, `{a,b}.tar`) or wildcards (`train-*.tar`). A
sample's picture is the member whose name ends, after its first dot, in a picture suffix, or in what `column=` says.
"""

from __future__ import annotations

import glob
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.images.album import Album
from scotoma.images.braces import expanded
from scotoma.images.decode import MOST_BYTES, SUFFIXES, Unreadable, decode
from scotoma.images.shelf import Listing
from scotoma.images.source import Skips

_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd"}
_URI = re.compile(r"(?s)(.+)#([0-9]{1,18})\+([0-9]{1,18}):.*")


class ShardEntries:
    """The pictures of all shards, in the order of the shards and of their members.

    column: what follows the first dot of the picture's name ("jpg", "image.png"); None: the one picture of a sample.
    Raises ImagesError: no such shard, packed, no tar file, or several pictures in a sample and no column.
    """

    def __init__(self, pattern: str, column: str | None = None) -> None:
        self.skips = Skips()
        shards = shards_of(pattern)
        self._uris = Listing(
            (uri for shard in shards for uri in _members(shard, column, self.skips)), in_order=False
        )

    def __len__(self) -> int:
        return len(self._uris)

    def uri(self, index: int) -> str:
        """SHARD#OFFSET+SIZE:MEMBER, bytes."""
        return self._uris[index]

    def load(self, uri: str) -> Picture.Image:
        """The picture of a member."""
        return load_member(uri)

    def truth(self, uri: str) -> Mapping[str, Any] | None:
        """Not known."""
        return None

    def close(self) -> None:
        """Delete the listing."""
        self._uris.close()


def open_shards(pattern: str, column: str | None, name: str) -> Album:
    """Shards as an image source. Raises ImagesError, also if they hold no readable picture."""
    album = Album(name, ShardEntries(pattern, column))
    looked_for = f".{column}" if column else ", ".join(SUFFIXES)
    album.require_any(f"no readable image in {name} (looked for {looked_for})")
    return album


def shards_of(pattern: str) -> list[Path]:
    """The tar files that a pattern names, in order. Raises ImagesError if there is none, or one is missing."""
    paths: list[Path] = []
    for name in expanded(pattern):
        found = sorted(map(Path, glob.glob(name))) if glob.has_magic(name) else [Path(name)]
        if not found:
            raise ImagesError(f"no shard is named {name}: check the pattern")
        paths += found
    for path in paths:
        if not path.is_file():
            raise ImagesError(f"shard {path} does not exist, or is no file: check the pattern")
    return paths


def load_member(uri: str) -> Picture.Image:
    """The picture at SHARD#OFFSET+SIZE:MEMBER. Raises Unreadable."""
    place = _URI.fullmatch(uri)
    if place is None:
        raise Unreadable("names no place in a shard")
    size = int(place[3])
    if size > MOST_BYTES:
        raise Unreadable(f"is larger than {MOST_BYTES >> 20} MiB")
    try:
        with open(place[1], "rb") as shard:
            shard.seek(int(place[2]))
            encoded = shard.read(size)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    if len(encoded) < size:
        raise Unreadable("is cut off")
    return decode(encoded)


def _members(shard: Path, column: str | None, skips: Skips) -> Iterator[str]:
    """The pictures of one shard; the headers alone are read."""
    sample = None
    for member in _headers(shard, skips):
        folder, _, file = member.name.rpartition("/")
        key, _, suffix = file.partition(".")
        wanted = suffix.lower() == column if column else f".{suffix.lower()}".endswith(SUFFIXES)
        if not wanted or not member.isreg() or not key:
            continue
        if column is None and sample == (folder, key):
            raise ImagesError(
                f"{shard}: sample {key!r} holds several pictures: say which, with ,column=... (such as column={suffix})"
            )
        sample = (folder, key)
        # A name in a tar file is bytes, and need not be UTF-8.
        name = member.name.encode("utf-8", "replace").decode()
        uri = f"{shard}#{member.offset_data}+{member.size}:{name}"
        if member.issparse():
            skips.add(uri, "is a sparse file")
        else:
            yield uri


def _headers(shard: Path, skips: Skips) -> Iterator[tarfile.TarInfo]:
    """The members of a tar file; damage after the first is counted, and ends it."""
    try:
        with shard.open("rb") as opened:
            _require_plain(shard, opened.read(6))
            opened.seek(0)
            with tarfile.open(fileobj=opened, mode="r:") as tar:
                yield from _walked(tar)
                if _is_damaged(tar, opened):
                    skips.add(str(shard), f"is damaged after byte {tar.offset}: members after it are lost")
    except tarfile.TarError as error:
        raise ImagesError(f"shard {shard} is no tar file: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise ImagesError(f"shard {shard} cannot be read: {error.strerror or error}") from None


def _walked(tar: Any) -> Iterator[tarfile.TarInfo]:
    """The members, one after the other, none remembered; up to the end or to the first that cannot be read."""
    last = -1
    while True:
        try:
            member = tar.next()
        except (tarfile.TarError, ValueError, OverflowError):
            return
        # A header can ask to go backwards, and round for ever.
        if member is None or member.size < 0 or tar.offset <= last:
            return
        last = tar.offset
        tar.members.clear()
        yield member


def _is_damaged(tar: Any, opened: BinaryIO) -> bool:
    """A whole tar file ends with blocks of zeros, or at least where its last member does."""
    size = os.fstat(opened.fileno()).st_size
    if tar.offset > size:
        return True
    opened.seek(tar.offset)
    return any(opened.read(tarfile.BLOCKSIZE))


def _require_plain(shard: Path, start: bytes) -> None:
    for magic, packing in _PACKED.items():
        if start.startswith(magic):
            raise ImagesError(
                f"shard {shard} is packed with {packing}: unpack it, or members cannot be found"
            )
