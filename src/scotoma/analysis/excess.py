"""Two rates by image -> p-value of the claim that the first is higher. Pure.

Axes: `_C` one entry an image, `_S` one entry a set.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, xlogy
from scipy.stats import hypergeom

from scotoma.analysis.statistics import Floats, effective_trials

_EPSILON = 1e-9


def excess_p_value(own: tuple[Floats, Floats], rest: tuple[Floats, Floats]) -> float:
    """One-sided p-value of "own fails more often than rest"; (hits_C, trials_C) each, 1.0 without a trial in one.

    Fisher's exact test on effective sample sizes (`effective_trials`: the design effect of questions that share an
    image, Kish 1965; Rao & Scott 1992, "A simple method for the analysis of clustered binary data", divide by it in
    the same way). Sizes and hits are rounded against the claim, so that the test stays conservative.
    """
    hits_1, trials_1 = _effective(*own, up=False)
    hits_2, trials_2 = _effective(*rest, up=True)
    if not trials_1 or not trials_2:
        return 1.0
    p = float(hypergeom.sf(hits_1 - 1, trials_1 + trials_2, hits_1 + hits_2, trials_1))
    return min(1.0, max(0.0, p))


def least_p_value(hits_S: Floats, trials_S: Floats, rest_hits_S: Floats, rest_trials_S: Floats) -> Floats:
    """What `excess_p_value` is at least, were all questions independent; for many sets at once.

    The signed root z of the likelihood ratio: 1 - Phi(z) is a lower bound of the exact tail of a binomial (Zubkov &
    Serov 2013, "A complete proof of universal inequalities for the distribution function of the binomial law"), and
    z shrinks with the sample. For the tail of Fisher's test that is no theorem; tests search for an exception among
    tens of thousands of tables, and there is none. 1.0 where the first rate is not higher, or one side has no trial.
    """
    one, two = np.maximum(trials_S, 1.0), np.maximum(rest_trials_S, 1.0)
    pooled_S = (hits_S + rest_hits_S) / (one + two)
    twice_S = 2.0 * (
        _likelihood(hits_S, one)
        + _likelihood(rest_hits_S, two)
        - _at(pooled_S, hits_S + rest_hits_S, one + two)
    )
    higher_S = (hits_S / one > rest_hits_S / two) & (trials_S > 0) & (rest_trials_S > 0)
    p_S = ndtr(-np.sqrt(np.maximum(twice_S, 0.0)))
    return np.asarray(np.where(higher_S, p_S, 1.0), np.float64)


def _effective(hits_C: Floats, trials_C: Floats, *, up: bool) -> tuple[int, int]:
    asked = trials_C > 0
    if not asked.any():
        return 0, 0
    hits_C, trials_C = hits_C[asked], trials_C[asked]
    trials = math.floor(effective_trials(hits_C, trials_C) + _EPSILON)
    hits = trials * float(hits_C.sum() / trials_C.sum())
    return math.ceil(hits - _EPSILON) if up else math.floor(hits + _EPSILON), trials


def _likelihood(hits_S: Floats, trials_S: Floats) -> Floats:
    return _at(hits_S / trials_S, hits_S, trials_S)


def _at(rate_S: Floats, hits_S: Floats, trials_S: Floats) -> NDArray[np.float64]:
    """Log-likelihood of the hits at a rate."""
    return np.asarray(xlogy(hits_S, rate_S) + xlogy(trials_S - hits_S, 1.0 - rate_S), np.float64)
