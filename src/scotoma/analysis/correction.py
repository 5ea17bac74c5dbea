"""Failure rate as judged + calibration of the verifier -> failure rate in truth. Pure.

A verifier that takes right answers for wrong ones finds failures that are none, and one that takes wrong ones for
right misses some. With s = P(judged wrong | wrong) and t = P(judged right | right), which a calibration or reviews by
people measure, a true rate r is seen as s r + (1 - t)(1 - r), and so

    r = (seen + t - 1) / (s + t - 1)        Rogan & Gladen 1978, "Estimating prevalence from the results of a
                                            screening test", American Journal of Epidemiology 107

In the words of `calibration`, where a right answer is positive, s is the specificity of correctness and t its
sensitivity. The interval takes in what is not known of seen, s and t alike: Lang & Reiczigel 2014, "Confidence limits
for prevalence of disease adjusted for estimated sensitivity and specificity", Preventive Veterinary Medicine 113,
on effective sample sizes, so that it knows of clusters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from scipy.optimize import brentq

from scotoma.analysis.calibration import Accuracy
from scotoma.analysis.statistics import Interval, wilson_ends


@dataclass(frozen=True, slots=True)
class Corrected:
    """raw: the rate as judged.  corrected: in truth; None where that cannot be told, and `reason` says why."""

    raw: Interval
    corrected: Interval | None
    reason: str = ""


def corrected(raw: Interval, correctness: Accuracy) -> Corrected:
    """A failure rate corrected for the mistakes that the verifier makes about answers, at the level of `raw`.

    raw: share of judged answers that were judged wrong. The estimate is kept in [0, 1]. Assumes that the verifier is
    as good on these answers as on those it was calibrated with, and that the two samples are independent.
    """
    if correctness.sensitivity is None or correctness.specificity is None:
        kind = "right" if correctness.sensitivity is None else "wrong"
        return Corrected(raw, None, f"the calibration holds no {kind} answer that was judged")
    finds, clears = correctness.specificity.wilson, correctness.sensitivity.wilson
    youden = finds.estimate + clears.estimate - 1.0
    if youden <= 0.0:
        return Corrected(
            raw,
            None,
            f"the verifier finds {finds.estimate:.0%} of wrong answers and clears {clears.estimate:.0%} of right ones: "
            "what it says of an answer tells nothing about it",
        )
    estimate = min(1.0, max(0.0, (raw.estimate + clears.estimate - 1.0) / youden))
    low, high = _ends(raw, finds, clears)
    interval = Interval(
        estimate, min(estimate, low), max(estimate, high), raw.n, raw.images, "rogan_gladen", raw.level
    )
    return Corrected(raw, interval)


def effective_size(interval: Interval) -> float:
    """The number of independent trials whose Wilson interval is as wide; at most `interval.n`."""

    def wider(trials: float) -> float:
        low, high = wilson_ends(interval.estimate, trials, level=interval.level)
        return (high - low) - (interval.high - interval.low)

    n = float(interval.n)
    if wider(n) >= 0.0:
        return n
    least = 1e-6
    return float(brentq(wider, least, n)) if wider(least) > 0.0 else least


def _ends(raw: Interval, finds: Interval, clears: Interval) -> tuple[float, float]:
    """Lang & Reiczigel's interval: Agresti-Coull for the rate, one more success and failure for the other two.

    r +- z sqrt(v) + d, with v the delta method's variance and d = 2 z^2 (r v_s - (1 - r) v_t) a shift of its centre,
    where v_s and v_t are the variances of s and t.
    """
    z = NormalDist().inv_cdf(0.5 + raw.level / 2.0)
    n = effective_size(raw)
    seen, v_seen = _adjusted(raw.estimate, n, z * z)
    s, v_s = _adjusted(finds.estimate, effective_size(finds), 2.0)
    t, v_t = _adjusted(clears.estimate, effective_size(clears), 2.0)
    youden = s + t - 1.0
    if youden <= 0.0:
        return 0.0, 1.0
    rate = (seen + t - 1.0) / youden
    shift = 2.0 * z * z * (rate * v_s - (1.0 - rate) * v_t)
    half = z * math.sqrt(v_seen + rate * rate * v_s + (1.0 - rate) ** 2 * v_t) / youden
    return min(1.0, max(0.0, rate + shift - half)), min(1.0, max(0.0, rate + shift + half))


def _adjusted(rate: float, trials: float, added: float) -> tuple[float, float]:
    """Rate with `added` further trials, half of them hits, and its variance."""
    p = (trials * rate + added / 2.0) / (trials + added)
    return p, p * (1.0 - p) / (trials + added)
