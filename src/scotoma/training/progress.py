"""What a run is doing -> whoever watches: a terminal, a test, nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Told of stages and of steps within them."""

    def begin(self, stage: str, total: int, done: int = 0) -> None:
        """A stage of `total` units begins, `done` of them in an earlier sitting."""
        ...

    def advance(self, units: int, metrics: Mapping[str, float]) -> None:
        """More units are done; metrics are of the step just ended."""
        ...

    def end(self) -> None:
        """The stage is over, or was broken off."""
        ...


class Silent:
    """Nobody watches."""

    def begin(self, stage: str, total: int, done: int = 0) -> None:
        """Nothing."""

    def advance(self, units: int, metrics: Mapping[str, float]) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
