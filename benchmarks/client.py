"""calls a second of a model behind a server, beside a bare `openai` client loop; and memory over many calls.

    python benchmarks/client.py                                   # 50 ms server, 64 calls at once
    python benchmarks/client.py --memory --calls 50000            # the memory of 50,000 calls, after the first 5,000

The server is a process of its own. Both loops send the same bodies, in turns, in one run. Ours is whole: guard, budget,
and every call in a ledger on disk before it is used. Limits to hold: 90% of the bare loop; MOST_GROWTH_MB.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import openai
from PIL import Image as Picture

from scotoma.ledger import Ledger
from scotoma.models.cached import CachedCalls, KeptModel
from scotoma.models.chat import Reply, Request
from scotoma.models.compatible import open_compatible
from scotoma.models.data_url import data_url
from scotoma.models.guard import Budget
from scotoma.specs import Compatible

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from hostile import Server, answering

ANSWER_TOKENS = 16
WARM_UP, STEP = 5000, 500
"""Calls before memory is compared, and calls of one step."""
MOST_GROWTH_MB = 10.0
PICTURE = Picture.effect_noise((96, 96), 40).convert("RGB")


def serve(pipe: Connection, wait_s: float) -> None:
    """Serve until told to stop."""
    with Server(answering(lambda asked: "yes", wait_s), keep=False) as server:
        pipe.send(server.url)
        pipe.recv()


async def bare(url: str, texts: Sequence[str], concurrency: int) -> float:
    """Calls a second of a plain loop over the official client."""
    picture = {"type": "image_url", "image_url": {"url": data_url(PICTURE, 1024)}}
    waiting = iter(texts)
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def work() -> None:
            for text in waiting:
                content = [picture, {"type": "text", "text": text}]
                done = await client.chat.completions.create(
                    model="m",
                    messages=[{"role": "user", "content": content}],  # type: ignore[misc, list-item]
                    max_tokens=ANSWER_TOKENS,
                    temperature=0.0,
                    seed=0,
                )
                assert done.choices[0].message.content == "yes"

        began_s = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(concurrency)))
    return len(texts) / (time.perf_counter() - began_s)


def opened(url: str, concurrency: int, ledger: Ledger) -> KeptModel:
    """The model as a run calls it."""
    spec = Compatible("m", url, price_in=1.0, price_out=1.0, concurrency=concurrency)
    guarded = open_compatible(spec, max_new_tokens=ANSWER_TOKENS)
    return KeptModel(guarded, CachedCalls(ledger, Budget(max_usd=1e6), "candidate"))


async def ours(model: KeptModel, texts: Sequence[str]) -> float:
    """Calls a second of a run's own way."""
    requests = [Request(PICTURE, "picture", text) for text in texts]
    began_s = time.perf_counter()
    replies: list[Reply] = await model.reply(requests)
    assert all(reply.text == "yes" for reply in replies)
    return len(texts) / (time.perf_counter() - began_s)


async def watched(model: KeptModel, calls: int) -> None:
    """The same in steps, as a run makes them; the memory of this process after each, shown ten times."""
    began_s = time.perf_counter()
    done_S: list[int] = []
    resident_S: list[float] = []
    for start in range(0, calls, STEP):
        await ours(model, [f"Question {index}?" for index in range(start, min(start + STEP, calls))])
        done_S.append(min(start + STEP, calls))
        resident_S.append(resident_mb())
        if done_S[-1] * 10 // calls > start * 10 // calls:
            print(f"{done_S[-1]:8,} calls  {resident_S[-1]:7.1f} MB", flush=True)
    seconds = time.perf_counter() - began_s
    warm = next(place for place, done in enumerate(done_S) if done >= WARM_UP)
    first, most = resident_S[warm], max(resident_S[warm:])
    slope = statistics.linear_regression(done_S[warm:], resident_S[warm:]).slope
    print(
        f"{calls:,} calls at {calls / seconds:.0f}/s. Memory after the first {done_S[warm]:,}: {first:.1f} MB; "
        f"at the end {resident_S[-1]:.1f} MB; most {most:.1f} MB; {1e6 * slope:+.1f} kB a thousand calls"
    )
    assert most - first <= MOST_GROWTH_MB, f"memory grew by {most - first:.1f} MB"


def resident_mb() -> float:
    """Memory of this process, megabytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--wait-ms", type=float, default=50.0)
    parser.add_argument("--memory", action="store_true", help="only ours, and how its memory grows")
    given = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, given.wait_ms / 1000))
    process.start()
    url = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "run", {}, {}) as ledger:
            model = opened(url, given.concurrency, ledger)
            if given.memory:
                asyncio.run(watched(model, given.calls))
                return
            for number in range(given.rounds):
                texts = [f"Question {number}.{index}?" for index in range(given.calls)]
                plain = asyncio.run(bare(url, texts, given.concurrency))
                whole = asyncio.run(ours(model, texts))
                print(
                    f"bare {plain:6.0f} calls/s   ours {whole:6.0f} calls/s   {whole / plain:.1%}", flush=True
                )
    finally:
        here.send("stop")
        process.join(30)


if __name__ == "__main__":
    main()
