"""Images -> questions: the protocol of every questioner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scotoma.records import Image


class Questioner(Protocol):
    """Asks questions about images; frozen while it asks."""

    @property
    def name(self) -> str:
        """What the probes are filed under: "random", "static", "adversarial", or the SPEC of a trained
        one."""
        ...

    @property
    def prompt(self) -> str:
        """The instruction that it was given, or "" if it needs none."""
        ...

    async def ask(self, images: Sequence[Image], n: int, seed: int) -> list[list[str]]:
        """n questions for each image, in order; an empty string where nothing came. Raises ModelError."""
        ...
