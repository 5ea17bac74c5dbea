"""A judge behind HTTP that knows the truth of scenes and errs at known rates."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image as Picture

from fakes import SceneSource
from judges import SceneJudge
from scotoma.identity import image_id
from scotoma.models.chat import Request
from scotoma.verifiers.judge.schemas import CHECKLIST, COMPARISON, OWN_ANSWER


class JudgeServer(ThreadingHTTPServer):
    """Speaks as much of the OpenAI chat API as a judge needs. It knows the first `scenes` scenes of `scene_folder`.

    rates: see `SceneJudge`.  calls: answered.  refused: since they had a schema.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, scenes: int, rates: Mapping[str, float], takes_schemas: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        source = SceneSource(scenes)
        self.judge = SceneJudge([source.record(index) for index in range(scenes)], **rates, seed=4)
        self.takes_schemas = takes_schemas
        self.calls = self.refused = 0
        self.counting = threading.Lock()

    def answered(self, body: dict[str, Any]) -> str:
        """The reply to a chat request; in a code fence where no schema was asked for."""
        system, turn = body["messages"]
        picture, text = turn["content"]
        encoded = base64.b64decode(picture["image_url"]["url"].partition(",")[2])
        with Picture.open(io.BytesIO(encoded)) as opened:
            request = Request(
                opened, image_id(encoded), text["text"], system["content"], schema_of(text["text"])
            )
        if self.takes_schemas:
            assert body["response_format"]["json_schema"]["schema"] == request.schema
        (reply,) = asyncio.run(self.judge.reply([request], seed=body["seed"]))
        return reply.text or "" if self.takes_schemas else f"Here you are:\n```json\n{reply.text}\n```"


def schema_of(text: str) -> dict[str, Any]:
    """What kind of call a prompt is, for a server that is not told."""
    if text.startswith("Decide"):
        return CHECKLIST
    return COMPARISON if text.startswith("Compare") else OWN_ANSWER


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: JudgeServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "response_format" in body and not self.server.takes_schemas:
            with self.server.counting:
                self.server.refused += 1
            self.send(400, {"error": {"message": "response_format is not supported"}})
            return
        message = {"role": "assistant", "content": self.server.answered(body)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        with self.server.counting:
            self.server.calls += 1
        usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
        head = {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"]}
        self.send(200, {**head, "choices": [choice], "usage": usage})

    def send(self, status: int, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def serving(scenes: int, rates: Mapping[str, float], *, takes_schemas: bool = True) -> Iterator[JudgeServer]:
    """A server until the end of the block."""
    server = JudgeServer(scenes, rates, takes_schemas)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
