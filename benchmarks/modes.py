"""a million simulated probes of 60 skills -> seconds, CPU seconds and peak memory of finding the failure modes.

python benchmarks/modes.py                    # 1,000,000 probes, 60 skills, 2,000 images, five planted modes
python benchmarks/modes.py --needed 6         # up to six skills a question
python benchmarks/modes.py --conditions 40    # and 40 conditions, about eight of them met by a question
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator

import numpy as np

from scotoma.analysis.features import ProbeTable, Row
from scotoma.analysis.mining import mine
from scotoma.analysis.modes import LARGEST, LEAST_SUPPORT, MOST_CONDITIONS, find_modes

IMAGES = 2000
BLOCK = 10_000


def planted(skills: int) -> list[tuple[set[str], float]]:
    """Five sets of one, two and three skills, one of them faint."""
    name = [f"skill {n:02d}" for n in range(skills)]
    return [
        ({name[3]}, 0.4),
        ({name[5], name[8]}, 0.9),
        ({name[11], name[20]}, 0.6),
        ({name[1], name[2], name[4]}, 0.9),
        ({name[30], name[31], name[32]}, 0.8),
    ]


def rows(probes: int, skills: int, needed: int, conditions: int, seed: int) -> Iterator[Row]:
    """Questions of 1 to `needed` skills, some far more frequent than others, whose failures cluster by image."""
    rng = np.random.default_rng(seed)
    names = np.array([f"skill {n:02d}" for n in range(skills)])
    met = np.array([f"condition {n:02d}" for n in range(conditions)])
    # Frequent skills are eight times as frequent as rare ones; Gumbel's trick draws without replacement.
    weight_F = np.log(np.linspace(8.0, 1.0, skills))
    hard_C = rng.normal(0.0, 0.02, IMAGES)
    spots = planted(skills)
    for begin in range(0, probes, BLOCK):
        count = min(BLOCK, probes - begin)
        order_PF = np.argsort(-(weight_F + rng.gumbel(size=(count, skills))), axis=1)[:, :needed]
        sizes = rng.integers(1, needed + 1, count)
        meets_PF = rng.random((count, conditions)) < 0.2
        places, dice = rng.integers(0, IMAGES, count), rng.random(count)
        for p in range(count):
            chosen = names[order_PF[p, : sizes[p]]].tolist()
            rate = max((rate for spot, rate in spots if spot <= set(chosen)), default=0.05)
            yield Row(
                chosen, met[meets_PF[p]].tolist(), bool(dice[p] < rate + hard_C[places[p]]), str(places[p])
            )


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--probes", type=int, default=1_000_000)
    parser.add_argument("--skills", type=int, default=60)
    parser.add_argument("--needed", type=int, default=5)
    parser.add_argument("--conditions", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.perf_counter(), time.process_time()
    table = ProbeTable.of_rows(rows(given.probes, given.skills, given.needed, given.conditions, given.seed))
    print(
        f"{len(table):,} probes of {len(table.has_DF):,} distinct sets of features: {_since(began)}",
        flush=True,
    )
    began = time.perf_counter(), time.process_time()
    mined = mine(table, least_support=LEAST_SUPPORT, largest=LARGEST, most_conditions=MOST_CONDITIONS)
    print(f"{len(mined) - 1:,} sets mined: {_since(began)}", flush=True)
    began = time.perf_counter(), time.process_time()
    modes = find_modes(table, seed=given.seed)
    print(f"{len(modes)} modes found, mining included: {_since(began)}")
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    spots = [spot for spot, _ in planted(given.skills)]
    named = [set(mode.features) for mode in modes]
    others = [name for name in named if name not in spots]
    print(f"planted {len(spots)}, named {sum(spot in named for spot in spots)}, others {others}")


def _since(began: tuple[float, float]) -> str:
    return f"{time.perf_counter() - began[0]:.1f} s, {time.process_time() - began[1]:.1f} s CPU"


if __name__ == "__main__":
    main()
