"""Questions a second that the oracle reads and judges on one core; all different, nothing cached.

    python benchmarks/oracle.py               # 20,000 questions on 200 scenes

Limit to hold: at least 2,000 questions a second a core.
"""

from __future__ import annotations

import argparse
import random
import time

from scotoma.tabletop.asking import propose, propose_any
from scotoma.tabletop.farm import render_one
from scotoma.tabletop.language import write
from scotoma.tabletop.oracle import ask


def main() -> None:
    """Half valid questions, half drawn blindly from the grammar; time reading and judging together."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--questions", type=int, default=100, help="a scene")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    pairs = []
    for index in range(options.scenes):
        scene = render_one(options.seed, index, 64).scene
        for number in range(options.questions):
            program = propose(scene, rng) if number % 2 else propose_any(scene, rng)
            if program is not None:
                pairs.append((write(program, rng), scene))
    wall, cpu = time.perf_counter(), time.process_time()
    valid = sum(ask(question, scene).valid for question, scene in pairs)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{len(pairs)} questions ({len({question for question, _ in pairs})} different, {valid / len(pairs):.0%} "
        f"valid): {len(pairs) / wall:,.0f}/s of wall time, {len(pairs) / cpu:,.0f}/s of one core"
    )


if __name__ == "__main__":
    main()
