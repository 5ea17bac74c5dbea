"""a run against a hostile server -> how its probes ended.

    python benchmarks/hostile.py                        # 2,000 probes, 30% of all attempts meet a fault

Ends with an error if anything does not hold: every probe is scored or unscorable with its reason, no error is a
failure, the budget is not exceeded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from scotoma.config import DiscoverConfig, load_config
from scotoma.discovery import discover
from scotoma.ledger import Ledger

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from fakes import scene_folder
from hostile import Server, faulty
from http_runs import sensible
from runs import probes


def configured(folder: Path, name: str, candidate: str, **flags: Any) -> DiscoverConfig:
    """A run of the grammar's questions about scenes that need no renderer."""
    given = {"images": str(folder / "images"), "candidate": candidate, "engine": "random"}
    return load_config(
        flags={**given, "out": str(folder / name), "embedder": "hashed", "confirm_calls": 0, **flags}
    )


def hostile(folder: Path, steps: int, share: float, stall_s: float) -> None:
    """One run, and what came of it."""
    with Server(faulty(share, seed=1, answer=sensible, stall_s=stall_s), keep=False) as server:
        spec = server.spec(concurrency=64, timeout=2, price_in=1, price_out=1)
        limit = 64 * steps + 20 * 4
        began_s = time.monotonic()
        discover(configured(folder, "run", spec, steps=steps, eval_images=20, max_calls=limit))
        seconds = time.monotonic() - began_s
    made = probes(folder / "run")
    ends: Counter[str] = Counter()
    for probe in made:
        failed = probe.answer is not None and probe.answer.text is None
        assert not (failed and probe.verdict.failure), probe
        assert not probe.verdict.unscorable or probe.verdict.reason, probe
        assert not failed or (probe.answer and probe.answer.error), probe
        ends[
            "unscorable" if probe.verdict.unscorable else "invalid" if not probe.verdict.valid else "scored"
        ] += 1
    with Ledger.open(folder / "run", readonly=True) as ledger:
        spent = ledger.spent()
    assert server.calls <= spent.calls <= limit, (server.calls, spent.calls, limit)
    assert max(server.finished.values()) == 1
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(ends.items()))
    print(f"{len(made):,} probes in {seconds:.0f} s: {told}")
    print(f"{server.calls:,} requests came, {spent.calls:,} attempts counted, {limit:,} allowed")
    reasons = Counter(
        (probe.answer.error or "")[:60] for probe in made if probe.answer and not probe.answer.text
    )
    for reason, count in reasons.most_common():
        print(f"{count:6,}  {reason or 'empty answer'}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30, help="of 64 questions")
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--stall-s", type=float, default=10.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene_folder(folder / "images", 200)
        hostile(folder, given.steps, given.share, given.stall_s)


if __name__ == "__main__":
    main()
