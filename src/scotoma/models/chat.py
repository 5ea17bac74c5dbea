"""(picture or none, text) -> reply: what every back end of a vision-language model can do, local or remote.

ChatModel   answers batches; what the stages of a run see
Caller      makes one call at a time, and may fail; `models/guard` makes a ChatModel of it
Account     pays for the calls of a batch, and keeps what comes back
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image as Picture

from scotoma.errors import CallFailed

Parameters = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Request:
    """One user turn: a text, and a picture unless it is asked blind.

    image_id: SHA-256 of the picture's pixels; back ends may keep what they derive from a picture under it. "" without
              a picture.
    system:   what the model is told before the turn.
    schema:   JSON Schema of the reply, for back ends that can hold a model to it; others leave it out.
    draw:     0, 1, 2, ... where the same turn is sampled several times; it goes into the seed of a call.
    """

    picture: Picture.Image | None
    image_id: str
    text: str
    system: str | None = None
    schema: Mapping[str, Any] | None = None
    draw: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `text` is None if the call failed; `error` then says why.

    latency_s: seconds that the call took; of a batch, an equal share each.
    cost_usd:  US dollars paid; None where the price is not known.
    prompt_tokens, completion_tokens: as the server counted them; None where nobody did.
    """

    text: str | None
    error: str | None = None
    latency_s: float = 0.0
    cost_usd: float | None = 0.0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a call can use. cost_usd: US dollars; None where the price is not known."""

    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None

    @property
    def tokens(self) -> int:
        """Prompt and completion."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Hold:
    """What is set aside for a call that is under way."""

    tokens: int
    usd: float


class Account(Protocol):
    """Who pays for the calls of one batch, and keeps what comes back. Indices are those of the batch's requests."""

    async def reserve(self, bound: Bound, *, again: bool) -> Hold:
        """Set aside what a call may use; waits while calls under way hold what it needs.

        again: the call is a repetition of one that failed. Raises BudgetSpent.
        """
        ...

    async def finished(self, replies: Mapping[int, Reply], hold: Hold) -> None:
        """Keep replies before they are used, and settle what was set aside for them."""
        ...

    async def failed(self, index: int, failure: CallFailed, hold: Hold, latency_s: float) -> None:
        """Note an attempt that failed, and settle what was set aside for it."""
        ...


class ChatModel(Protocol):
    """A vision-language model that answers one user turn, about one picture or none."""

    @property
    def name(self) -> str:
        """The SPEC that it was made from, for people and for the key of a stored call."""
        ...

    @property
    def parameters(self) -> Parameters:
        """Everything beside name, picture and text that changes a reply; JSON-ready, for the key of a stored
        call."""
        ...

    async def reply(
        self, requests: Sequence[Request], *, seed: int = 0, account: Account | None = None
    ) -> list[Reply]:
        """One reply a request, in order. The seed matters only where the model samples.

        account: told of each call that is paid for, as it ends. A model in this process, which costs nothing, tells it
                 nothing.
        A single failed call is a Reply with an error. Raises ModelError if the model cannot be used at all;
        BudgetSpent if the account has no more, after the calls under way have ended.
        """
        ...


class Call(Protocol):
    """Makes one call. Raises CallFailed, ModelError."""

    async def __call__(self, request: Request, seed: int) -> Reply: ...


class Caller(Protocol):
    """A back end that is called over a network."""

    @property
    def name(self) -> str:
        """As of a ChatModel."""
        ...

    @property
    def parameters(self) -> Parameters:
        """As of a ChatModel."""
        ...

    def bound(self, request: Request) -> Bound:
        """The most that a call can use, as far as can be known before it."""
        ...

    def connect(self) -> AbstractAsyncContextManager[Call]:
        """Open connections, for calls in the event loop that runs now."""
        ...
