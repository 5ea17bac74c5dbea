"""`openai:MODEL@BASE_URL` -> Checked, by six small calls. What a server says is untrusted; its key is shown nowhere."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from scotoma.candidate import SHORT_ANSWER
from scotoma.checking import asking
from scotoma.checking.findings import Bill, Checked, Finding
from scotoma.errors import CallFailed, ModelError
from scotoma.models.chat import Call, Reply, Request
from scotoma.models.compatible import CompatibleCaller
from scotoma.models.keys import key_from_environment
from scotoma.specs import Compatible, redacted

TOKENS = 256
"""Longest reply, tokens: a model that thinks before it answers needs room."""

TIMEOUT_S = 60.0
"""Of a call, where the SPEC gives none: a server that loads the model when it is asked gets the time."""

_ATTEMPTS = 4
_WAIT_S, _LONGEST_WAIT_S = 0.5, 5.0

_READ_AS_THEY_COME = "a verifier's replies are read as they come"

R = TypeVar("R")


async def check_server(spec: Compatible) -> Checked:
    """Ask what a model behind a server can do. Raises nothing: what is wrong is told."""
    shown = redacted(spec.address)
    try:
        checker = _Checker(spec)
    except ModelError as error:
        return Checked(shown, "server", "", False, redacted(str(error).removeprefix(f"{spec.address}: ")))
    return await checker.checked(shown)


class _Checker:
    """The calls of one check, and what they came to."""

    def __init__(self, spec: Compatible) -> None:
        """Raises ModelError if the key is missing."""
        self._spec = spec if spec.timeout is not None else replace(spec, timeout=TIMEOUT_S)
        self._key = key_from_environment(spec.key_env, spec.address)
        self._greedy = self._caller(0.0)
        self._calls = 0
        self._replies: list[Reply] = []
        self._blind = False

    def _caller(self, temperature: float) -> CompatibleCaller:
        return CompatibleCaller(self._spec, self._key, max_new_tokens=TOKENS, temperature=temperature)

    async def checked(self, shown: str) -> Checked:
        question = SHORT_ANSWER.replace("{question}", asking.QUESTION)
        try:
            async with self._greedy.connect() as call:
                sees, reply = await self._seen(call, question)
                latency_s = statistics.median(reply.latency_s for reply in self._replies)
                schema = await _told(self._schema(call))
        except (CallFailed, ModelError) as error:
            problem = redacted(_advice(error).removeprefix(f"{self._spec.address}: "))
            return Checked(shown, "server", "", False, problem, bill=self._bill(None))
        logprobs = await _told(self._logprobs())
        samples = await _told(self._samples())
        return Checked(
            shown,
            "server",
            redacted(f"a model behind {self._spec.base_url}"),
            True,
            question=None if self._blind else question,
            answer=None if self._blind else reply.text,
            sees=sees,
            schema=schema,
            usage=asking.counted(reply),
            samples=samples,
            logprobs=logprobs,
            bill=self._bill(latency_s),
        )

    async def _seen(self, call: Call, question: str) -> tuple[Finding, Reply]:
        """Whether it answers about a picture, and the reply; to a question without one where it does not."""
        try:
            reply = await self._asked(call, asking.request(question))
            return asking.seen(reply), reply
        except (CallFailed, ModelError) as refusal:
            if isinstance(refusal, CallFailed) and (refusal.unreachable or refusal.billed):
                raise
            self._blind = True
            try:
                reply = await self._asked(call, asking.request(asking.BLIND_QUESTION, blind=True))
            except (CallFailed, ModelError):
                raise refusal from None
            return Finding(False, f"it answers a text alone, and refuses the picture ({refusal})"), reply

    async def _schema(self, call: Call) -> Finding:
        wanted = asking.request(self._question(asking.QUESTION), blind=self._blind, schema=asking.SCHEMA)
        reply = await self._asked(call, wanted)
        if self._greedy.takes_schemas is False:
            return Finding(False, f"refused: {_READ_AS_THEY_COME}")
        if not asking.shaped(reply.text or ""):
            return Finding(False, f"taken and not held to: {_READ_AS_THEY_COME}")
        return Finding(True)

    async def _logprobs(self) -> Finding:
        wanted = asking.request(self._question(asking.QUESTION), blind=self._blind)
        self._calls += 1
        reply, came = await self._greedy.reply_with_logprobs(wanted, 0)
        self._replies.append(reply)
        return Finding(came, "" if came else "asked for, and not sent")

    async def _samples(self) -> Finding:
        wanted = asking.request(self._question(asking.OPEN_QUESTION), blind=self._blind)
        async with self._caller(1.0).connect() as call:
            replies = [await self._asked(call, wanted, seed) for seed in range(asking.SAMPLES)]
        return asking.varied([reply.text for reply in replies])

    def _question(self, text: str) -> str:
        return asking.BLIND_QUESTION if self._blind else text

    async def _asked(self, call: Call, wanted: Request, seed: int = 0) -> Reply:
        """One reply, asked for again only where the server is busy, or wants it otherwise. Raises as a Call does."""
        attempt = 0
        while True:
            attempt += 1
            self._calls += 1
            start_s = time.monotonic()
            try:
                reply = await call(wanted, seed)
            except CallFailed as failure:
                if attempt == _ATTEMPTS or not failure.transient or failure.billed or failure.unreachable:
                    raise
                wait_s = _WAIT_S if failure.retry_after_s is None else failure.retry_after_s
                await asyncio.sleep(min(wait_s, _LONGEST_WAIT_S))
            else:
                reply = replace(reply, latency_s=time.monotonic() - start_s)
                self._replies.append(reply)
                return reply

    def _bill(self, latency_s: float | None) -> Bill:
        return Bill(
            self._spec.price_in,
            self._spec.price_out,
            latency_s,
            self._calls,
            _sum(self._replies, _tokens),
            _sum(self._replies, lambda reply: reply.cost_usd),
        )


async def _told(work: Awaitable[Finding]) -> Finding:
    """A finding, also where the call for it failed."""
    try:
        return await work
    except CallFailed as failure:
        refused = not failure.transient and not failure.billed
        return Finding(False if refused else None, f"{'refused' if refused else 'not known'}: {failure}")
    except ModelError as error:
        return Finding(None, f"not known: {error}")


def _advice(error: CallFailed | ModelError) -> str:
    if isinstance(error, CallFailed) and error.unreachable:
        return f"{error}: start the server, or correct the address"
    return str(error)


def _tokens(reply: Reply) -> int | None:
    if reply.prompt_tokens is None or reply.completion_tokens is None:
        return None
    return reply.prompt_tokens + reply.completion_tokens


N = TypeVar("N", int, float)


def _sum(replies: list[Reply], amount: Callable[[Reply], N | None]) -> N | None:
    amounts = [amount(reply) for reply in replies]
    known = [value for value in amounts if value is not None]
    return sum(known) if known and len(known) == len(amounts) else None
