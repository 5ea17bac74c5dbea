"""ImageSource -> discover images and held-out images, told apart by image id, taken as they are needed.

Rendering or opening an image costs time, so that a source is only walked as far as somebody asks. Equal
pixels have equal ids: the first image of an id is taken, the others are dropped and counted. What has been taken is
kept on disk, by its index, so that memory does not grow with the number of images.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scotoma.errors import ImagesError
from scotoma.images.permutation import Permutation
from scotoma.images.shelf import scratch
from scotoma.images.source import ImageSource
from scotoma.records import Image


@dataclass(frozen=True, slots=True)
class SplitFigures:
    """How far a source was walked, and what was met.

    walked:  entries opened: taken for discover or held_out, duplicates of one that was taken, or unreadable.
    skipped: entries that could not be read or even listed.  listed: the first of them, with the reason.
    """

    walked: int
    discover: int
    held_out: int
    duplicates: int
    skipped: int
    listed: Mapping[str, str]


class Split:
    """One fixed split of a source.

    held_out_share: expected share of held-out images, 0 to 1.
    shuffle_seed:   walk the source in this random order; None = in its own (a stream that is random already,
                    and that is rendered ahead in order).
    """

    def __init__(self, source: ImageSource, held_out_share: float, shuffle_seed: int | None = None) -> None:
        self._source = source
        self._share = held_out_share
        n = len(source)
        self._order: Sequence[int] | Permutation = (
            range(n) if shuffle_seed is None else Permutation(n, shuffle_seed)
        )
        self._next = 0
        self._taken = {False: 0, True: 0}
        self._duplicates = 0
        self._lock = threading.Lock()
        self._db = scratch()
        self._db.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._db.execute(
            "CREATE TABLE taken (held_out INTEGER, position INTEGER, place INTEGER NOT NULL, "
            "PRIMARY KEY (held_out, position)) WITHOUT ROWID"
        )

    def discover(self, position: int) -> Image:
        """Image number `position` to train on; past the last one the order begins again. Raises
        ImagesError."""
        with self._lock:
            while position >= self._taken[False] and self._walk():
                pass
            if not self._taken[False]:
                raise ImagesError(
                    f"{self._source.name} has too few images to hold some out: "
                    "add images or lower held_out_share"
                )
            return self._image(False, position % self._taken[False])

    def held_out(self, count: int) -> list[Image]:
        """The first `count` held-out images, or all if there are fewer. Raises ImagesError if there is
        none."""
        with self._lock:
            while count > self._taken[True] and self._walk():
                pass
            if count and not self._taken[True]:
                raise ImagesError(
                    f"{self._source.name} has too few images to hold some out: "
                    "add images or raise held_out_share"
                )
            return [self._image(True, position) for position in range(min(count, self._taken[True]))]

    def held_out_at(self, position: int) -> Image | None:
        """Held-out image number `position`, None past the last one. Raises ImagesError."""
        with self._lock:
            while position >= self._taken[True] and self._walk():
                pass
            return self._image(True, position) if position < self._taken[True] else None

    def walk_on(self) -> bool:
        """Take one more image of the source; False at its end."""
        with self._lock:
            return self._walk()

    def figures(self) -> SplitFigures:
        """How far it was walked."""
        skips = self._source.skips
        with self._lock:
            taken = self._taken[False], self._taken[True]
            return SplitFigures(self._next, *taken, self._duplicates, skips.count, dict(skips.listed))

    def _walk(self) -> bool:
        if self._next == len(self._order):
            return False
        place = self._order[self._next]
        self._next += 1
        image = self._source.record(place)
        if image is None:
            return True
        if self._db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (image.id,)).rowcount == 0:
            self._duplicates += 1
        else:
            held_out = is_held_out(image.id, self._share)
            self._db.execute("INSERT INTO taken VALUES (?, ?, ?)", (held_out, self._taken[held_out], place))
            self._taken[held_out] += 1
        return True

    def _image(self, held_out: bool, position: int) -> Image:
        sql = "SELECT place FROM taken WHERE held_out = ? AND position = ?"
        image = self._source.record(int(self._db.execute(sql, (held_out, position)).fetchone()[0]))
        assert image is not None  # or it had not been taken
        return image


def is_held_out(image_id: str, share: float) -> bool:
    """Does an id (hexadecimal digest) fall in the held-out share? The same answer in every run."""
    return int(image_id[:12], 16) < share * 16**12
