"""(seed, indices) -> finished pictures, in order, from one or several rendering processes.

Each process owns one OpenGL context. The result does not depend on how many there are.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from itertools import islice

from PIL import Image as Picture

from scotoma.errors import RenderError
from scotoma.tabletop.render import Renderer
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import Scene

_DRAWING = threading.Lock()
"""A context of OpenGL is of one thread at a time."""

LOST = (
    "a rendering process died: out of memory, or the calling script lacks `if __name__ == '__main__':`, "
    "which every script that starts processes needs"
)


@dataclass(frozen=True, slots=True)
class Finished:
    """One rendered image of the stream: its PNG bytes and its completed scene."""

    index: int
    png: bytes
    scene: Scene


def render_one(seed: int, index: int, size: int) -> Finished:
    """Render the `index`-th scene of stream `seed` in this process."""
    png, scene = draw(sample_scene(seed, index), size)
    return Finished(index, png, scene)


def draw(scene: Scene, size: int) -> tuple[bytes, Scene]:
    """(PNG bytes, completed scene) of any scene, rendered in this process; safe from several threads."""
    with _DRAWING:
        rendered = _renderer(size).render(scene)
    buffer = io.BytesIO()
    Picture.fromarray(rendered.pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue(), rendered.scene


class Farm:
    """Renders in `workers` processes (0: in this one). Close it, or use it as a context manager."""

    def __init__(self, size: int, workers: int) -> None:
        self.size = size
        self._pool = _pool(workers) if workers > 0 else None
        self._ahead = 4 * workers + 4

    def submit(self, seed: int, index: int) -> Future[Finished]:
        """Start one image; the future holds it, or the RenderError."""
        if self._pool is not None:
            return self._pool.submit(render_one, seed, index, self.size)
        done: Future[Finished] = Future()
        try:
            done.set_result(render_one(seed, index, self.size))
        except RenderError as error:
            done.set_exception(error)
        return done

    def stream(self, seed: int, indices: Iterable[int]) -> Iterator[Finished]:
        """Finished images in the order of `indices`, a bounded number of them ahead of the reader."""
        todo = iter(indices)
        waiting = deque(self.submit(seed, index) for index in islice(todo, self._ahead))
        while waiting:
            try:
                finished = waiting.popleft().result()
            except BrokenProcessPool as error:
                raise RenderError(
                    "a rendering process was killed (out of memory?); try fewer workers"
                ) from error
            waiting.extend(self.submit(seed, index) for index in islice(todo, 1))
            yield finished

    def close(self) -> None:
        """End the processes; images not yet begun are dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Farm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def default_workers() -> int:
    """One rendering process a core, but one core is left to the models."""
    return max(1, (os.cpu_count() or 2) - 1)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # a forked OpenGL context or torch thread pool would hang
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare)


def _prepare() -> None:
    os.environ["LP_NUM_THREADS"] = "1"


@cache
def _renderer(size: int) -> Renderer:
    return Renderer(size)
