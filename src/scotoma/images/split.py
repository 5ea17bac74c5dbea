"""ImageSource -> discover images and held-out images, told apart by image id, taken as they are needed.

Rendering or opening an image costs time, so that a source is only walked as far as somebody asks. Equal
pixels have equal ids and land on the same side, however often a source holds them.
"""

from __future__ import annotations

import random
import threading

from scotoma.errors import ImagesError
from scotoma.images.source import ImageSource
from scotoma.records import Image


class Split:
    """One fixed split of a source.

    held_out_share: expected share of held-out images, 0 to 1.
    shuffle_seed:   walk the source in this random order; None = in its own (a stream that is random already,
                    and that is rendered ahead in order).
    """

    def __init__(self, source: ImageSource, held_out_share: float, shuffle_seed: int | None = None) -> None:
        self._source = source
        self._share = held_out_share
        self._order = list(range(len(source)))
        if shuffle_seed is not None:
            random.Random(shuffle_seed).shuffle(self._order)
        self._next = 0
        self._seen: set[str] = set()
        self._discover: list[Image] = []
        self._held_out: list[Image] = []
        self._lock = threading.Lock()

    def discover(self, position: int) -> Image:
        """Image number `position` to train on; past the last one the order begins again. Raises
        ImagesError."""
        with self._lock:
            while position >= len(self._discover) and self._walk():
                pass
            if not self._discover:
                raise ImagesError(
                    f"{self._source.name} has too few images to hold some out: "
                    "add images or lower held_out_share"
                )
            return self._discover[position % len(self._discover)]

    def held_out(self, count: int) -> list[Image]:
        """The first `count` held-out images, or all if there are fewer. Raises ImagesError if there is
        none."""
        with self._lock:
            while count > len(self._held_out) and self._walk():
                pass
            if count and not self._held_out:
                raise ImagesError(
                    f"{self._source.name} has too few images to hold some out: "
                    "add images or raise held_out_share"
                )
            return self._held_out[:count]

    def _walk(self) -> bool:
        """Take one more image of the source; False at its end."""
        if self._next == len(self._order):
            return False
        image = self._source.record(self._order[self._next])
        self._next += 1
        if image.id not in self._seen:
            self._seen.add(image.id)
            (self._held_out if is_held_out(image.id, self._share) else self._discover).append(image)
        return True


def is_held_out(image_id: str, share: float) -> bool:
    """Does an id (hexadecimal digest) fall in the held-out share? The same answer in every run."""
    return int(image_id[:12], 16) < share * 16**12
