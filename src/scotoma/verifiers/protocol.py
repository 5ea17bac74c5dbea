"""Image + question + Answer -> Verdict: the protocol of every verifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scotoma.records import Answer, Image, Verdict


class Verifier(Protocol):
    """Judges questions before, and answers after, the candidate is asked."""

    @property
    def name(self) -> str:
        """The SPEC of the verifier."""
        ...

    def require(self, image: Image) -> None:
        """Raise ImagesError if this verifier cannot judge images like this one; called at start-up."""
        ...

    async def screen(self, images: Sequence[Image], questions: Sequence[str]) -> list[Verdict | None]:
        """A final verdict for each question that needs no answer, since it is invalid; None for all others.

        What is screened out is never put to the candidate, so that no call is paid for it.
        """
        ...

    async def verify(
        self, images: Sequence[Image], questions: Sequence[str], answers: Sequence[Answer]
    ) -> list[Verdict]:
        """One verdict for each question and answer, in order. Unscorable is None, never wrong."""
        ...
