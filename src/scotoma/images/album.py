"""Entries (a folder, a table, shards) -> ImageSource: opened when asked for, counted when broken, bounded in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Protocol

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.identity import picture_id
from scotoma.images.decode import Unreadable
from scotoma.images.edited import edited_picture, is_edited
from scotoma.images.shelf import Shelf
from scotoma.images.source import Skips
from scotoma.records import Image

CACHE_BYTES = 256 * 2**20
"""Decoded pictures kept, bytes: a thousand of 300 x 300 pixels, twenty of twelve megapixels. One at least."""


class Entries(Protocol):
    """What an album is made of.

    skips: what was met and left out while listing; the album adds what cannot be decoded.
    """

    @property
    def skips(self) -> Skips: ...

    def __len__(self) -> int: ...

    def uri(self, index: int) -> str:
        """What `load` needs to find entry `index`."""
        ...

    def load(self, uri: str) -> Picture.Image:
        """The picture of an entry, RGB. Raises Unreadable."""
        ...

    def truth(self, uri: str) -> Mapping[str, Any] | None:
        """The scene graph of an entry, if one is known."""
        ...

    def close(self) -> None: ...


class Album:
    """Entries as an image source. name: how the source is written on the command line."""

    def __init__(self, name: str, entries: Entries, *, cache_bytes: int = CACHE_BYTES) -> None:
        self.name = name
        self.skips = entries.skips
        self._entries = entries
        self._shelf = Shelf()
        self._cache_bytes = cache_bytes
        self._pictures: OrderedDict[str, Picture.Image] = OrderedDict()
        self._held_bytes = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def record(self, index: int) -> Image | None:
        """The record of entry `index`, decoded the first time; None if it cannot be."""
        if not 0 <= index < len(self._entries):
            raise IndexError(index)
        with self._lock:
            if index not in self._shelf:
                self._shelf.put(index, self._read(self._entries.uri(index)))
            return self._shelf.get(index)

    def picture(self, image: Image) -> Picture.Image:
        """The picture of a record, or of an edited scene (entries may have truth).

        Raises ImagesError if it is gone, or no longer the one that was recorded.
        """
        if is_edited(image):
            return edited_picture(image)
        with self._lock:
            if image.id not in self._pictures:
                try:
                    picture = self._entries.load(image.uri)
                except Unreadable as error:
                    raise ImagesError(f"{self.name}: {image.uri} {error}") from error
                if picture_id(picture) != image.id:
                    raise ImagesError(
                        f"{self.name}: {image.uri} is another picture than when the run began: put it back, or start "
                        "a new run"
                    )
                self._keep(image.id, picture)
            self._pictures.move_to_end(image.id)
            return self._pictures[image.id]

    def require_any(self, told: str) -> None:
        """Open entries until one can be read. Raises ImagesError, beginning with `told`, if none can."""
        if not any(self.record(index) is not None for index in range(len(self))):
            broken = f"; {self.skips.count} broken ones were skipped" if self.skips.count else ""
            raise ImagesError(f"{told}{broken}")

    def close(self) -> None:
        """Delete what was kept on disk, and close files."""
        with self._lock:
            self._shelf.close()
            self._entries.close()
            self._pictures.clear()

    def _read(self, uri: str) -> Image | None:
        try:
            picture = self._entries.load(uri)
        except Unreadable as error:
            self.skips.add(uri, str(error))
            return None
        identity = picture_id(picture)
        self._keep(identity, picture)
        return Image(identity, self.name, picture.width, picture.height, uri, self._entries.truth(uri))

    def _keep(self, identity: str, picture: Picture.Image) -> None:
        if identity in self._pictures:
            return
        self._pictures[identity] = picture
        self._held_bytes += _bytes(picture)
        while self._held_bytes > self._cache_bytes and len(self._pictures) > 1:
            _, dropped = self._pictures.popitem(last=False)
            self._held_bytes -= _bytes(dropped)


def _bytes(picture: Picture.Image) -> int:
    return picture.width * picture.height * len(picture.getbands())
