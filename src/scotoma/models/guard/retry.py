"""(attempt, Retry-After) -> seconds to wait before the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TRANSIENT = frozenset({408, 409, 425, 429})
"""HTTP statuses below 500 after which trying again may help; from 500 on it may always."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with full jitter (Brooker, AWS Architecture Blog, 2015): uniform in 0..min(cap, base 2^k).

    attempts:          tries in all.
    base_s, cap_s:     of the wait after the first failure, and of any wait, seconds.
    retry_after_cap_s: the longest wait that a server is granted, seconds.
    """

    attempts: int = 8
    base_s: float = 0.5
    cap_s: float = 30.0
    retry_after_cap_s: float = 120.0

    def wait_s(self, failures: int, retry_after_s: float | None, rng: random.Random) -> float:
        """Seconds to wait after so many failures (1, 2, ...); never less than what the server asked for, to its cap."""
        jitter_s = rng.uniform(0.0, min(self.cap_s, self.base_s * 2.0 ** min(failures - 1, 60)))
        if retry_after_s is None:
            return jitter_s
        # Whoever was turned away together should not come back together.
        return min(retry_after_s, self.retry_after_cap_s) + min(jitter_s, self.base_s)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """A Retry-After header, seconds or an HTTP date (RFC 9110, 10.2.3) -> seconds from now; None if it says nothing.

    >>> retry_after_s("1.5", datetime(2026, 1, 1, tzinfo=UTC))
    1.5
    >>> retry_after_s("Thu, 01 Jan 2026 00:00:30 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    """
    if header is None:
        return None
    text = header.strip()
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text, now)
    # A comparison with NaN is false, and infinity is no time to wait.
    return seconds if 0.0 <= seconds < float("inf") else None


def _until(text: str, now: datetime) -> float:
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return -1.0
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - now).total_seconds())
