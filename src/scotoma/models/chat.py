"""(picture or none, text) -> reply: what every back end of a vision-language model can do, local or remote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image as Picture


@dataclass(frozen=True, slots=True)
class Request:
    """One user turn: a text, and a picture unless it is asked blind.

    image_id: SHA-256 of the picture's pixels; back ends may keep what they derive from a picture under it. "" without
              a picture.
    system:   what the model is told before the turn.
    schema:   JSON Schema of the reply, for back ends that can hold a model to it; others leave it out.
    """

    picture: Picture.Image | None
    image_id: str
    text: str
    system: str | None = None
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `text` is None if the call failed; `error` then says why.

    latency_s: seconds that the call took; of a batch, an equal share each.
    cost_usd:  US dollars paid.
    """

    text: str | None
    error: str | None = None
    latency_s: float = 0.0
    cost_usd: float = 0.0


class ChatModel(Protocol):
    """A vision-language model that answers one user turn, about one picture or none."""

    @property
    def name(self) -> str:
        """The SPEC that it was made from, for people and for the key of a stored call."""
        ...

    @property
    def parameters(self) -> Mapping[str, str | int | float | bool | None]:
        """Everything beside name, picture and text that changes a reply; JSON-ready, for the key of a stored
        call."""
        ...

    async def reply(self, requests: Sequence[Request], *, seed: int = 0) -> list[Reply]:
        """One reply a request, in order. The seed matters only where the model samples.

        A single failed call is a Reply with an error. Raises ModelError if the model cannot be used at all.
        """
        ...
