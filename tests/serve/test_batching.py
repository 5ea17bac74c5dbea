"""Items that come together are answered together, and nobody is left waiting."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence

import pytest

from scotoma.serve.batching import Batcher


async def answered(batcher: Batcher[str, str], items: Sequence[str]) -> list[str | BaseException]:
    """The answers, asked for at the same time, and the batcher ended."""
    running = asyncio.create_task(batcher.run())
    try:
        return await asyncio.gather(*map(batcher.ask, items), return_exceptions=True)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def test_one_batch_for_what_comes_together() -> None:
    batches: list[list[str]] = []

    def answer(items: Sequence[str]) -> list[str]:
        batches.append(list(items))
        return [item.upper() for item in items]

    assert asyncio.run(answered(Batcher(answer, lambda item: 0), list("abcde"))) == list("ABCDE")
    assert batches == [list("abcde")]


def test_what_does_not_go_together_and_what_is_too_much_waits_for_the_next_batch() -> None:
    batches: list[list[str]] = []

    def answer(items: Sequence[str]) -> list[str]:
        batches.append(list(items))
        return list(items)

    items = ["a1", "b1", "a2", "a3", "b2", "a4"]
    assert asyncio.run(answered(Batcher(answer, lambda item: item[0], most=2), items)) == items
    assert batches == [["a1", "a2"], ["b1", "b2"], ["a3", "a4"]]


def test_a_batch_that_fails_is_told_to_all_in_it_and_the_next_one_goes_on() -> None:
    def answer(items: Sequence[str]) -> list[str]:
        if "bad" in items:
            raise ValueError("no")
        return list(items)

    told = asyncio.run(answered(Batcher(answer, lambda item: item, most=2), ["bad", "good", "bad"]))
    assert [str(answer) for answer in told] == ["no", "good", "no"]


def test_whoever_goes_away_disturbs_nobody() -> None:
    held = threading.Event()

    def answer(items: Sequence[str]) -> list[str]:
        held.wait(10)
        return [item.upper() for item in items]

    async def scene() -> str:
        batcher = Batcher(answer, lambda item: 0, window_s=0.0)
        running = asyncio.create_task(batcher.run())
        gone, stays = asyncio.create_task(batcher.ask("a")), asyncio.create_task(batcher.ask("b"))
        await asyncio.sleep(0)
        gone.cancel()
        held.set()
        try:
            said = await stays
            with pytest.raises(asyncio.CancelledError):
                await gone
        finally:
            running.cancel()
        return said

    assert asyncio.run(scene()) == "B"
