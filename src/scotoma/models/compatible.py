"""openai:MODEL@BASE_URL -> ChatModel: whatever speaks the OpenAI chat API with images, on its official client.

vLLM, SGLang, Ollama, LM Studio, llama.cpp, `transformers serve`, `scotoma serve`, hosted models. Retries, pace and
budget are the guard's.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import logging
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from scotoma.errors import CallFailed, ModelError
from scotoma.models.chat import Bound, Call, Parameters, Reply, Request
from scotoma.models.data_url import DataUrls, fitted
from scotoma.models.guard import Backoff, Guarded
from scotoma.models.keys import Key, key_from_environment
from scotoma.models.wire import BODY_BYTES, Prices, holds_logprobs, reply_of, server_message, status_failure
from scotoma.specs import Compatible

CONCURRENCY = 16
MAX_SIDE = 1024
TIMEOUT_S = 120.0
"""What holds where a SPEC does not say."""

_TEMPLATE_TOKENS = 64
_PATCH_SIDE = 14
"""Tokens that a chat template adds; a picture takes a token a patch of so many pixels, or fewer, in open models."""

_log = logging.getLogger(__name__)


def open_compatible(
    spec: Compatible, *, max_new_tokens: int, temperature: float = 0.0, backoff: Backoff | None = None
) -> Guarded:
    """The model behind its guard. Nothing is sent yet. Raises ModelError if its key is missing."""
    key = key_from_environment(spec.key_env, spec.address)
    caller = CompatibleCaller(spec, key, max_new_tokens=max_new_tokens, temperature=temperature)
    return Guarded(
        caller, concurrency=spec.concurrency or CONCURRENCY, rpm=spec.rpm, tpm=spec.tpm, backoff=backoff
    )


class CompatibleCaller:
    """Makes one call at a time; see `Caller`.

    temperature: as the server understands it; 0 = greedy.

    Three things that not every server takes are found out by asking, once: the name of the limit on tokens, a seed,
    and a JSON schema, without which a reply has to be read more tolerantly.
    """

    def __init__(self, spec: Compatible, key: Key, *, max_new_tokens: int, temperature: float) -> None:
        self._spec = spec
        self._key = key
        self._max_new_tokens = max_new_tokens
        self._temperature = temperature
        self._max_side = spec.max_side or MAX_SIDE
        self._timeout_s = spec.timeout or TIMEOUT_S
        self._prices = Prices(spec.price_in, spec.price_out)
        self._urls = DataUrls(self._max_side)
        self._limit_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
        self._takes_seed = True
        self._schemas: Literal["untried", "taken", "doubted", "refused"] = "untried"
        self._prompt_factor = self._completion_factor = 1.0

    @property
    def name(self) -> str:
        """`openai:MODEL@BASE_URL`: prices, pace and key are not part of it, so that a call is the same call under
        others."""
        return self._spec.address

    @property
    def parameters(self) -> Parameters:
        """What changes a reply."""
        return {
            "max_new_tokens": self._max_new_tokens,
            "temperature": self._temperature,
            "max_side": self._max_side,
        }

    def bound(self, request: Request) -> Bound:
        """From the size of the request, and from how much more the server has counted for others than their size."""
        prompt_tokens = round(self._prompt_factor * prompt_bound(request, self._max_side))
        completion_tokens = round(self._completion_factor * self._max_new_tokens)
        cost_usd = self._prices.cost_usd(prompt_tokens, completion_tokens)
        return Bound(prompt_tokens, completion_tokens, cost_usd)

    @property
    def takes_schemas(self) -> bool | None:
        """Does the server take the schema of a request? None: none has been asked for yet."""
        return {"taken": True, "refused": False}.get(self._schemas)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Call]:
        """A client of its own for each event loop: connections cannot move from one to another."""
        async with self._client() as client:
            yield functools.partial(self._call, client)

    async def reply_with_logprobs(self, request: Request, seed: int) -> tuple[Reply, bool]:
        """A reply for which log-probabilities were asked, and whether they came. Raises CallFailed, ModelError."""
        async with self._client() as client:
            content = await self._sent(client, self._body(request, seed, False) | {"logprobs": True})
        return reply_of(content, self._prices, self._max_new_tokens, self._key), holds_logprobs(content)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Any]:
        import httpx2
        import openai

        url = urlsplit(self._spec.base_url)
        here = _is_loopback(url.hostname or "")  # no proxy stands between us and ourselves
        try:
            http_client = openai.DefaultAsyncHttpxClient(
                verify=_trust() if url.scheme == "https" else False,
                trust_env=not here,
                follow_redirects=False,
                timeout=self._timeout_s,
            )
            client = openai.AsyncOpenAI(
                base_url=self._spec.base_url,
                api_key=self._key.reveal(),
                max_retries=0,
                timeout=self._timeout_s,
                http_client=http_client,
            )
        except httpx2.InvalidURL as error:
            raise ModelError(f"{self.name}: the address cannot be used: {error}") from None
        async with client:
            yield client

    async def _call(self, client: Any, request: Request, seed: int) -> Reply:
        with_schema = request.schema is not None and self._schemas in ("untried", "taken")
        body = self._body(request, seed, with_schema)
        content = await self._sent(client, body)
        reply = reply_of(content, self._prices, self._max_new_tokens, self._key)
        if with_schema:
            self._schemas = "taken"
        elif request.schema is not None and self._schemas == "doubted":
            self._schemas = "refused"
            _log.warning("%s: takes no JSON schema; replies are read as they come", self.name)
        self._learn(request, reply)
        return reply

    def _body(self, request: Request, seed: int, with_schema: bool) -> dict[str, Any]:
        content: str | list[dict[str, Any]] = request.text
        if request.picture is not None:
            url = self._urls.of(request.picture, request.image_id)
            content = [
                {"type": "image_url", "image_url": {"url": url}},
                {"type": "text", "text": request.text},
            ]
        told = [] if request.system is None else [{"role": "system", "content": request.system}]
        body: dict[str, Any] = {
            "model": self._spec.model,
            "messages": [*told, {"role": "user", "content": content}],
            "temperature": self._temperature,
            self._limit_name: self._max_new_tokens,
        }
        if self._takes_seed:
            body["seed"] = seed
        if with_schema:
            schema = {"name": "reply", "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    async def _sent(self, client: Any, body: dict[str, Any]) -> bytes:
        """The bytes of the answer. Raises CallFailed, ModelError."""
        import anyio
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self._timeout_s):
                # Not `chat.completions.create`: that spends more on typing what is sent than on sending it, and reads
                # a body to its end, however long.
                response = await client.post(
                    "/chat/completions",
                    cast_to=httpx2.Response,
                    body=body,
                    stream=True,
                    stream_cls=openai.AsyncStream,
                )
                return await _read(response)
        except (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException):
            told = f"no answer within {self._timeout_s:g} s"
            raise CallFailed(told, transient=True, billed=True) from None
        except openai.APIStatusError as error:
            raise self._refused(error, body) from None
        except openai.APIConnectionError as error:
            unreachable = isinstance(error.__cause__, httpx2.ConnectError)
            reason = server_message(str(error.__cause__ or error), self._key)
            told = (
                f"no connection could be made ({reason})"
                if unreachable
                else f"the connection broke ({reason})"
            )
            raise CallFailed(told, transient=True, billed=not unreachable, unreachable=unreachable) from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError, anyio.EndOfStream) as error:
            told = f"the connection broke in the middle of the answer ({type(error).__name__})"
            raise CallFailed(told, transient=True, billed=True) from None

    def _refused(self, error: Any, body: dict[str, Any]) -> CallFailed | ModelError:
        status: int = error.status_code
        said = server_message(error.body, self._key)
        if status in (400, 422) and self._adapt(said, body):
            return CallFailed(f"HTTP {status}: {said}", transient=True, retry_after_s=0.0)
        if self._schemas == "doubted" and status in (400, 422):
            self._schemas = "untried"  # it was not the schema
        failure = status_failure(status, error.response.headers, error.body, self._key, datetime.now(UTC))
        if isinstance(failure, ModelError):
            return ModelError(f"{self.name}: {failure}")
        return failure

    def _adapt(self, said: str, body: dict[str, Any]) -> bool:
        """Leave out or rename what the server may not take. Is there reason to ask again?"""
        if "max_completion_tokens" in said and "max_tokens" in body:
            self._limit_name = "max_completion_tokens"
            return True
        if re.search(r"\bseed\b", said) and "seed" in body:
            self._takes_seed = False
            _log.warning("%s: takes no seed; what it samples cannot be repeated", self.name)
            return True
        if "response_format" in body and self._schemas != "taken":
            self._schemas = "doubted"
            return True
        return False

    def _learn(self, request: Request, reply: Reply) -> None:
        """Some servers count much more for a picture than its patches; after one answer that is known."""
        if reply.prompt_tokens is not None:
            factor = reply.prompt_tokens / prompt_bound(request, self._max_side)
            self._prompt_factor = max(self._prompt_factor, factor)
        if reply.completion_tokens is not None:
            factor = reply.completion_tokens / self._max_new_tokens
            self._completion_factor = max(self._completion_factor, factor)


def prompt_bound(request: Request, max_side: int) -> int:
    """The most tokens that the prompt of a request takes in an open model: a byte of text is a token at most."""
    text = len(request.text.encode("utf-8", "replace")) + len(
        (request.system or "").encode("utf-8", "replace")
    )
    if request.picture is None:
        return _TEMPLATE_TOKENS + text
    width, height = fitted(request.picture.size, max_side)
    return _TEMPLATE_TOKENS + text + -(-width // _PATCH_SIDE) * -(-height // _PATCH_SIDE)


async def _read(response: Any) -> bytes:
    content = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > BODY_BYTES:
                raise CallFailed(f"the body has more than {BODY_BYTES:,} bytes", transient=False, billed=True)
    finally:
        await response.aclose()
    return bytes(content)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Certificates that are trusted. Reading them takes 0.1 s: not for every batch."""
    import httpx2

    return httpx2.create_ssl_context()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
