"""Shares in [0, 1], one at a time -> evidence that their mean is above or below a number, valid at every moment. Pure.

Whoever bets against a true claim cannot expect to win. Start with 1 and stake a part of it on each observation x,
so that wealth is multiplied by 1 + bet * (x - mean): if the true mean is at most `mean` and the bet is positive,
wealth is a supermartingale, and by Ville's inequality it ever reaches 1 / alpha with probability at most alpha,
however often one looks and whenever one stops. Wealth is an e-value. Bets: a grid of constant ones, whose wealth is
averaged ("grid Kelly"): it grows as fast as the best of them, but for log(grid size), and does not depend on the
order of the observations. Waudby-Smith & Ramdas 2024, "Estimating means of bounded random variables by betting",
JRSS B 86(1); Ville 1939.
Axes: `_B` one entry a bet, `_M` one entry a candidate mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import logsumexp

from scotoma.analysis.statistics import Floats

BETS = 24
"""Bets of a grid; more gain little."""

BOLDEST = 0.99
"""The largest bet, as a share of the one that can lose everything at once."""

MEANS = 400
"""Candidate means of an interval lie 1 / MEANS apart."""


class Wager:
    """Evidence against "the mean is at most `mean`" (above: True), or against "at least" (above: False).

    mean: between 0 and 1, both excluded.
    """

    def __init__(self, mean: float, *, above: bool) -> None:
        if not 0.0 < mean < 1.0:
            raise ValueError(f"a mean to bet against lies between 0 and 1, not at {mean}")
        self._mean = mean
        self._bet_B = bets(mean, above=above)
        self._log_wealth_B = np.zeros(BETS)

    def observe(self, share: float) -> None:
        """Take one observation in [0, 1]. Each must be drawn without regard to how the bets go."""
        self._log_wealth_B += np.log1p(self._bet_B * (_checked(share) - self._mean))

    @property
    def log_e(self) -> float:
        """Logarithm of the e-value: evidence of 1 / alpha or more may be acted on at level alpha."""
        return float(logsumexp(self._log_wealth_B)) - math.log(BETS)

    def growth(self, shares: Sequence[float], weights: Sequence[float]) -> float:
        """How much log_e grows an observation, if observations fall on `shares` in proportion to `weights`.

        That of the best bet of the grid, which the average follows in the end. Negative: it shrinks.
        """
        gains_B = np.log1p(np.outer(np.asarray(shares, np.float64) - self._mean, self._bet_B))
        return float((np.asarray(weights, np.float64) @ gains_B).max() / sum(weights))


def bets(mean: float, *, above: bool) -> Floats:
    """The grid (B,) of bets on a mean: positive ones up to BOLDEST / mean, negative ones to -BOLDEST / (1 - mean)."""
    share_B = BOLDEST * np.arange(1, BETS + 1) / BETS
    return share_B / mean if above else -share_B / (1.0 - mean)


def anytime_interval(shares: Iterable[float], *, alpha: float = 0.05) -> tuple[float, float]:
    """A confidence interval of the mean that holds at all times at once, to 1 / MEANS (rounded outwards).

    The means that no wager of either direction has ever refuted at level alpha / 2 (a confidence sequence by betting,
    Waudby-Smith & Ramdas 2024, theorem 3).
    """
    mean_M = np.arange(1, MEANS) / MEANS
    limit = math.log(2.0 / alpha)
    refuted = [np.zeros(len(mean_M), np.bool_), np.zeros(len(mean_M), np.bool_)]
    grids = [np.stack([bets(float(mean), above=above) for mean in mean_M]) for above in (True, False)]
    wealth = [np.zeros_like(grid) for grid in grids]
    for share in shares:
        away_M = _checked(share) - mean_M
        for side in (0, 1):
            wealth[side] += np.log1p(grids[side] * away_M[:, None])
            refuted[side] |= logsumexp(wealth[side], axis=1) - math.log(BETS) >= limit
    # A refuted mean takes all smaller (all larger) ones with it.
    low = np.flatnonzero(refuted[0])
    high = np.flatnonzero(refuted[1])
    return (
        float(mean_M[low[-1]]) if len(low) else 0.0,
        float(mean_M[high[0]]) if len(high) else 1.0,
    )


def _checked(share: float) -> float:
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"an observation is a share from 0 to 1, not {share}")
    return share
