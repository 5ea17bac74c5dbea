"""IMAGES -> Image records and pictures: the protocol of every image distribution."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.records import Image


@dataclass
class Skips:
    """What a source could not read, as far as it has been met. listed: the first `MOST` of them, with the reason."""

    MOST = 1000

    count: int = 0
    listed: dict[str, str] = field(default_factory=dict)

    def add(self, uri: str, reason: str) -> None:
        """Count one; the reason becomes one line."""
        self.count += 1
        if len(self.listed) < self.MOST:
            self.listed[uri] = " ".join(reason.split())[:200] or "cannot be read"


class ImageSource(Protocol):
    """A finite, ordered image distribution. Safe to use from several threads.

    name:  how it is written on the command line.
    skips: what could not be read so far.
    """

    @property
    def name(self) -> str: ...

    @property
    def skips(self) -> Skips: ...

    def __len__(self) -> int:
        """How many images there are, those that cannot be read included: that shows when they are opened."""
        ...

    def record(self, index: int) -> Image | None:
        """The record of image `index`, with its exact truth if there is one; None if it cannot be read, which is
        then counted in `skips`. The same at every call. Raises IndexError past the end."""
        ...

    def picture(self, image: Image) -> Picture.Image:
        """The RGB picture of a record of this source. Raises ImagesError if it is gone."""
        ...

    def close(self) -> None:
        """Free processes and files."""
        ...


def readable(source: ImageSource, index: int) -> Image:
    """The record of an image that has to be there. Raises ImagesError if it cannot be read."""
    image = source.record(index)
    if image is None:
        raise ImagesError(
            f"{source.name}: image {index} cannot be read: see `scotoma images check`, and remove it"
        )
    return image
