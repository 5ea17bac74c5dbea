"""Served -> ASGI application: JSON in, JSON out, every error one line in the shape that OpenAI's clients read."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scotoma.errors import ScotomaError
from scotoma.models.chat import Reply
from scotoma.serve.answering import Served
from scotoma.serve.messages import BODY_BYTES, BadRequest, read_turn

_log = logging.getLogger(__name__)


def build_app(served: Served) -> Starlette:
    """`/v1/models` and `/v1/chat/completions` of one model."""
    started_s = int(time.time())

    async def models(request: Request) -> Response:
        entry = {"id": served.name, "object": "model", "created": started_s, "owned_by": "scotoma"}
        return JSONResponse({"object": "list", "data": [entry]})

    async def completions(request: Request) -> Response:
        try:
            turn = read_turn(await _body(request), served.name)
            return JSONResponse(_completion(served.name, await served.answer(turn)))
        except BadRequest as fault:
            return _error(str(fault), fault.status)
        except ScotomaError as fault:
            _log.error("%s", fault)
            return _error(str(fault), 500)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with served.running():
            yield

    return Starlette(
        routes=[
            Route("/v1/models", models, methods=["GET"]),
            Route("/v1/chat/completions", completions, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _http_error, ClientDisconnect: _gone},
        lifespan=lifespan,
    )


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > BODY_BYTES:
            raise BadRequest(f"the body has more than {BODY_BYTES:,} bytes: send a smaller picture")
    return bytes(content)


def _completion(model: str, reply: Reply) -> dict[str, Any]:
    prompt, completion = reply.prompt_tokens or 0, reply.completion_tokens or 0
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": reply.text or ""},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        },
    }


def _error(message: str, status: int) -> JSONResponse:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse(
        {"error": {"message": " ".join(message.split()), "type": kind, "param": None, "code": None}}, status
    )


async def _http_error(request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    return _error("there are /v1/models (GET) and /v1/chat/completions (POST)", status)


async def _gone(request: Request, fault: Exception) -> Response:
    return _error("the client went away", 400)
