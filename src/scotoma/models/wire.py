"""body or error of an OpenAI-compatible server -> Reply, or why there is none. What a server says is untrusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scotoma.errors import CallFailed, ModelError
from scotoma.models.chat import Reply
from scotoma.models.guard.retry import TRANSIENT, retry_after_s
from scotoma.models.keys import Key

BODY_BYTES = 4_000_000
"""Where reading of a body ends."""

_LEAST_CHARS, _CHARS_A_TOKEN = 4096, 64
_MESSAGE_CHARS = 200
_MOST_TOKENS = 10**9


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars a million tokens; None where not known."""

    prompt: float | None
    completion: float | None

    def cost_usd(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """What a call costs; None if a price or a count is not known."""
        if (
            prompt_tokens is None
            or completion_tokens is None
            or self.prompt is None
            or self.completion is None
        ):
            return None
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


def reply_of(body: bytes, prices: Prices, max_new_tokens: int, key: Key) -> Reply:
    """The first choice of a chat completion. An empty answer is an answer.

    Raises CallFailed: no UTF-8, no whole JSON, no answer in it, an error in it, or far more than was asked for.
    """
    try:
        content = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise CallFailed("the body is not UTF-8", transient=True, billed=True) from None
    except (ValueError, RecursionError):
        raise CallFailed("the body is no whole JSON", transient=True, billed=True) from None
    if not isinstance(content, dict):
        raise CallFailed("the body is no JSON object", transient=True, billed=True)
    if not content.get("choices") and content.get("error"):
        raise CallFailed(f"the server says: {server_message(content, key)}", transient=True)
    text = _text(content)
    if len(text) > max(_LEAST_CHARS, _CHARS_A_TOKEN * max_new_tokens):
        raise CallFailed(
            f"the answer has {len(text):,} characters where {max_new_tokens} tokens were asked for",
            transient=False,
            billed=True,
        )
    prompt_tokens, completion_tokens = _usage(content)
    cost_usd = prices.cost_usd(prompt_tokens, completion_tokens)
    # A lone surrogate has no UTF-8 form: it could neither be stored nor shown.
    safe = key.scrub(text).encode("utf-8", "replace").decode("utf-8")
    return Reply(safe.strip(), None, 0.0, cost_usd, prompt_tokens, completion_tokens)


def holds_logprobs(body: bytes) -> bool:
    """Are there log-probabilities in a body that `reply_of` can read?"""
    logprobs = json.loads(body.decode("utf-8"))["choices"][0].get("logprobs")
    return isinstance(logprobs, dict) and bool(logprobs.get("content"))


def status_failure(
    status: int, headers: Mapping[str, str], body: object, key: Key, now: datetime
) -> CallFailed | ModelError:
    """What a status of 300 and more means: that this call failed, or that none can succeed."""
    said = f"HTTP {status}: {server_message(body, key)}"
    if status == 401:
        return ModelError(f"the server refuses the key ({said}): see the variable that key_env names")
    if status == 402 or _code(body) == "insufficient_quota":
        return ModelError(f"the account has nothing left ({said}): see to it, then resume the run")
    if status in (404, 405):
        return ModelError(
            f"{said}: check the model's name, and that the address ends with its path, often /v1"
        )
    if status < 400:
        return ModelError(f"the server sends us elsewhere ({said}): give the address that it really has")
    transient = status in TRANSIENT or status >= 500
    return CallFailed(said, transient=transient, retry_after_s=retry_after_s(headers.get("retry-after"), now))


def server_message(body: object, key: Key) -> str:
    """What the server gives as its reason, one printable line without the key."""
    found: object = body
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    text = found if isinstance(found, str) else "" if found is None else str(found)
    line = " ".join(
        "".join(c if c.isprintable() else " " for c in key.scrub(text)[: 4 * _MESSAGE_CHARS]).split()
    )
    return line[:_MESSAGE_CHARS] or "no reason given"


def _code(body: object) -> object:
    error = body.get("error", body) if isinstance(body, dict) else None
    return error.get("code") or error.get("type") if isinstance(error, dict) else None


def _text(content: dict[str, Any]) -> str:
    choices = content.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise CallFailed("the body holds no answer", transient=True, billed=True)
    said = message.get("content")
    if isinstance(said, list):  # some servers answer in parts
        said = "".join(str(part.get("text", "")) for part in said if isinstance(part, dict))
    if said is None:
        said = message.get("refusal")
    if not isinstance(said, str):
        reason = str(choice.get("finish_reason"))[:40]
        raise CallFailed(f"the answer has no text (finish_reason {reason!r})", transient=False, billed=True)
    return said


def _usage(content: dict[str, Any]) -> tuple[int | None, int | None]:
    usage = content.get("usage")
    if not isinstance(usage, dict):
        return None, None
    return _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
        return value
    return None
