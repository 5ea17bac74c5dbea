"""Runs that are killed at seeded moments, against a server in a process of its own that counts what it is asked.

A call is finished once it is stored: once its reply is on disk in the run's ledger. Each request that reaches the
server has a tag, which comes back as its count of tokens and so into the ledger: requests and stored calls are matched
one to one. Asserted of every sitting of a run, from its start to its kill or its end:

- no request of a stored call reaches the server again, and no request reaches it twice;
- of the requests that reached it, at most `concurrency` are not stored: those that were under way at the kill, answered
  or not, which is all that a kill can lose. A later sitting asks them again.

In the end the ledger equals that of an undisturbed run, except for what the clock says.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hostile import Act, Asked, Server, completion
from scotoma.ledger import Ledger
from scotoma.records import Probe

QUESTIONS = (
    "How many objects are there?", "How many red objects are there?", "Is there a cup?", "Is there a chair?",
    "Is there a metal object?", "What is the leftmost object?", "What colour is the rightmost object?",
    "How many objects are partly hidden?", "How many blue objects are partly hidden?", "Is there a red cube?",
    "How many metal objects are not red?", "What is the second object from the left?", "What is the largest object?",
    "Are there more red objects than blue objects?", "What does the sign say?", "Is there a small green object?",
    "How many things do you like?", "What colour is the cube?",
)  # fmt: skip
ANSWERS = ("yes", "no", "0", "1", "2", "red", "blue", "left", "cup")

Tag = tuple[int, int]
"""A request as its count of (prompt tokens, completion tokens)."""

Moment = tuple[float, int]
"""When to kill: (seconds, requests that must have reached the server in this sitting before those are counted)."""

Script = Callable[[Asked], str]


def tag_of(asked: Asked) -> Tag:
    """56 bits of a request."""
    return int(asked.digest[:7], 16), int(asked.digest[7:14], 16)


def sensible(asked: Asked) -> str:
    """A question or an answer, by the model that is asked; always the same to the same request."""
    said = QUESTIONS if asked.body["model"] == "questioner" else ANSWERS
    return said[int(asked.digest[-8:], 16) % len(said)]


def _serve(pipe: Connection, arrived: Synchronized[int], script: Script, wait_s: float) -> None:
    tags: list[Tag] = []

    def counting(asked: Asked) -> Act:
        tags.append(tag_of(asked))
        arrived.value += 1
        prompt, answer = tags[-1]
        body = completion(script(asked), prompt_tokens=prompt, completion_tokens=answer)
        return Act(body, wait_s=wait_s, finished=True)

    with Server(counting, keep=False) as server:
        pipe.send(server.port)
        while pipe.recv() == "tags":
            pipe.send(list(tags))


class CountingServer:
    """Serves a script from a process of its own, and remembers the tag of every request, in order."""

    def __init__(self, script: Script = sensible, wait_s: float = 0.05) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._arrived: Synchronized[int] = context.Value("q", 0)
        self._process = context.Process(target=_serve, args=(there, self._arrived, script, wait_s))
        self.port = 0

    def __enter__(self) -> Self:
        self._process.start()
        assert self._pipe.poll(60)
        self.port = self._pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.send("stop")
        self._process.join(30)

    @property
    def arrived(self) -> int:
        """Requests so far."""
        return self._arrived.value

    def tags(self) -> list[Tag]:
        """Of all requests, once no more of them come: what a killed client had sent is still read."""
        before = -1
        while before != self.arrived:
            before = self.arrived
            time.sleep(0.2)
        self._pipe.send("tags")
        tags: list[Tag] = self._pipe.recv()
        return tags

    def spec(self, model: str, concurrency: int) -> str:
        """The SPEC of a model of this server."""
        return f"openai:{model}@http://127.0.0.1:{self.port}/v1,concurrency={concurrency}"


@dataclass(frozen=True, slots=True)
class Sitting:
    """From a start to a kill or the end. lost: requests that reached the server and are not stored."""

    killed: bool
    asked: int
    stored: int
    lost: int
    steps: int


class KilledRun:
    """One run, sitting by sitting, through the command line."""

    def __init__(self, server: CountingServer, arguments: Sequence[str], out: Path, concurrency: int) -> None:
        self._server = server
        self._arguments = arguments
        self._out = out
        self._concurrency = concurrency
        self._seen = len(server.tags())

    def sit(self, moment: Moment | None = None) -> Sitting:
        """Start or resume, and kill at that moment; None: take it to its end. Asserts what is asserted."""
        stored = stored_tags(self._out)
        process = self._started()
        try:
            killed = moment is not None and self._killed(process, moment)
            code = process.wait(600)
        finally:
            process.kill()
        assert code == (-signal.SIGKILL if killed else 0), code
        tags = self._server.tags()
        asked, self._seen = tags[self._seen :], len(tags)
        now = stored_tags(self._out)
        assert len(asked) == len(set(asked)), "a request was sent twice in one sitting"
        assert not stored & set(asked), "a stored call was asked again"
        assert stored <= now, "a stored call is gone"
        lost = set(asked) - now
        assert len(lost) <= (self._concurrency if killed else 0), f"{len(lost)} calls were lost"
        return Sitting(killed, len(asked), len(now), len(lost), steps_of(self._out))

    def _started(self) -> subprocess.Popen[bytes]:
        told = ["resume", str(self._out)] if Ledger.is_run(self._out) else ["discover", *self._arguments]
        if told[0] == "discover":
            told += ["--out", str(self._out)]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        return subprocess.Popen(
            [sys.executable, "-m", "scotoma.cli", *told, "--json"],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )

    def _killed(self, process: subprocess.Popen[bytes], moment: Moment) -> bool:
        """Was it still running when it was killed?"""
        seconds, requests = moment
        until = self._seen + requests
        while self._server.arrived < until and process.poll() is None:
            time.sleep(0.001)
        time.sleep(seconds)
        if process.poll() is not None:
            return False
        process.send_signal(signal.SIGKILL)
        return True


def moments(rng: random.Random, calls: int, kills: int) -> list[Moment]:
    """Seeded moments: one in four by the clock, from the start of the process on; the others spread over the calls."""
    each = calls // (kills + 1)
    return [
        (rng.uniform(0.0, 4.0), 0)
        if rng.random() < 0.25
        else (rng.uniform(0.0, 0.15), rng.randint(1, max(1, each)))
        for _ in range(kills)
    ]


def stored_tags(run_dir: Path) -> set[Tag]:
    """The tags of the calls in a run's ledger, each of which is there once."""
    if not Ledger.is_run(run_dir):
        return set()
    with closing(sqlite3.connect(f"{(run_dir / 'ledger.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        found = db.execute("SELECT prompt_tokens, completion_tokens FROM calls").fetchall()
    tags = {(int(prompt), int(answer)) for prompt, answer in found}
    assert len(tags) == len(found)
    return tags


def steps_of(run_dir: Path) -> int:
    """Steps of discovery that a run has stored."""
    if not Ledger.is_run(run_dir):
        return 0
    with Ledger.open(run_dir, readonly=True) as ledger:
        return max((probe.step for probe in ledger.probes("train")), default=0)


def content(run_dir: Path) -> Mapping[str, Any]:
    """All that a ledger holds, less what the clock says and the order in which concurrent calls ended."""
    with Ledger.open(run_dir, readonly=True) as ledger:
        probes = [_timeless(probe) for probe in ledger.probes()]
        images = list(ledger.images())
        metrics = {
            entry.step: {
                name: value for name, value in entry.values.items() if not name.startswith("seconds/")
            }
            for entry in ledger.metrics()
        }
        spent, seen = ledger.spent(), ledger.state("images")
    columns = "key, role, request, response, cost_usd, prompt_tokens, completion_tokens"
    with closing(sqlite3.connect(f"{(run_dir / 'ledger.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        calls = db.execute(f"SELECT {columns} FROM calls ORDER BY key").fetchall()
    return {
        "probes": probes, "images": images, "metrics": metrics, "calls": calls, "spent": spent, "seen": seen,
    }  # fmt: skip


def digest(value: object) -> str:
    """A short digest of what `content` gives, to be told."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


def _timeless(probe: Probe) -> Probe:
    return replace(probe, answer=probe.answer and replace(probe.answer, latency_s=0.0))
