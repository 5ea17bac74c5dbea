"""Universal, specific, undecided: what is claimed of candidates, and how often that is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from scotoma.analysis.modes import LEAST_SUPPORT
from scotoma.analysis.statistics import Floats
from scotoma.taxonomy.spread import Outcome, fails, level_for, spread_of

LEVEL = level_for(10)


def sums(failed: int, asked: int) -> tuple[Floats, Floats]:
    """One question an image."""
    hits = np.zeros(asked)
    hits[:failed] = 1.0
    return hits, np.ones(asked)


def outcome(failed: int, asked: int) -> Outcome:
    return Outcome(sums(failed, asked), sums(20, 400))


BAD, WORSE, GOOD = outcome(80, 100), outcome(30, 100), outcome(5, 100)
RARE, NEVER = outcome(LEAST_SUPPORT - 1, LEAST_SUPPORT - 1), outcome(0, 0)


@pytest.mark.parametrize(
    ("outcomes", "spread", "failing"),
    [
        ([BAD, BAD], "universal", "ab"),
        ([BAD, GOOD], "specific", "a"),
        ([GOOD, BAD, BAD], "specific", "bc"),
        ([GOOD, GOOD], "none", ""),
        ([RARE, GOOD], "none", ""),
        ([BAD, RARE], "undecided", "a"),
        ([BAD, NEVER], "undecided", "a"),
        ([WORSE, outcome(15, 100)], "undecided", "a"),
        ([BAD], "single", "a"),
        ([NEVER, NEVER], "none", ""),
    ],
)
def test_what_is_claimed(outcomes: list[Outcome], spread: str, failing: str) -> None:
    assert spread_of(dict(zip("abc", outcomes, strict=False)), LEVEL) == (spread, tuple(failing))


def test_a_rate_that_is_high_everywhere_is_no_failing_skill() -> None:
    assert not fails(Outcome(sums(80, 100), sums(320, 400)), LEVEL)
    assert not fails(Outcome(sums(80, 100), sums(0, 0)), LEVEL)


def test_skills_that_are_no_worse_are_seldom_called_failing() -> None:
    """All rates are 0.3: over a whole table of 10 skills a false one comes up in well under ALPHA of the tables."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(200):
        for _ in range(10):
            within, elsewhere = rng.random(60) < 0.3, rng.random(540) < 0.3
            one = Outcome((within.astype(float), np.ones(60)), (elsewhere.astype(float), np.ones(540)))
            wrong += fails(one, LEVEL)
    assert wrong <= 200 * 0.05
