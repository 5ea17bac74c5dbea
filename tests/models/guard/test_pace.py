"""Calls and tokens a minute; waits are given, never slept."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from callers import Time
from scotoma.models.guard import Pace


def test_pace_spreads_units_evenly() -> None:
    time = Time()
    pace = Pace(120, time.clock, time.sleep)

    async def scene() -> list[float]:
        starts = []
        for units in (1.0, 1.0, 4.0, 1.0):
            await pace.wait(units)
            starts.append(time.now_s)
        pace.correct(-2.0)
        time.now_s += 0.0
        await pace.wait()
        return [*starts, time.now_s]

    assert asyncio.run(scene()) == [0.0, 0.5, 1.0, 3.0, 3.0]


@given(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=50), st.integers(1, 600))
def test_no_minute_sees_more_than_its_share(units: list[float], per_minute: int) -> None:
    time = Time()
    pace = Pace(per_minute, time.clock, time.sleep)
    starts: list[tuple[float, float]] = []

    async def scene() -> None:
        for count in units:
            await pace.wait(count)
            starts.append((time.now_s, count))

    asyncio.run(scene())
    for index, (start_s, _) in enumerate(starts):
        # What starts within a minute, less the last one, has had its time.
        within = [count for at_s, count in starts[index:] if at_s < start_s + 60.0]
        assert sum(within[:-1]) <= per_minute + 1e-6
