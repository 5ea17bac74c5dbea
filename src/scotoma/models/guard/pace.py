"""units a minute -> when the next call may start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


class Pace:
    """Spreads calls evenly, so that no minute sees more than its share; in the order in which they ask.

    per_minute: units (requests, or tokens) a minute.
    clock:      seconds, monotonic.  sleep: waits that many seconds.
    """

    def __init__(
        self, per_minute: float, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._seconds_a_unit = 60.0 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._free_s = clock()

    async def wait(self, units: float = 1.0) -> None:
        """Return when `units` more may be sent."""
        now_s = self._clock()
        start_s = max(now_s, self._free_s)
        # Taken before the wait, so that whoever asks next queues behind.
        self._free_s = start_s + units * self._seconds_a_unit
        if start_s > now_s:
            await self._sleep(start_s - now_s)

    def correct(self, units: float) -> None:
        """More (or, negative, fewer) units were used than was waited for."""
        self._free_s += units * self._seconds_a_unit
