"""max calls, tokens, dollars, minutes -> BudgetSpent, before anything is paid beyond them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from scotoma.errors import BudgetSpent
from scotoma.models.chat import Hold

_ROUNDING_USD = 1e-9
"""Sums of prices are sums of floats."""


class Budget:
    """What a run may still spend on calls, tokens, money and time. For one event loop at a time.

    Calls are counted when they are charged, before they are made. Tokens and dollars are reserved at the most that a
    call can use, and settled at what it used, so that calls under way together never exceed them.

    max_calls:    calls in all, those of earlier sittings of the run included; None = no limit.
    max_minutes:  minutes in this sitting; None = no limit.
    max_tokens, max_usd: prompt and completion tokens, US dollars, earlier sittings included; None = no limit.
    calls_so_far, tokens_so_far, usd_so_far: paid in earlier sittings.
    owed:         calls that are still to come and that repetitions of failed ones must leave room for.
    within:       a wider budget that everything is charged to as well.
    clock:        seconds, monotonic.
    """

    def __init__(
        self,
        max_calls: int | None = None,
        max_minutes: float | None = None,
        *,
        max_tokens: int | None = None,
        max_usd: float | None = None,
        calls_so_far: int = 0,
        tokens_so_far: int = 0,
        usd_so_far: float = 0.0,
        owed: int = 0,
        within: Budget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_calls = max_calls
        self._max_minutes = max_minutes
        self._max_tokens = max_tokens
        self._max_usd = max_usd
        self._calls = calls_so_far
        self._tokens, self._usd = tokens_so_far, usd_so_far
        self._before = (calls_so_far, tokens_so_far, usd_so_far)
        self._held_tokens, self._held_usd = 0, 0.0
        self._owed = owed
        self._within = within
        self._clock = clock
        self._start_s = clock()
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def calls(self) -> int:
        """Calls paid so far."""
        return self._calls

    @property
    def tokens(self) -> int:
        """Tokens used so far by calls that have ended."""
        return self._tokens

    @property
    def usd(self) -> float:
        """US dollars spent so far on calls that have ended."""
        return self._usd

    @property
    def minutes(self) -> float:
        """Minutes since this sitting began."""
        return (self._clock() - self._start_s) / 60.0

    @property
    def needs_usage(self) -> bool:
        """Is there a limit on tokens, which only a server that counts them can be held to?"""
        return any(level._max_tokens is not None for level in self._levels())

    @property
    def needs_price(self) -> bool:
        """Is there a limit on dollars, which only calls of known price can be held to?"""
        return any(level._max_usd is not None for level in self._levels())

    def room_for(self, calls: int) -> bool:
        """Would `calls` more stay within the budget, if they come to what the calls of this sitting came to?"""
        made = self._calls - self._before[0]
        share = calls / made if made else 0.0
        return all(
            level._refusal(calls) is None
            and level._money_refusal(round(share * level._tokens_now), share * level._usd_now) is None
            for level in self._levels()
        )

    def charge(self, calls: int) -> None:
        """Count calls that are about to be made. Raises BudgetSpent, counting nothing, if they do not fit."""
        for level in self._levels():
            refusal = level._refusal(calls)
            if refusal is not None:
                raise BudgetSpent(refusal)
        for level in self._levels():
            level._calls += calls
            level._owed = max(0, level._owed - calls)

    async def reserve(self, tokens: int, usd: float | None, *, again: bool = False) -> Hold:
        """Set aside what one call may use; waits while calls under way hold what it needs.

        usd:   None where the price is not known.
        again: a call beyond those that were charged, since the last try failed: it is charged here.
        Raises BudgetSpent if it does not fit, whatever the calls under way come to.
        """
        hold = Hold(tokens, usd or 0.0)
        while True:
            short = self._short_of(hold, again=again, known_price=usd is not None)
            if short is None:
                break
            released = asyncio.get_running_loop().create_future()
            short._waiting.append(released)
            await released
        for level in self._levels():
            level._held_tokens += hold.tokens
            level._held_usd += hold.usd
            level._calls += again
        return hold

    def settle(self, hold: Hold, tokens: int, usd: float) -> None:
        """A call has ended and used this much of what was set aside."""
        for level in self._levels():
            level._held_tokens -= hold.tokens
            level._held_usd -= hold.usd
            level._tokens += tokens
            level._usd += usd
            waiting, level._waiting = level._waiting, []
            for released in waiting:
                if not released.done():
                    released.set_result(None)

    def _levels(self) -> Iterator[Budget]:
        level: Budget | None = self
        while level is not None:
            yield level
            level = level._within

    def _short_of(self, hold: Hold, *, again: bool, known_price: bool) -> Budget | None:
        """The level whose reservations must be settled first; None if there is room everywhere."""
        for level in self._levels():
            if level._max_usd is not None and not known_price:
                raise BudgetSpent(
                    "a budget in dollars needs the price of every call: give price_in and price_out"
                )
            refusal = level._refusal(level._owed + 1 if again else 0) or level._money_refusal(
                hold.tokens, hold.usd
            )
            if refusal is not None:
                raise BudgetSpent(refusal)
            held = (level._held_tokens + hold.tokens, level._held_usd + hold.usd)
            if level._money_refusal(*held) is not None:
                return level
        return None

    @property
    def _tokens_now(self) -> int:
        """Tokens used in this sitting."""
        return self._tokens - self._before[1]

    @property
    def _usd_now(self) -> float:
        """US dollars spent in this sitting."""
        return self._usd - self._before[2]

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

    def _money_refusal(self, tokens: int, usd: float) -> str | None:
        """Why so much more does not fit beside what has been settled."""
        if self._max_tokens is not None and self._tokens + tokens > self._max_tokens:
            return (
                f"the budget of {self._max_tokens:,} tokens is spent ({self._tokens:,} used, the next call may need "
                f"{tokens:,}): resume the run with a larger --max-tokens"
            )
        if self._max_usd is not None and self._usd + usd > self._max_usd + _ROUNDING_USD:
            return (
                f"the budget of ${self._max_usd:g} is spent (${self._usd:.4f} paid, the next call may cost "
                f"${usd:.4f}): resume the run with a larger --max-usd"
            )
        return None
