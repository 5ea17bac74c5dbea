"""Claims + failures on fresh images, one at a time -> confirmed, refuted or undecided, however often one looks.

A claim is that the failure rate of a mode lies above a threshold. What is observed is one fresh image: the share of
its questions of the mode that failed (of those that could be scored). Questions about one image are not
independent, images are, so a whole image is one observation, whatever the number of its questions.

Both "it is at most the threshold" and "it is above" are bet against (see `betting`). A claim is decided when the
evidence reaches (number of claims) / alpha, and stays decided. By Ville's inequality a false claim is ever
confirmed, or a true one ever refuted, with probability at most alpha / (number of claims), and by Bonferroni any is
with at most alpha, at every moment of looking and stopping. The e-BH procedure (Wang & Ramdas 2022) would ask for
less where many claims are true, but what it confirmed may have to be taken back while one looks on, since it goes by
the present evidence of all claims and not by the highest ever reached; a confirmed failure mode should stay one.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scotoma.analysis.betting import Wager
from scotoma.analysis.statistics import wilson_ends

State = Literal["confirmed", "refuted", "undecided"]

_EXPECTED_WEIGHT = 4.0
"""Images that the expected rate counts for beside those observed, in foreseeing what a claim will take."""

_PLAUSIBLE = 0.8
"""Level of the interval whose ends are still plausible rates, in planning."""

_LEAST_GROWTH = 1e-4
"""Log-evidence an image below which a rate counts as not to be told from the threshold: 100,000 images and more."""

EVEN = 0.5
"""The threshold of a claim whose observations are made by `beside`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """ "The failure rate of `name` is above `threshold`."

    expected: the rate where it was found, to foresee how many calls it takes; it has no part in the decision.
    calls_an_image: candidate calls that one observation costs.
    """

    name: str
    threshold: float
    expected: float
    calls_an_image: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """How a claim stands.

    images: observed.  mean: of their shares; None without any.
    e_confirm, e_refute: evidence (e-values) for "above the threshold" and for "at most"; needed: what decides.
    certainty: the larger evidence on its way to `needed`, from 0 to 1, in logarithms.
    calls_left: what it would still take in expectation, if the rate is what it looks like; 0 once decided, None if it
                looks like the threshold itself, which no number of calls tells from it.
    calls_at_best: the same if it is the plausible rate that is decided soonest: what a plan goes by, lest a claim be
                given up for a rate that a few images happened to show.
    """

    claim: Claim
    state: State
    images: int
    mean: float | None
    e_confirm: float
    e_refute: float
    needed: float
    certainty: float
    calls_left: int | None
    calls_at_best: int | None


def beside(mode_share: float, part_share: float) -> float:
    """Observation of a claim that a mode fails more than its nearest part: both asked about the same fresh image.

    (1 + mode - part) / 2 lies in [0, 1], and its mean is above EVEN exactly if the mode fails more. What makes an
    image hard for both cancels. For "more by d" the threshold is (1 + d) / 2.
    """
    return (1.0 + mode_share - part_share) / 2.0


class Confirmation:
    """Claims under test, all at once. alpha: the chance that any of them is ever decided wrongly, at most."""

    def __init__(self, claims: Sequence[Claim], *, alpha: float = 0.05) -> None:
        if not 0.0 < alpha < 1.0:
            raise ValueError(f"alpha lies between 0 and 1, not at {alpha}")
        for claim in claims:
            if not 0.0 <= claim.expected <= 1.0 or claim.calls_an_image < 1:
                raise ValueError(
                    f"{claim.name}: expected is a rate from 0 to 1, and an image costs at least one call"
                )
        self._needed = max(1, len(claims)) / alpha
        self._trials = [_Trial(claim, math.log(self._needed)) for claim in claims]

    def observe(self, claim: int, failure_share: float) -> State:
        """One fresh image for the claim of this index: the share (0..1) of its scored questions that failed.

        An image none of whose questions could be scored is no observation.
        """
        return self._trials[claim].observe(failure_share)

    def standings(self) -> tuple[Standing, ...]:
        """How every claim stands, in the order given."""
        return tuple(trial.standing(self._needed) for trial in self._trials)


class _Trial:
    """One claim and its two wagers."""

    def __init__(self, claim: Claim, log_needed: float) -> None:
        self._claim, self._log_needed = claim, log_needed
        self._above, self._below = Wager(claim.threshold, above=True), Wager(claim.threshold, above=False)
        self._shares: Counter[float] = Counter()
        self._state: State = "undecided"

    def observe(self, share: float) -> State:
        self._above.observe(share)
        self._below.observe(share)
        self._shares[share] += 1
        if self._state == "undecided":
            if self._above.log_e >= self._log_needed:
                self._state = "confirmed"
            elif self._below.log_e >= self._log_needed:
                self._state = "refuted"
        return self._state

    def standing(self, needed: float) -> Standing:
        images = self._shares.total()
        total = sum(share * times for share, times in self._shares.items())
        best = max(self._above.log_e, self._below.log_e)
        decided = self._state != "undecided"
        looks, at_best = (0, 0) if decided else self._foreseen()
        return Standing(
            claim=self._claim,
            state=self._state,
            images=images,
            mean=total / images if images else None,
            e_confirm=_exp(self._above.log_e),
            e_refute=_exp(self._below.log_e),
            needed=needed,
            certainty=1.0 if decided else min(1.0, max(0.0, best / self._log_needed)),
            calls_left=looks,
            calls_at_best=at_best,
        )

    def _foreseen(self) -> tuple[int | None, int | None]:
        """Calls left if the rate is what it looks like, and if it is the plausible one that is decided soonest."""
        expected = self._claim.expected
        shares = [1.0, 0.0, *self._shares]
        weights = [_EXPECTED_WEIGHT * expected, _EXPECTED_WEIGHT * (1.0 - expected), *self._shares.values()]
        total = sum(weights)
        mean = sum(share * weight for share, weight in zip(shares, weights, strict=True)) / total
        ends = wilson_ends(mean, total, level=_PLAUSIBLE)
        soonest = [self._calls(shares, _moved(weights, mean, end), end) for end in ends]
        looks = self._calls(shares, weights, mean)
        return looks, min((calls for calls in (looks, *soonest) if calls is not None), default=None)

    def _calls(self, shares: Sequence[float], weights: Sequence[float], mean: float) -> int | None:
        """Evidence that is lacking / growth an image of the wager that wins at this mean."""
        wager = self._above if mean > self._claim.threshold else self._below
        growth = wager.growth(shares, weights)
        if growth <= _LEAST_GROWTH:
            return None
        images = max(1, math.ceil((self._log_needed - wager.log_e) / growth))
        return images * self._claim.calls_an_image


def _moved(weights: Sequence[float], mean: float, to: float) -> list[float]:
    """Weights of the shares (1, 0, ...) with more of the first or the second, so that their mean is `to`."""
    part = (to - mean) / (1.0 - mean) if to > mean else 1.0 - to / mean if mean else 0.0
    moved = [(1.0 - part) * weight for weight in weights]
    moved[0 if to > mean else 1] += part * sum(weights)
    return moved


def plan(standings: Sequence[Standing], *, budget_calls: int, round_calls: int) -> tuple[int, ...]:
    """Images to ask next about each claim, for at most `round_calls` calls of the `budget_calls` that are left.

    First, what can be decided: undecided claims are funded from the budget with what they take at best, the cheapest
    first, until the next one does not fit. Then, of these, each next image goes to the claim that will be least
    certain by then. All zeros: nothing can be decided with what is left.
    """
    foreseen = {n: at.calls_at_best for n, at in enumerate(standings) if at.calls_at_best}
    funded: list[int] = []
    left = budget_calls
    for n, calls_at_best in sorted(foreseen.items(), key=lambda entry: (entry[1], entry[0])):
        if calls_at_best > left:
            break
        funded.append(n)
        left -= calls_at_best
    images = [0] * len(standings)
    queue = [(standings[n].certainty, n) for n in funded]
    heapq.heapify(queue)
    calls = min(budget_calls, round_calls)
    while queue:
        certainty, n = heapq.heappop(queue)
        at = standings[n]
        cost = at.claim.calls_an_image
        if cost > calls:
            continue
        images[n] += 1
        calls -= cost
        heapq.heappush(queue, (certainty + (1.0 - at.certainty) * cost / foreseen[n], n))
    return tuple(images)


def _exp(log_e: float) -> float:
    """e-values past the largest float are infinite."""
    try:
        return math.exp(log_e)
    except OverflowError:
        return math.inf
