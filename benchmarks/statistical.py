"""simulated probes with a known truth -> do intervals, modes and confirmations keep what they promise?

    python benchmarks/statistical.py coverage      # 95% intervals under image clustering
    python benchmarks/statistical.py discoveries   # false and missed modes at q = 0.05
    python benchmarks/statistical.py sequential    # claims decided wrongly under continuous peeking, alpha = 0.05

Seeded: the same figures each time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from scotoma.analysis.betting import anytime_interval
from scotoma.analysis.calibration import Accuracy, Rate
from scotoma.analysis.correction import corrected
from scotoma.analysis.modes import find_modes
from scotoma.analysis.sequential import EVEN, Claim, Confirmation, beside
from scotoma.analysis.statistics import (
    Floats,
    Interval,
    compare_rates,
    rate_interval,
    wilson_ends,
    wilson_interval,
)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from simulated import Planted, nested_conditions, table

MOST_QUESTIONS, MOST_IMAGES = 8, 500


def clustered(rng: np.random.Generator, rate: float, rho: float, images: int) -> tuple[Floats, Floats]:
    """Failures and questions (1 to 8) of images whose rates are beta with intra-image correlation rho."""
    spread = 1.0 / rho - 1.0
    rate_C = rng.beta(spread * rate, spread * (1.0 - rate), images)
    trials_C = rng.integers(1, MOST_QUESTIONS + 1, images)
    return rng.binomial(trials_C, rate_C).astype(float), trials_C.astype(float)


# ---- coverage --------------------------------------------------------------------------------------------


def coverage(runs: int) -> None:
    """Every interval over a grid of images, rates and correlations."""
    names = ("as reported", "Wilson", "images ignored")
    print(f"share of {runs} simulations whose 95% interval holds the true rate")
    print(f"{'images':>7} {'rate':>5} {'correlation':>11}  " + "  ".join(f"{name:>14}" for name in names))
    found: list[Floats] = []
    for images, rate, rho in product((20, 60, 200, 600), (0.03, 0.1, 0.4, 0.9), (0.05, 0.2, 0.5)):
        rng = np.random.default_rng([images, round(100 * rate), round(100 * rho)])
        covered = np.zeros(len(names))
        for seed in range(runs):
            hits_C, trials_C = clustered(rng, rate, rho, images)
            naive = wilson_ends(float(hits_C.sum() / trials_C.sum()), float(trials_C.sum()))
            ends = [
                _ends(rate_interval(hits_C, trials_C, seed=seed)),
                _ends(wilson_interval(hits_C, trials_C)),
                naive,
            ]
            covered += [low <= rate <= high for low, high in ends]
        found.append(covered / runs)
        print(
            f"{images:>7} {rate:>5} {rho:>11}  " + "  ".join(f"{share:>14.1%}" for share in found[-1]),
            flush=True,
        )
    for name, shares in zip(names, np.array(found).T, strict=True):
        inside = float(((shares >= 0.93) & (shares <= 0.97)).mean())
        print(
            f"{name}: {shares.min():.1%} to {shares.max():.1%}, mean {shares.mean():.1%}; {inside:.0%} in 93 to 97%"
        )
    _others(runs)


def _others(runs: int) -> None:
    difference = corrections = anytime = 0
    rng = np.random.default_rng(5)
    for seed in range(runs):
        hard_C = rng.beta(0.6, 1.4, 200)
        trials_C = np.full(200, 6.0)
        first = rng.binomial(6, 0.2 + 0.8 * hard_C).astype(float)
        second = rng.binomial(6, hard_C).astype(float)
        compared = compare_rates((first, trials_C), (second, trials_C), seed=seed)
        assert compared is not None
        difference += compared.difference.low <= 0.2 * 0.7 <= compared.difference.high
        corrections += _corrected_covers(rng)
        low, high = anytime_interval((rng.binomial(4, rng.beta(0.6, 1.4, 60)) / 4).tolist())
        anytime += low <= 0.3 <= high
    print(f"difference of two rates, paired by image: {difference / runs:.1%}")
    verifier = "a verifier that finds 85% and clears 93%, measured on 200 answers each"
    print(f"rate corrected for {verifier}: {corrections / runs:.1%}")
    print(f"interval that holds at all times at once, 60 images: {anytime / runs:.1%}")


def _corrected_covers(rng: np.random.Generator) -> bool:
    true, finds, clears = 0.2, 0.85, 0.93
    rate_C = rng.beta(2 * true, 2 * (1 - true), 150)
    wrong_C = rng.binomial(6, rate_C)
    seen_C = rng.binomial(wrong_C, finds) + rng.binomial(6 - wrong_C, 1 - clears)
    raw = wilson_interval(seen_C.astype(float), np.full(150, 6.0))
    assert raw is not None
    found = corrected(raw, Accuracy(_measured(rng, clears), _measured(rng, finds), None)).corrected
    return found is not None and found.low <= true <= found.high


def _measured(rng: np.random.Generator, share: float) -> Rate:
    hits_C = (rng.random(200) < share).astype(float)
    found = wilson_interval(hits_C, np.ones(200))
    assert found is not None
    return Rate(found, found)


def _ends(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


# ---- discoveries -----------------------------------------------------------------------------------------

PAIR = Planted(("counting", "occlusion"))
CASES: dict[str, tuple[Planted, ...]] = {
    "nothing": (),
    "a pair": (PAIR,),
    "a faint skill (40%)": (Planted(("viewpoint",), 0.4),),
    "a pair in a faint skill": (Planted(("counting",), 0.4), PAIR),
    "one, two and three skills": (
        Planted(("viewpoint",), 0.4),
        PAIR,
        Planted(("colour", "size", "left_right")),
    ),
    "conditions": (
        Planted(("counting", "occlusion", "count>=2")),
        Planted(("viewpoint", "family=animal"), 0.6),
        Planted(("material",), 0.4),
    ),
}


def discoveries(runs: int) -> None:
    """Modes of 3,000 probes on 300 images whose failure rates differ by up to 3 points."""
    print(f"{runs} simulations of 3,000 probes each, with conditions, q = 0.05")
    print(f"{'planted':>26}  {'found':>7}  {'false share of the list':>23}  {'runs with a false mode':>22}")
    for name, planted in CASES.items():
        true = {frozenset(spot.features) for spot in planted}
        hit, false_share, any_false = 0, 0.0, 0
        for seed in range(runs):
            modes = find_modes(table(3000, planted, seed=seed, spread=0.03, conditions=nested_conditions))
            false = [mode for mode in modes if not any(mode.means(spot) for spot in true)]
            hit += sum(any(mode.means(spot) for mode in modes) for spot in true)
            false_share += len(false) / max(1, len(modes))
            any_false += bool(false)
        recall = f"{hit / (runs * len(true)):.1%}" if true else "–"
        print(f"{name:>26}  {recall:>7}  {false_share / runs:>23.1%}  {any_false / runs:>22.1%}", flush=True)


# ---- sequential ------------------------------------------------------------------------------------------


def sequential(runs: int) -> None:
    """Five claims, looked at after each of 200 images of three questions."""
    print(f"{runs} simulations, five claims with threshold 0.2, looked at after each of 200 images")
    for rate in (0.2, 0.15, 0.03):
        wrong = naive = 0
        for seed in range(runs):
            rng = np.random.default_rng([seed, round(100 * rate)])
            seen_KC = _shares(rng, rate, (5, 200))
            confirmation = Confirmation([Claim(f"{n}", 0.2, 0.5) for n in range(5)])
            wrong += any(
                confirmation.observe(n, share) == "confirmed" for n in range(5) for share in seen_KC[n]
            )
            naive += any(_ever_above(seen_KC[n], 0.2) for n in range(5))
        told = f"a claim falsely confirmed {wrong / runs:.1%}; with a 95% interval at each look {naive / runs:.1%}"
        print(f"true rate {rate}: {told}", flush=True)
    _speed(
        "its rate above 0.15",
        lambda rng, rate: float(_shares(rng, rate, (1,))[0]),
        0.15,
        (0.9, 0.6, 0.4, 0.03),
    )
    _speed("more than its part (3%)", _paired, EVEN, (0.9, 0.6, 0.4, 0.03))


def _paired(rng: np.random.Generator, rate: float) -> float:
    return beside(float(_shares(rng, rate, (1,))[0]), float(_shares(rng, 0.03, (1,))[0]))


def _shares(rng: np.random.Generator, rate: float, shape: Sequence[int]) -> Floats:
    """Failed of three questions, correlation 0.2."""
    return rng.binomial(3, rng.beta(4 * rate, 4 * (1 - rate), shape)) / 3.0


def _ever_above(shares: Floats, threshold: float) -> bool:
    """Would somebody who looks at a 95% interval of all questions after each image ever call the rate higher?"""
    means = np.cumsum(shares) / np.arange(1, len(shares) + 1)
    return any(wilson_ends(float(means[n]), 3.0 * (n + 1))[0] > threshold for n in range(9, len(shares)))


def _speed(
    what: str, draw: Callable[[np.random.Generator, float], float], threshold: float, rates: Sequence[float]
) -> None:
    for rate in rates:
        images: list[int] = []
        states: list[str] = []
        for seed in range(100):
            rng = np.random.default_rng([seed, 7])
            confirmation = Confirmation([Claim(f"{n}", threshold, 0.5) for n in range(5)])
            while confirmation.standings()[0].images < MOST_IMAGES:
                if confirmation.observe(0, draw(rng, rate)) != "undecided":
                    break
            standing = confirmation.standings()[0]
            images.append(standing.images)
            states.append(standing.state)
        shares = ", ".join(f"{name} {states.count(name)}%" for name in ("confirmed", "refuted", "undecided"))
        print(
            f"one of five claims, {what}, true rate {rate}: {shares}; images: mean {np.mean(images):.0f}",
            flush=True,
        )


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = {"coverage": (coverage, 800), "discoveries": (discoveries, 120), "sequential": (sequential, 200)}
    parser.add_argument("part", choices=parts)
    parser.add_argument("--runs", type=int, help="simulations of each case")
    given = parser.parse_args()
    run, runs = parts[given.part]
    began_s = time.perf_counter()
    run(given.runs or runs)
    print(f"{time.perf_counter() - began_s:.0f} s")


if __name__ == "__main__":
    main()
