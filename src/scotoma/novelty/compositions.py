"""Compositions of skills that the run has asked -> how often, of late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from scotoma.records import Composition


class CompositionMemory:
    """Counts compositions; what was asked long ago weighs less.

    half_life: questions after which a count weighs half; None never forgets. With a memory of the whole run a policy
               that moved on is still punished for what it asked at first, and one that collapsed late is not yet.
    """

    def __init__(self, half_life: float | None = None) -> None:
        self._half_life = half_life
        self._recent: dict[Composition, float] = {}
        self.seen: Counter[Composition] = Counter()

    @property
    def recent(self) -> Mapping[Composition, float]:
        """Forgetful counts, one entry for every composition ever asked."""
        return self._recent

    def remember(self, compositions: Iterable[Composition]) -> int:
        """Add the questions of one step, in which none is older than another. Gives the number of new compositions."""
        step = Counter(compositions)
        before = len(self.seen)
        if self._half_life is not None:
            fade = 0.5 ** (step.total() / self._half_life)
            self._recent = {composition: weight * fade for composition, weight in self._recent.items()}
        for composition, count in step.items():
            self._recent[composition] = self._recent.get(composition, 0.0) + count
        self.seen.update(step)
        return len(self.seen) - before
