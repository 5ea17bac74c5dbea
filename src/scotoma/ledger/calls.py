"""(model, parameters, image, messages, repeat) -> the key of a model call, and what is kept under it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A finished model call.

    key:       `call_key(...)` of the request.
    request:   what was asked, shortened for people; the key stands for the whole.
    response:  the text that came back, unread.
    latency_s: seconds from request to response.  cost_usd: US dollars paid, None where the price is not known.
    role:      who was called: "candidate", "questioner", "verifier", ...
    prompt_tokens, completion_tokens: as the server counted them, None where nobody did.
    """

    key: str
    request: str
    response: str
    latency_s: float = 0.0
    cost_usd: float | None = 0.0
    role: str = "candidate"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class FailedCall:
    """An attempt that brought nothing usable; its key is free to be called again.

    error: why, in one line.
    cost_usd, tokens: what is counted for it: 0 unless the server may have billed it.
    """

    key: str
    error: str
    role: str = "candidate"
    latency_s: float = 0.0
    cost_usd: float = 0.0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls have come to: attempts, failed ones included; tokens; US dollars, as far as prices are known.

    unpriced: finished calls whose price is not known.
    """

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0


def call_key(
    model: str,
    parameters: Mapping[str, Any],
    image_id: str,
    messages: str | Sequence[Mapping[str, Any]],
    repeat: int = 0,
) -> str:
    """SHA-256 (hex) of the canonical JSON of a request: equal requests share a key, whatever the order.

    parameters: what changes the answer (temperature, max_new_tokens, weights' digest, ...), JSON-ready.
    repeat:     0, 1, 2, ... to ask the same thing again on purpose.
    Raises TypeError or ValueError if something is not JSON-ready.
    """
    request = {
        "model": model,
        "parameters": dict(parameters),
        "image": image_id,
        "messages": messages if isinstance(messages, str) else [dict(message) for message in messages],
        "repeat": repeat,
    }
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
