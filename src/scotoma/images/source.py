"""IMAGES -> Image records and pictures: the protocol of every image distribution."""

from __future__ import annotations

from typing import Protocol

from PIL import Image as Picture

from scotoma.records import Image


class ImageSource(Protocol):
    """A finite, ordered image distribution. Safe to use from several threads.

    name: how it is written on the command line.
    """

    @property
    def name(self) -> str: ...

    def __len__(self) -> int: ...

    def record(self, index: int) -> Image:
        """The record of image `index`, with its exact truth if there is one. Raises IndexError past the end."""
        ...

    def picture(self, image: Image) -> Picture.Image:
        """The RGB picture of a record of this source. Raises ImagesError if it is gone."""
        ...

    def close(self) -> None:
        """Free processes and files."""
        ...
