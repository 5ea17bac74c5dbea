"""max calls, max minutes -> BudgetSpent, before anything is paid beyond them."""

from __future__ import annotations

import time
from collections.abc import Callable

from scotoma.errors import BudgetSpent


class Budget:
    """What a run may still spend on candidate calls and on time.

    max_calls:    calls in all, those of earlier sittings of the run included; None = no limit.
    max_minutes:  minutes in this sitting; None = no limit.
    calls_so_far: calls paid in earlier sittings.
    clock:        seconds, monotonic.
    """

    def __init__(
        self,
        max_calls: int | None = None,
        max_minutes: float | None = None,
        *,
        calls_so_far: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_calls = max_calls
        self._max_minutes = max_minutes
        self._calls = calls_so_far
        self._clock = clock
        self._start_s = clock()

    @property
    def calls(self) -> int:
        """Calls paid so far."""
        return self._calls

    @property
    def minutes(self) -> float:
        """Minutes since this sitting began."""
        return (self._clock() - self._start_s) / 60.0

    def room_for(self, calls: int) -> bool:
        """Would `calls` more stay within the budget?"""
        return self._refusal(calls) is None

    def charge(self, calls: int) -> None:
        """Count calls that are about to be made. Raises BudgetSpent, counting nothing, if they do not fit."""
        refusal = self._refusal(calls)
        if refusal is not None:
            raise BudgetSpent(refusal)
        self._calls += calls

    def _refusal(self, calls: int) -> str | None:
        if self._max_calls is not None and self._calls + calls > self._max_calls:
            return (
                f"the budget of {self._max_calls} candidate calls is spent "
                f"({self._calls} made, {calls} more wanted): resume the run with a larger --max-calls"
            )
        if self._max_minutes is not None and self.minutes >= self._max_minutes:
            return (
                f"the budget of {self._max_minutes:g} minutes is spent: "
                "resume the run with a larger --max-minutes"
            )
        return None
