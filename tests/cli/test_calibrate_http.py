"""A judge behind HTTP, with known error rates: calibrating it recovers them, with and without JSON schemas."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from fakes import SceneSource, scene_folder
from judges import SceneJudge
from scotoma.cli import main
from scotoma.identity import image_id
from scotoma.models.chat import Request
from scotoma.verifiers.judge.schemas import CHECKLIST, COMPARISON, OWN_ANSWER

SCENES = 20
RATES = {"calls_valid_invalid": 0.1, "calls_invalid_valid": 0.2, "answers_wrongly": 0.15}


class Server(ThreadingHTTPServer):
    """Speaks as much of the OpenAI chat API as a judge needs.

    calls: answered.  refused: since they had a schema.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, takes_schemas: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        source = SceneSource(SCENES)
        self.judge = SceneJudge([source.record(index) for index in range(SCENES)], **RATES, seed=4)
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
    server: Server

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
def serving(takes_schemas: bool) -> Iterator[Server]:
    server = Server(takes_schemas)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("takes_schemas", [True, False])
def test_injected_rates_are_recovered_over_http(
    takes_schemas: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-1234567890")
    images = scene_folder(tmp_path / "scenes", SCENES)
    out, kept = tmp_path / "found.json", tmp_path / "kept"
    with serving(takes_schemas) as server:
        spec = f"openai:judge@http://127.0.0.1:{server.server_address[1]}/v1"
        command = ["calibrate", "--verifier", spec, "--images", str(images), "--n", "48", "--out", str(out)]
        assert main([*command, "--ledger", str(kept), "--json"]) == 0
        first, calls = json.loads(capsys.readouterr().out), server.calls
        # Attempts that were refused for their schema went over the wire, and are counted.
        assert first["verifier_calls"] >= calls + server.refused > 1
        # A second calibration finds every call in the ledger.
        assert main([*command, "--ledger", str(kept), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["figures"] == first["figures"]
        assert server.calls == calls
    assert (server.refused > 0) is not takes_schemas
    figures = first["figures"]
    for rate, injected in (
        (figures["validity"]["sensitivity"], 0.9),
        (figures["validity"]["specificity"], 0.8),
        (figures["correctness"]["sensitivity"], 0.85),
        (figures["correctness"]["specificity"], 1.0),
    ):
        for interval in (rate["bootstrap"], rate["wilson"]):
            assert interval["low"] <= injected <= interval["high"]
    assert figures["validity"]["abstention"]["bootstrap"]["estimate"] == 0.0
    written = b"".join(path.read_bytes() for path in [out, *kept.rglob("*")] if path.is_file())
    assert b"canary" not in written
