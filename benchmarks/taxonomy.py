"""Does the taxonomy of 2,000 labelled questions take a minute, and does that of 100,000 fit into 8 GB?

    python benchmarks/taxonomy.py                   # 2,000, then 100,000, each in a process of its own
    python benchmarks/taxonomy.py --questions 5000

Questions are labelled as a model labels them: three to five phrases each, of 139 skills said in seven ways, so that
near-duplicates, combinations that are asked once and clusters are all there. "ready" is what is loaded before: the
embedder, and BERTopic with what numba compiles at the first call, on 200 other questions. NMI is the normalised mutual
information of the clusters and the leading skill of each question, the one that everything else in it was drawn around:
1 if they are the same, 0 if they have nothing to do with each other. It is measured after the clock has stopped, and
not for more than 5,000 questions.

Ends with an error if a limit is broken: 60 seconds for 2,000 questions, 8 GB for 100,000.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import subprocess
import sys
import time

from scotoma.labelling import load_catalogue
from scotoma.novelty.embed import MiniLmEmbedder
from scotoma.taxonomy import Asked, Taxonomy, build
from scotoma.taxonomy.primitives import combinations_of
from scotoma.taxonomy.topics import cluster

LIMIT_S, LIMIT_GB = 60.0, 8.0
SIZES = (2_000, 100_000)
WAYS = (
    "{}",
    "{} of objects",
    "judging {}",
    "{} in a scene",
    "{} at a distance",
    "careful {}",
    "{} under clutter",
)


def main() -> None:
    """Run one size, or all of them in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.questions is None:
        for size in SIZES:
            command = [sys.executable, __file__, "--questions", str(size), "--seed", str(given.seed)]
            subprocess.run(command, check=True)
        return
    measure(given.questions, given.seed)


def measure(size: int, seed: int) -> None:
    """Build the taxonomy of so many questions, and print what it took."""
    embedder = MiniLmEmbedder()
    start_s = time.monotonic()
    built(labelled(200, seed + 1)[0], seed, embedder)
    ready_s, start_s = time.monotonic() - start_s, time.monotonic()
    asked, leading = labelled(size, seed)
    made_s, start_s, cpu_s = time.monotonic() - start_s, time.monotonic(), time.process_time()
    taxonomy = built(asked, seed, embedder)
    took_s, cpu_s = time.monotonic() - start_s, time.process_time() - cpu_s
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{size:,} questions on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(
        f"  ready {ready_s:.1f} s, questions made {made_s:.1f} s, taxonomy {took_s:.1f} s ({cpu_s:.1f} s of CPU)"
    )
    agreement = f", NMI {nmi(asked, leading, seed, embedder):.2f}" if size <= 5000 else ""
    print(f"  peak memory {peak_gb:.2f} GB{agreement}")
    print(f"  {taxonomy.stages}")
    for line in taxonomy.told:
        print(f"  note: {line}")
    assert size > SIZES[0] or took_s <= LIMIT_S, f"{took_s:.0f} s"
    assert peak_gb <= LIMIT_GB, f"{peak_gb:.1f} GB"


def built(asked: list[Asked], seed: int, embedder: MiniLmEmbedder) -> Taxonomy:
    """The taxonomy, offline."""
    return asyncio.run(build(asked, seed=seed, embedder=embedder))


def labelled(size: int, seed: int) -> tuple[list[Asked], list[str]]:
    """Questions, and the leading skill of each."""
    rng = random.Random(seed)
    names = [skill.name for skill in load_catalogue().skills.values()]
    heads, beside = names[:60], names[60:]
    leading = []
    asked = []
    for number in range(size):
        head = rng.choice(heads)
        others = rng.sample(beside, rng.randint(1, 3))
        # Said in two ways, the leading skill outweighs what stands beside it.
        first, second = rng.sample(WAYS, 2)
        skills = (
            first.format(head),
            second.format(head),
            *(rng.choice(WAYS).format(name) for name in others),
        )
        leading.append(head)
        failed = rng.random() < (0.8 if heads.index(head) < 5 else 0.1)
        asked.append(Asked("made up", f"image {number // 4}", f"question {number}", skills, failed))
    return asked, leading


def nmi(asked: list[Asked], leading: list[str], seed: int, embedder: MiniLmEmbedder) -> float:
    """Of the clusters and the leading skills."""
    from sklearn.metrics import normalized_mutual_info_score

    found = combinations_of([one.skills for one in asked], load_catalogue(), embedder)
    cluster_Q = cluster(found, seed=seed).cluster_D[found.place_Q]
    return float(normalized_mutual_info_score(leading, cluster_Q))


if __name__ == "__main__":
    main()
