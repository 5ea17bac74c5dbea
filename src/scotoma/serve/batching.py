"""items that come one by one, at the same time -> answered together, a batch at a time, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WINDOW_S = 0.005
"""How long the first of a batch waits for others, seconds; while a batch is being answered, the next one fills."""


class Batcher(Generic[Item, Answer]):
    """answer: a batch -> an answer each, in order; runs in one thread, so never twice at a time.

    key:  only items with equal keys are answered together.
    most: items of one batch.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Item]], Sequence[Answer]],
        key: Callable[[Item], Hashable],
        *,
        most: int = 64,
        window_s: float = WINDOW_S,
    ) -> None:
        self._answer = answer
        self._key = key
        self._most = most
        self._window_s = window_s
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._came = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "answers")

    async def ask(self, item: Item) -> Answer:
        """The answer to one item, when its batch has been answered. Raises what `answer` raises."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._came.set()
        return await future

    async def run(self) -> None:
        """Answer until cancelled."""
        try:
            while True:
                await self._came.wait()
                if len(self._waiting) < self._most:
                    await asyncio.sleep(self._window_s)
                await self._answer_some()
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _answer_some(self) -> None:
        batch = self._take()
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._thread, self._answer, [item for item, _ in batch])
        except Exception as error:  # whatever it is, those who wait must hear of it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():  # a client that went away has cancelled its own
                future.set_result(answer)

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        """The oldest item, and those after it that go with it."""
        key = self._key(self._waiting[0][0])
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        rest: list[tuple[Item, asyncio.Future[Answer]]] = []
        for entry in self._waiting:
            fits = len(batch) < self._most and self._key(entry[0]) == key
            (batch if fits else rest).append(entry)
        self._waiting = rest
        if not rest:
            self._came.clear()
        return batch
