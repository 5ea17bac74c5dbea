"""Hits and trials by image -> rates and comparisons of rates, with intervals. Pure.

Questions about one image are not independent, so the image is the unit that is resampled (Field & Welsh 2007,
"Bootstrapping clustered data"). Axes: `_C` one entry an image, `_R` one entry a bootstrap replicate, `_P` one
entry a probe. Every function takes sums by image: `hits_C` and `trials_C`, with `hits <= trials`.

Resampling C images with replacement is drawing a multinomial over the DISTINCT pairs (hits, trials): exact,
and as fast for 100,000 images as for a hundred. It also makes a result independent of the order of the
images.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]

REPLICATES = 2000
"""Bootstrap replicates; the ends of a 95% interval then move by about 2% of its width from seed to seed."""

FEWEST_IMAGES = 10
"""Below this many images two rates are not compared: no interval would be honest."""

FEWEST_OF_EACH = 50
"""With fewer images that have a hit, or fewer that have a miss, a percentile bootstrap is too narrow (measured: 86 to
93% instead of 95%, docs/statistics.md): Wilson's interval is given."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its interval at `level`. n: trials. images: how many of them had any trial.

    method: "bootstrap" (images resampled, percentile), "wilson" (on the effective sample size), or "rogan_gladen"
    (corrected for a verifier's mistakes, see `correction`).
    """

    estimate: float
    low: float
    high: float
    n: int
    images: int
    method: Literal["bootstrap", "wilson", "rogan_gladen"] = "bootstrap"
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rates over the same images: first / second (None if the second is 0) and first - second.

    ratio.high is infinite if the second rate may well be 0.
    """

    ratio: Interval | None
    difference: Interval


def sums_by_image(
    image_ids: Sequence[str], *values: Sequence[float]
) -> tuple[tuple[str, ...], tuple[Floats, ...]]:
    """Image and values of each probe -> the distinct images, sorted, and each of `values` summed by image."""
    if not image_ids:
        return (), tuple(np.zeros(0) for _ in values)
    distinct, place = np.unique(np.asarray(image_ids, dtype=object), return_inverse=True)
    sums = tuple(by_place(place, np.asarray(v, dtype=np.float64), len(distinct)) for v in values)
    return tuple(str(image) for image in distinct), sums


def by_place(place_P: NDArray[np.intp], values_P: Floats, images: int) -> Floats:
    """Sums (C,) of the values whose image has index 0 .. images - 1."""
    return np.bincount(place_P, values_P, images).astype(np.float64)


def rate_interval(
    hits_C: Floats, trials_C: Floats, *, seed: int = 0, replicates: int = REPLICATES, level: float = 0.95
) -> Interval | None:
    """sum(hits) / sum(trials) with its image-clustered bootstrap interval (percentile); None without a trial.

    Where hits, or misses, are on fewer than FEWEST_OF_EACH images a bootstrap has no honest width: it is
    `wilson_interval` then, and `method` says so. The interval always holds the estimate.
    """
    hits_C, trials_C = _asked(hits_C, trials_C)
    if not len(trials_C):
        return None
    hits, trials = float(hits_C.sum()), float(trials_C.sum())
    if _of_the_rarer(hits_C, trials_C) < FEWEST_OF_EACH:
        return wilson_interval(hits_C, trials_C, level=level)
    totals_R = resampled((hits_C, trials_C), seed, replicates)
    low, high = percentile_ends(hits / trials, totals_R[0] / totals_R[1], level)
    return Interval(hits / trials, low, high, round(trials), len(trials_C), "bootstrap", level)


def wilson_interval(hits_C: Floats, trials_C: Floats, *, level: float = 0.95) -> Interval | None:
    """Wilson's score interval on the effective sample size (`effective_trials`); None without a trial.

    Cheap, never empty, never outside [0, 1]: for the many small groups of a breakdown. The effective size is itself
    estimated, from few images if hits or misses are rare, so it is multiplied by (z / t)^2 as Korn & Graubard 1998
    do ("Confidence intervals for proportions with small expected number of positive counts"), with 2 m degrees of
    freedom for t, where m is the number of images that have the rarer of hit and miss (found by simulation:
    benchmarks/statistical.py). If all hits are equal the cautious end of `effective_trials` is enough.
    """
    hits_C, trials_C = _asked(hits_C, trials_C)
    if not len(trials_C):
        return None
    p = float(hits_C.sum() / trials_C.sum())
    effective, rarer = effective_trials(hits_C, trials_C), _of_the_rarer(hits_C, trials_C)
    if rarer:
        quantile = 0.5 + level / 2.0
        effective *= (NormalDist().inv_cdf(quantile) / float(stdtrit(2 * rarer, quantile))) ** 2
    low, high = wilson_ends(p, effective, level=level)
    return Interval(p, low, high, round(float(trials_C.sum())), len(trials_C), "wilson", level)


def wilson_ends(rate: float, trials: float, *, level: float = 0.95) -> tuple[float, float]:
    """Ends of Wilson's score interval (Wilson 1927) of a rate p of n independent trials.

    centre = (p + z^2 / 2n) / (1 + z^2 / n), half width = z / (1 + z^2 / n) * sqrt(p (1 - p) / n + z^2 /
    4n^2). They hold the rate, and lie within [0, 1].
    """
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    shrink = 1.0 + z * z / trials
    centre = (rate + z * z / (2.0 * trials)) / shrink
    half = z / shrink * math.sqrt(rate * (1.0 - rate) / trials + z * z / (4.0 * trials * trials))
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))


def effective_trials(hits_C: Floats, trials_C: Floats) -> float:
    """How many independent trials tell as much: p (1 - p) / v, between Kish's n^2 / sum(trials^2) and n.

    v is the linearised variance of a ratio over clusters, C / (C - 1) * sum((hits - p trials)^2) / n^2
    (Cochran 1977, section 6.3). If all hits are equal v says nothing, and each image counts about once
    (Kish): the cautious end.
    """
    n, images = float(trials_C.sum()), len(trials_C)
    p = float(hits_C.sum()) / n
    cautious = n * n / float(trials_C @ trials_C)
    if images < 2 or p in (0.0, 1.0):
        return cautious
    # Written out: sums of whole numbers are exact, so the order of the images makes no difference.
    squares = float(hits_C @ hits_C) - 2 * p * float(hits_C @ trials_C) + p * p * float(trials_C @ trials_C)
    variance = images / (images - 1) * squares / (n * n)
    return min(n, max(cautious, p * (1.0 - p) / variance)) if variance > 0.0 else n


def compare_rates(
    first: tuple[Floats, Floats],
    second: tuple[Floats, Floats],
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
    level: float = 0.95,
) -> Comparison | None:
    """Two rates on paired images: (hits_C, trials_C) each, entry c the same image in both.

    Both are resampled together, so that what an image does to both cancels. An image may lack trials in one
    of them.
    None if either has no trial, or if there are fewer than FEWEST_IMAGES images: no interval would be honest.
    """
    trials = float(first[1].sum()), float(second[1].sum())
    used = (first[1] + second[1]) > 0
    if not all(trials) or int(used.sum()) < FEWEST_IMAGES:
        return None
    rates = float(first[0].sum()) / trials[0], float(second[0].sum()) / trials[1]
    totals_R = resampled(tuple(part[used] for part in (*first, *second)), seed, replicates)
    whole = (totals_R[1] > 0) & (totals_R[3] > 0)
    first_R, second_R = totals_R[0, whole] / totals_R[1, whole], totals_R[2, whole] / totals_R[3, whole]
    n, images = round(sum(trials)), int(used.sum())
    low, high = percentile_ends(rates[0] - rates[1], first_R - second_R, level)
    difference = Interval(rates[0] - rates[1], low, high, n, images, "bootstrap", level)
    if not rates[1]:
        return Comparison(None, difference)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_R = first_R / second_R
    low, high = percentile_ends(rates[0] / rates[1], ratio_R[~np.isnan(ratio_R)], level)
    return Comparison(Interval(rates[0] / rates[1], low, high, n, images, "bootstrap", level), difference)


def _of_the_rarer(hits_C: Floats, trials_C: Floats) -> int:
    """How many images have the rarer of hit and miss."""
    return int(min((hits_C > 0).sum(), (hits_C < trials_C).sum()))


def _asked(hits_C: Floats, trials_C: Floats) -> tuple[Floats, Floats]:
    """Without the images that had no trial."""
    asked = trials_C > 0
    return hits_C[asked], trials_C[asked]


def resampled(parts_C: tuple[Floats, ...], seed: int, replicates: int) -> Floats:
    """Totals (parts, R) of each part over C images drawn with replacement."""
    kinds, times = np.unique(np.stack(parts_C, axis=1), axis=0, return_counts=True)
    images = int(times.sum())
    drawn_R = np.random.default_rng(seed).multinomial(images, times / images, size=replicates)
    return np.asarray((drawn_R @ kinds).T)


def percentile_ends(estimate: float, values_R: Floats, level: float) -> tuple[float, float]:
    """Percentile interval, widened to hold the estimate where the distribution is lopsided."""
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(values_R, (tail, 1.0 - tail), method="inverted_cdf")
    return min(estimate, float(low)), max(estimate, float(high))
