"""tabletop:n=N,seed=S -> Image records with exact truth, rendered ahead in other processes and kept on disk."""

from __future__ import annotations

import io
import json
import os
import threading
from collections import OrderedDict
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from PIL import Image as Picture

from scotoma.errors import ImagesError, RenderError
from scotoma.identity import image_id
from scotoma.images.edited import edited_picture, is_edited
from scotoma.images.shelf import Shelf
from scotoma.images.source import Skips
from scotoma.records import Image
from scotoma.tabletop.farm import LOST, Farm, Finished, render_one
from scotoma.tabletop.scene import Scene

RENDERER_VERSION = 1
"""Raised whenever the same seed would give other pixels or another truth, so that old caches are left alone."""

_PICTURES_KEPT = 512


class TabletopSource:
    """Images 0..n-1 of the tabletop stream `seed`, `size` pixels a side.

    workers: rendering processes that run ahead of the reader; 0 renders in the calling thread, when asked.
    cache:   folder where finished images are kept between runs, or None.
    """

    def __init__(
        self,
        n: int,
        seed: int,
        size: int = 224,
        *,
        workers: int = 1,
        ahead: int = 64,
        cache: Path | None = None,
    ) -> None:
        if n < 1:
            raise ImagesError(f"tabletop needs n >= 1, not {n}")
        self.n, self.seed, self.size = n, seed, size
        self._ahead = ahead if workers else 0
        self._cache = cache / f"tabletop-{RENDERER_VERSION}-{size}-{seed}" if cache is not None else None
        self._workers = workers
        self._farm: Farm | None = None
        self._lock = threading.RLock()
        self._started: dict[int, Future[Finished]] = {}
        self._records = Shelf()
        self.skips = Skips()
        self._pictures: OrderedDict[str, Picture.Image] = OrderedDict()

    @property
    def name(self) -> str:
        return f"tabletop:n={self.n},seed={self.seed},size={self.size}"

    def __len__(self) -> int:
        return self.n

    def record(self, index: int) -> Image:
        """The record of image `index`; rendering of the next ones is started."""
        if not 0 <= index < self.n:
            raise IndexError(index)
        with self._lock:
            if index not in self._records:
                self._take(index)
            image = self._records.get(index)
            assert image is not None  # every scene can be rendered
            return image

    def picture(self, image: Image) -> Picture.Image:
        """The picture of a record of this stream, or of an edited scene (rendered again if it is no longer kept)."""
        if is_edited(image):
            return edited_picture(image)
        with self._lock:
            if image.id not in self._pictures:
                self._remember(image.id, self._finished(_index_of(image)).png)
            self._pictures.move_to_end(image.id)
            return self._pictures[image.id]

    def close(self) -> None:
        """End the rendering processes."""
        with self._lock:
            if self._farm is not None:
                self._farm.close()
                self._farm = None
            self._started.clear()

    def _take(self, index: int) -> None:
        for ahead in range(index + 1, min(self.n, index + 1 + self._ahead)):
            self._start(ahead)
        finished = self._finished(index)
        identity = image_id(finished.png)
        record = Image(
            id=identity,
            source=self.name,
            width=self.size,
            height=self.size,
            uri=f"tabletop:seed={self.seed},index={index},size={self.size}",
            truth=finished.scene.to_truth(),
        )
        self._records.put(index, record)
        self._remember(identity, finished.png)

    def _start(self, index: int) -> None:
        if index in self._started or index in self._records or self._cached_path(index) is not None:
            return
        if self._farm is None:
            self._farm = Farm(self.size, self._workers)
        self._started[index] = self._farm.submit(self.seed, index)

    def _finished(self, index: int) -> Finished:
        path = self._cached_path(index)
        if path is not None:
            truth = json.loads(path.with_suffix(".json").read_text("utf-8"))
            return Finished(index, path.read_bytes(), Scene.from_truth(truth))
        if index in self._started:
            try:
                finished = self._started.pop(index).result()
            except BrokenProcessPool as error:
                raise RenderError(LOST) from error
        else:
            finished = render_one(self.seed, index, self.size)
        self._keep(finished)
        return finished

    def _cached_path(self, index: int) -> Path | None:
        if self._cache is None:
            return None
        path = self._cache / f"{index:06d}.png"
        return path if path.exists() and path.with_suffix(".json").exists() else None

    def _keep(self, finished: Finished) -> None:
        if self._cache is None:
            return
        self._cache.mkdir(parents=True, exist_ok=True)
        path = self._cache / f"{finished.index:06d}.png"
        _write_whole(path.with_suffix(".json"), json.dumps(finished.scene.to_truth()).encode())
        _write_whole(path, finished.png)

    def _remember(self, identity: str, png: bytes) -> None:
        with Picture.open(io.BytesIO(png)) as picture:
            self._pictures[identity] = picture.convert("RGB")
        while len(self._pictures) > _PICTURES_KEPT:
            self._pictures.popitem(last=False)


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_bytes(content)
    partial.replace(path)


def _index_of(image: Image) -> int:
    for part in image.uri.partition(":")[2].split(","):
        name, _, value = part.partition("=")
        if name == "index" and value.isdigit():
            return int(value)
    raise ImagesError(f"{image.uri!r} is not an image of a tabletop stream")
