"""A scripted OpenAI-compatible server on a real socket: answers, and every way in which one can fail to.

    with Server(faulty(0.3, seed=1)) as server:
        ...  # server.url, server.calls, server.finished

A script says what becomes of each request. It sees the request and how often the same one has come before, so that
what happens does not depend on the order in which concurrent requests arrive.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    """A request. number: of all, from 0.  attempt: of the same request, from 0."""

    number: int
    attempt: int
    digest: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """What the user says in it."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else content[-1]["text"]


@dataclass(frozen=True)
class Act:
    """What the server does: wait, then send a status and a body, or break off.

    reset_after: bytes of the body after which the connection is reset; closed_after: after which it is closed.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    reset_after: int | None = None
    closed_after: int | None = None
    finished: bool = False


Script = Callable[[Asked], Act]


def completion(
    text: str | None, *, prompt_tokens: int = 100, completion_tokens: int = 2, **message: Any
) -> bytes:
    """The body of a chat completion."""
    said = {"role": "assistant", "content": text, **message}
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    choice = {"index": 0, "message": said, "finish_reason": "stop"}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def answering(
    answer: Callable[[Asked], str] = lambda asked: asked.text.upper(), wait_s: float = 0.0
) -> Script:
    """A server that does as it should."""
    return lambda asked: Act(completion(answer(asked)), wait_s=wait_s, finished=True)


def failing(status: int, message: str = "no", **headers: str) -> Script:
    """Always the same status."""
    body = json.dumps({"error": {"message": message}}).encode()
    return lambda asked: Act(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


FAULTS: Mapping[str, Callable[[bytes, float], Act]] = {
    "429": lambda body, stall_s: Act(b'{"error": {"message": "slow down"}}', 429, {"retry-after": "0.05"}),
    "500": lambda body, stall_s: Act(b"<html>oops</html>", 500),
    "reset": lambda body, stall_s: Act(body, reset_after=len(body) // 2),
    "stall": lambda body, stall_s: Act(body, wait_s=stall_s),
    "truncated": lambda body, stall_s: Act(body[: len(body) // 2]),
    "empty": lambda body, stall_s: Act(completion(""), finished=True),
    "long": lambda body, stall_s: Act(completion("blah " * 200_000), finished=True),
    "not utf-8": lambda body, stall_s: Act(body.replace(b'"content": "', b'"content": "\xff\xfe')),
}


def faulty(
    share: float, seed: int, answer: Callable[[Asked], str] = lambda asked: "yes", stall_s: float = 10.0
) -> Script:
    """A share of all attempts meets a fault, each kind as often."""
    good = answering(answer)

    def script(asked: Asked) -> Act:
        rng = random.Random(f"{seed}:{asked.digest}:{asked.attempt}")
        act = good(asked)
        if rng.random() >= share:
            return act
        return FAULTS[rng.choice(list(FAULTS))](act.body, stall_s)

    return script


class Server:
    """Serves a script from a thread, on a free port of the loopback interface.

    calls:    requests that came.  finished: digest of a request -> answers that were sent whole.
    most:     requests that were under way at once.  seen: the requests, in order, if they are kept.
    """

    def __init__(self, script: Script, *, keep: bool = True) -> None:
        self._script = script
        self._keep = keep
        self.calls = self.most = self._under_way = 0
        self.finished: Counter[str] = Counter()
        self.seen: list[Asked] = []
        self._attempts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def spec(self, model: str = "m", **options: object) -> str:
        """The SPEC of a model of this server."""
        return f"openai:{model}@{self.url}" + "".join(f",{name}={value}" for name, value in options.items())

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._connection(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**24, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        act = self._acted(raw, headers)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            if act.wait_s:
                await asyncio.sleep(act.wait_s)
            return await self._sent(act, writer)
        finally:
            self._under_way -= 1

    def _acted(self, raw: bytes, headers: Mapping[str, str]) -> Act:
        digest = hashlib.sha256(raw).hexdigest()
        asked = Asked(self.calls, self._attempts[digest], digest, json.loads(raw or b"{}"), headers)
        self.calls += 1
        self._attempts[digest] += 1
        if self._keep:
            self.seen.append(asked)
        act = self._script(asked)
        self.finished[digest] += act.finished
        return act

    async def _sent(self, act: Act, writer: asyncio.StreamWriter) -> bool:
        head = {"content-type": "application/json", "content-length": str(len(act.body)), **act.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        cut = act.reset_after if act.reset_after is not None else act.closed_after
        writer.write(f"HTTP/1.1 {act.status} X\r\n{lines}\r\n".encode() + act.body[:cut])
        await writer.drain()
        if act.reset_after is not None:
            # With a linger of zero seconds, closing sends RST in place of FIN.
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return cut is None
