"""Probes of one phase + verdicts of a second verifier -> FDR under both, and how far the two agree. Pure.

A questioner that is rewarded for what one verifier calls a failure may learn what that verifier gets wrong. A verifier
that took no part in training does not share the reward; where it sees clearly fewer failures in the same probes, the
rate that was reported may be the verifier's mistakes and not the candidate's.

The sample is stratified by what the first verifier said, since failures are what can be hacked and may be rare: half
of it are failures, a quarter right answers, a quarter invalid questions. Each probe weighs as much as the stratum that
it stands for (Cochran 1977, "Sampling techniques", chapter 5), so that rates are those of the whole phase.
Axes as in `statistics`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scotoma.analysis.figures import scored
from scotoma.analysis.statistics import (
    FEWEST_IMAGES,
    FEWEST_OF_EACH,
    REPLICATES,
    Floats,
    Interval,
    compare_rates,
    percentile_ends,
    rate_interval,
    resampled,
    sums_by_image,
    wilson_interval,
)
from scotoma.records import Probe, Verdict

SHARES = {"failed": 0.5, "right": 0.25, "invalid": 0.25}
"""Of the sample, by what the first verifier said; what a stratum cannot fill is left to the others, in this order."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A probe of the sample. weight: how many probes of the phase it stands for, scaled to 1 on average."""

    probe: Probe
    weight: float


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa of two verifiers on one matter.

    value:    1 for the same verdict everywhere, 0 for what chance would give; interval at 95%, clustered by image, or
              None with fewer than FEWEST_IMAGES images.
    observed: share of probes on which they agree.  both: how many probes both decided.
    """

    value: float
    low: float | None
    high: float | None
    observed: float
    both: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two verifiers on the same probes.

    phase:      which probes they are of.  learned: did the questioner learn from the first verifier's verdicts?
    drawn:      probes of the sample.  judged: those that the second verifier was asked about so far.
    undecided:  judged ones of which it cannot tell whether they are failures.
    compared:   answered ones that both decided: what the failure rates are over.
    found_invalid: those of them that the second verifier holds for invalid questions.
    first_fdr, second_fdr: failures / compared, under each.  difference: first - second, paired by image.
    second_over_valid: failures / those that the second verifier finds valid.
    lost, won:  failures of the first that the second does not see, and the reverse, in probes.
    validity:   of questions, invalid ones included.  correctness: of answers to questions that both find valid.
    None: undefined, or too few images.
    """

    first: str
    second: str
    phase: str
    learned: bool
    drawn: int
    judged: int
    undecided: int
    compared: int
    found_invalid: int
    lost: int
    won: int
    first_fdr: Interval | None
    second_fdr: Interval | None
    second_over_valid: Interval | None
    difference: Interval | None
    validity: Kappa | None
    correctness: Kappa | None

    @property
    def higher(self) -> bool:
        """Does the first verifier credibly see more failures?"""
        return self.difference is not None and self.difference.low > 0.0

    @property
    def suspicious(self) -> bool:
        """Possible reward hacking: more failures under the verifier that the questioner learned from."""
        return self.learned and self.higher


def drawn(probes: Sequence[Probe], most: int, seed: int) -> tuple[Drawn, ...]:
    """A sample of at most `most` probes that the first verifier decided on, in random order.

    Probes are taken by the rank of a seeded hash of their key: the sample depends on nothing else, changes little where
    a phase grows, and its first half is a sample, too.
    """
    strata: dict[str, list[Probe]] = {name: [] for name in SHARES}
    for probe in probes:
        name = _stratum(probe)
        if name is not None:
            strata[name].append(probe)
    sizes = _sizes({name: len(members) for name, members in strata.items()}, most)
    total, taken = sum(map(len, strata.values())), sum(sizes.values())
    chosen = []
    for name, members in strata.items():
        if sizes[name]:
            weight = len(members) / sizes[name] * taken / total
            ranked = sorted(members, key=lambda probe: _rank(probe, seed))
            chosen += [Drawn(probe, weight) for probe in ranked[: sizes[name]]]
    return tuple(sorted(chosen, key=lambda one: _rank(one.probe, seed)))


def agreement(
    sample: Sequence[Drawn],
    verdicts: Sequence[Verdict | None],
    *,
    first: str,
    second: str,
    learned: bool,
    seed: int = 0,
) -> Agreement:
    """The figures of a sample and the second verifier's verdicts on it, in order; None: not judged yet.

    first, second: the verifiers' SPECs.  learned: see `Agreement`.  seed: of the bootstrap.
    """
    judged = [(one, verdict) for one, verdict in zip(sample, verdicts, strict=True) if verdict is not None]
    compared = [(one, verdict) for one, verdict in judged if scored(one.probe) and _decided(verdict)]
    both_valid = [(one, verdict) for one, verdict in compared if verdict.valid is True]
    told = [(one, verdict) for one, verdict in judged if verdict.valid is not None]
    failed = [(one.probe.verdict.failure, verdict.failure) for one, verdict in compared]
    firsts_C, seconds_C, trials_C, valid_C = _sums(
        [one for one, _ in compared],
        [mine for mine, _ in failed],
        [other for _, other in failed],
        [True] * len(compared),
        [verdict.valid is True for _, verdict in compared],
    )
    return Agreement(
        first=first,
        second=second,
        phase=sample[0].probe.phase if sample else "",
        learned=learned,
        drawn=len(sample),
        judged=len(judged),
        undecided=sum(not _known(one.probe, verdict) for one, verdict in judged),
        compared=len(compared),
        found_invalid=len(compared) - len(both_valid),
        lost=sum(mine and not other for mine, other in failed),
        won=sum(other and not mine for mine, other in failed),
        first_fdr=rate_interval(firsts_C, trials_C, seed=seed),
        second_fdr=rate_interval(seconds_C, trials_C, seed=seed),
        second_over_valid=rate_interval(seconds_C, valid_C, seed=seed),
        difference=_difference(compared, seed),
        validity=_kappa(
            [one for one, _ in told],
            [(one.probe.verdict.valid is True, verdict.valid is True) for one, verdict in told],
            seed,
        ),
        correctness=_kappa(
            [one for one, _ in both_valid],
            [(one.probe.verdict.correct is True, verdict.correct is True) for one, verdict in both_valid],
            seed,
        ),
    )


def kappa(both: float, only_first: float, only_second: float, neither: float) -> float | None:
    """Cohen's kappa of a two by two table of (weighted) counts; None without any, or where both say always the same.

    kappa = (o - e) / (1 - e), o = (both + neither) / n, e = the agreement of independent verdicts with the same rates
    of yes. Cohen 1960, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20.
    """
    value = float(kappas(np.asarray([[both], [only_first], [only_second], [neither]], np.float64))[0])
    return None if math.isnan(value) else value


def kappas(cells_R: Floats) -> Floats:
    """Kappa of many tables: cells (4, R) in the order of `kappa` -> (R,); NaN where it is undefined."""
    both, first, second, neither = cells_R
    # Written out, with n cancelled: 2 (both x neither - first x second) over the sum of the margins' products.
    apart = (both + first) * (first + neither) + (both + second) * (second + neither)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2.0 * (both * neither - first * second) / apart
    return np.asarray(np.where(apart > 0.0, np.clip(found, -1.0, 1.0), np.nan), np.float64)


def _kappa(sample: Sequence[Drawn], said: Sequence[tuple[bool, bool]], seed: int) -> Kappa | None:
    """Kappa with its interval.

    Images are resampled. Where the two disagree on fewer than FEWEST_IMAGES images, a bootstrap of their disagreements
    is too narrow, and [1, 1] without any: the ends are then those of Wilson's interval of the agreement (clustered by
    image), with the agreement by chance held.
    """
    cells_C = _sums(
        sample,
        [one and other for one, other in said],
        [one and not other for one, other in said],
        [other and not one for one, other in said],
        [not one and not other for one, other in said],
    )
    value = kappa(*(float(cells.sum()) for cells in cells_C))
    if value is None:
        return None
    agreed_C, trials_C = cells_C[0] + cells_C[3], sum(cells_C, np.zeros(len(cells_C[0])))
    observed = float(agreed_C.sum() / trials_C.sum())
    low: float | None = None
    high: float | None = None
    if len(trials_C) >= FEWEST_IMAGES:
        wilson = wilson_interval(agreed_C, trials_C)
        if int((agreed_C < trials_C).sum()) >= FEWEST_IMAGES or wilson is None:
            values_R = kappas(resampled(cells_C, seed, REPLICATES))
            low, high = percentile_ends(value, values_R[~np.isnan(values_R)], 0.95)
        else:
            # kappa = 1 - (1 - o) / (1 - e), linear in the agreement o.
            slope = 1.0 / _by_chance(cells_C)
            low = value - slope * (observed - wilson.low)
            high = min(1.0, value + slope * (wilson.high - observed))
    return Kappa(value, low, high, observed, len(said))


def _by_chance(cells_C: Sequence[Floats]) -> float:
    """1 - e: how often independent verdicts with these rates of yes would disagree."""
    both, first, second, neither = (float(cells.sum()) for cells in cells_C)
    n = both + first + second + neither
    return ((both + first) * (first + neither) + (both + second) * (second + neither)) / (n * n)


def _difference(compared: Sequence[tuple[Drawn, Verdict]], seed: int) -> Interval | None:
    """FDR under the first minus FDR under the second, over the same probes.

    Images are resampled, both verifiers together. Where the two differ on fewer than FEWEST_OF_EACH images that is too
    narrow, and [0, 0] without a difference: the ends are then put together from Wilson's intervals of the two shares
    of probes that only one of them fails, by the method of variance estimates recovery (Zou & Donner 2008,
    "Construction of confidence limits about effect measures", Statistics in Medicine 27).
    """
    failed = [(one.probe.verdict.failure, verdict.failure) for one, verdict in compared]
    lost_C, won_C, firsts_C, seconds_C, trials_C = _sums(
        [one for one, _ in compared],
        [mine and not other for mine, other in failed],
        [other and not mine for mine, other in failed],
        [mine for mine, _ in failed],
        [other for _, other in failed],
        [True] * len(failed),
    )
    both = compare_rates((firsts_C, trials_C), (seconds_C, trials_C), seed=seed)
    lost, won = wilson_interval(lost_C, trials_C), wilson_interval(won_C, trials_C)
    if both is None or lost is None or won is None:
        return None
    if int(((lost_C > 0) | (won_C > 0)).sum()) >= FEWEST_OF_EACH:
        return both.difference
    estimate = lost.estimate - won.estimate
    low = estimate - math.hypot(lost.estimate - lost.low, won.high - won.estimate)
    high = estimate + math.hypot(lost.high - lost.estimate, won.estimate - won.low)
    return Interval(estimate, low, high, lost.n, lost.images, "wilson", lost.level)


def _sums(sample: Sequence[Drawn], *flags: Sequence[bool]) -> tuple[Floats, ...]:
    """Weights (C,) by image of the probes for which each flag holds."""
    weighted = [[one.weight * flag for one, flag in zip(sample, column, strict=True)] for column in flags]
    return sums_by_image([one.probe.image_id for one in sample], *weighted)[1]


def _stratum(probe: Probe) -> str | None:
    if probe.verdict.failure:
        return "failed"
    if scored(probe):
        return "right"
    return "invalid" if probe.verdict.valid is False else None


def _sizes(members: dict[str, int], most: int) -> dict[str, int]:
    """How many to take of each stratum: its share, or all; what is left goes to those that have more."""
    sizes = {name: min(members[name], int(share * most)) for name, share in SHARES.items()}
    for name in SHARES:
        sizes[name] += min(members[name] - sizes[name], most - sum(sizes.values()))
    return sizes


def _rank(probe: Probe, seed: int) -> str:
    return hashlib.sha256(f"second:{seed}:{':'.join(map(str, probe.key))}".encode()).hexdigest()


def _decided(verdict: Verdict) -> bool:
    """Failure or not, of an answered probe: an invalid question is none."""
    return verdict.valid is False or (verdict.valid is True and verdict.correct is not None)


def _known(probe: Probe, verdict: Verdict) -> bool:
    """Was it decided as far as it could be? Nobody answered a question that the first verifier found invalid."""
    return _decided(verdict) if scored(probe) else verdict.valid is not None
