"""Images a second of the tabletop renderer on one core, picture and truth and PNG included.

    python benchmarks/rendering.py            # 224 px, 200 images

Limit to hold: at least 8 images a second a core at 224 px.
"""

from __future__ import annotations

import argparse
import time

from scotoma.tabletop.farm import render_one


def main() -> None:
    """Time a stretch of the default stream after a warm-up."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for index in range(20):
        render_one(options.seed, index, options.size)
    wall, cpu = time.perf_counter(), time.process_time()
    objects = sum(
        len(render_one(options.seed, 20 + index, options.size).scene.objects) for index in range(options.n)
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{options.n} images of {options.size} px, {objects / options.n:.1f} objects each: "
        f"{options.n / wall:.1f} images/s of wall time, {options.n / cpu:.1f} images/s of one core"
    )


if __name__ == "__main__":
    main()
