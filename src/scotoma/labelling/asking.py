"""Prompts + model -> what is read from its replies; one that cannot be read is asked for again, then it is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scotoma.labelling.labels import CALL_FAILED, UNREADABLE
from scotoma.models.chat import ChatModel, Reply, Request
from scotoma.verifiers.judge.fencing import plain

RETRIES = 2
"""How often a reply that cannot be read is asked for again."""

TOLD_CHARS = 200

_PAGE = 512
"""Prompts sent together, at most: 100,000 of them at once would not be small."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Prompt(Generic[R]):
    """One thing to ask of a model, without a picture.

    repair: the line that is added where it is asked again.
    read:   reply -> what it says, None if it cannot be read. It is untrusted.
    """

    system: str
    text: str
    repair: str
    schema: Mapping[str, Any]
    read: Callable[[str], R | None]


@dataclass(frozen=True, slots=True)
class Lost:
    """A prompt that brought nothing. reason: CALL_FAILED or UNREADABLE. told: one line for people."""

    reason: str
    told: str


async def ask(
    model: ChatModel, prompts: Sequence[Prompt[R]], *, retries: int = RETRIES, seed: int = 0
) -> list[R | Lost]:
    """What each prompt brought, in order. A failed call is lost at once: the model has tried it again already.

    Raises ModelError, BudgetSpent, LedgerError.
    """
    found: list[R | Lost] = []
    for start in range(0, len(prompts), _PAGE):
        page = await _page(model, prompts[start : start + _PAGE], retries, seed)
        found += page
    return found


async def _page(model: ChatModel, prompts: Sequence[Prompt[R]], retries: int, seed: int) -> list[R | Lost]:
    found: dict[int, R | Lost] = {}
    open_ = list(range(len(prompts)))
    for attempt in range(1 + retries):
        if not open_:
            break
        requests = [_request(prompts[at], attempt) for at in open_]
        replies = await model.reply(requests, seed=seed + attempt)
        for at, reply in zip(open_, replies, strict=True):
            reading = _read(prompts[at], reply, attempt)
            found[at] = reading
        open_ = [at for at in open_ if _unreadable(found[at])]
    return [found[at] for at in range(len(prompts))]


def _request(prompt: Prompt[R], attempt: int) -> Request:
    text = f"{prompt.text}\n\n{prompt.repair}" if attempt else prompt.text
    return Request(None, "", text, prompt.system, prompt.schema)


def _read(prompt: Prompt[R], reply: Reply, attempt: int) -> R | Lost:
    if reply.text is None:
        return Lost(CALL_FAILED, plain(reply.error or "the call failed", TOLD_CHARS))
    reading = prompt.read(reply.text)
    if reading is not None:
        return reading
    times = "once" if attempt == 0 else f"{attempt + 1} times"
    return Lost(UNREADABLE, f"asked {times}, no reply could be read: {plain(reply.text, TOLD_CHARS)!r}")


def _unreadable(found: object) -> bool:
    return isinstance(found, Lost) and found.reason == UNREADABLE
