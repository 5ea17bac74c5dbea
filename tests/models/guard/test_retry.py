"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.models.guard import Backoff
from scotoma.models.guard.retry import retry_after_s


@given(st.integers(1, 10_000), st.none() | st.floats(0.0, 1e6), st.integers())
def test_backoff_has_full_jitter_a_cap_and_respect_for_retry_after(
    failures: int, asked_s: float | None, seed: int
) -> None:
    backoff = Backoff(base_s=0.5, cap_s=30.0, retry_after_cap_s=120.0)
    wait_s = backoff.wait_s(failures, asked_s, random.Random(seed))
    if asked_s is None:
        assert 0.0 <= wait_s <= min(30.0, 0.5 * 2.0 ** min(failures - 1, 10))
    else:
        assert min(asked_s, 120.0) <= wait_s <= min(asked_s, 120.0) + 0.5


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60.0),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 12:01:00", 60.0),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Thu, 99 Jan 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_of_any_text(header: str) -> None:
    seconds = retry_after_s(header, NOW)
    assert seconds is None or seconds >= 0.0
