"""Range of data -> round axis limits and tick marks. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """low..high is drawn from `start` to `end` (in units of the drawing), with these tick marks."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Where a value is drawn."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def round_axis(
    values: Sequence[float], start: float, end: float, *, from_zero: bool, wanted: int = 4
) -> Axis:
    """An axis with round ends around the values, in about `wanted` intervals. from_zero: it holds 0."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if from_zero:
        low, high = min(0.0, low), max(0.0, high)
    if high - low < 1e-6 * max(abs(low), abs(high), 1e-6):
        around = max(abs(low), 1.0) / 2
        low, high = low - around, high + around
    step = _round_step((high - low) / wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(float(f"{number * step:.12g}") for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def whole_axis(low: int, high: int, start: float, end: float, wanted: int = 5) -> Axis:
    """An axis for counted things (steps) that ends where the data end; ticks at round whole numbers."""
    step = max(1, round(_round_step(max(1, high - low) / wanted)))
    ticks = tuple(float(tick) for tick in range(math.ceil(low / step) * step, high + 1, step))
    if not ticks or ticks[0] - low > step / 3:
        ticks = (float(low), *ticks)
    return Axis(float(low), float(max(high, low + 1)), start, end, ticks)


def _round_step(step: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(
        factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= step * (1 - 1e-9)
    )
