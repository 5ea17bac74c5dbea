"""a run against a hostile server -> how its probes ended; with --kills, a run that is killed again and again.

    python benchmarks/hostile.py                        # 2,000 probes, 30% of all attempts meet a fault
    python benchmarks/hostile.py --kills 20             # kill -9 at 20 random moments, against an undisturbed run

Both end with an error if anything does not hold: every probe is scored or unscorable with its reason, no error is a
failure, the budget is not exceeded; the killed run's ledger equals the undisturbed one's, and no stored call is made
again.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from scotoma.config import DiscoverConfig, load_config
from scotoma.discovery import discover, resume
from scotoma.ledger import Ledger
from scotoma.records import Probe

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from fakes import scene_folder
from hostile import Asked, Server, answering, faulty

ANSWERS = ("yes", "no", "2", "red", "left")
RESUME = (
    "import sys; from pathlib import Path; from scotoma.discovery import resume; resume(Path(sys.argv[1]))"
)


def sensible(asked: Asked) -> str:
    """One of a few answers, always the same to the same request."""
    return ANSWERS[int(asked.digest[:8], 16) % len(ANSWERS)]


def probes(run_dir: Path) -> list[Probe]:
    """All probes of a run."""
    with Ledger.open(run_dir, readonly=True) as ledger:
        return list(ledger.probes())


def configured(folder: Path, name: str, candidate: str, **flags: Any) -> DiscoverConfig:
    """A run of the grammar's questions about scenes that need no renderer."""
    given = {"images": str(folder / "images"), "candidate": candidate, "engine": "random"}
    return load_config(flags={**given, "out": str(folder / name), "embedder": "hashed", **flags})


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


def killed(folder: Path, steps: int, kills: int, seed: int) -> None:
    """A run that is killed at random moments beside one that is not."""
    rng = random.Random(seed)
    concurrency = 8
    with Server(answering(sensible, wait_s=0.05)) as server:
        spec = server.spec(concurrency=concurrency)
        flags = {"steps": steps, "eval_images": 20}
        discover(configured(folder, "whole", spec, **flags))
        whole, server.finished = server.finished, Counter()
        config = configured(folder, "killed", spec, **flags)
        from scotoma.environment import environment

        Ledger.create(Path(config.out), config.model_dump(), environment({"seed": 0})).close()
        again = 0
        for number in range(kills):
            before, started = server.calls, time.monotonic()
            process = subprocess.Popen([sys.executable, "-c", RESUME, config.out])
            until = before + rng.randrange(1, max(2, 2 * len(whole) // kills))
            while server.calls < until and process.poll() is None and time.monotonic() - started < 120:
                time.sleep(0.002)
            time.sleep(rng.uniform(0.0, 0.1))
            if process.poll() is not None:
                break
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(0.2)
            with Ledger.open(Path(config.out), readonly=True) as ledger:
                lost = sum(server.finished.values()) - again - ledger.call_count()
            assert lost <= concurrency, f"{lost} finished calls were lost"
            again += lost
            print(
                f"kill {number + 1}: {ledger_calls(config.out):,} calls kept, {lost} were under way",
                flush=True,
            )
        resume(Path(config.out))
        assert sum(server.finished.values()) == len(whole) + again, "a stored call was made again"
    for one, other in zip(probes(folder / "killed"), probes(folder / "whole"), strict=True):
        assert (one.key, one.question, one.verdict, one.rewards, one.reward) == (
            other.key, other.question, other.verdict, other.rewards, other.reward,
        )  # fmt: skip
    print(f"equal to the undisturbed run: {len(probes(folder / 'whole')):,} probes, {len(whole):,} calls")


def ledger_calls(run_dir: str) -> int:
    """Calls that a run has kept."""
    with Ledger.open(Path(run_dir), readonly=True) as ledger:
        return ledger.call_count()


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30, help="of 64 questions")
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--stall-s", type=float, default=10.0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene_folder(folder / "images", 200)
        if given.kills:
            killed(folder, given.steps, given.kills, given.seed)
        else:
            hostile(folder, given.steps, given.share, given.stall_s)


if __name__ == "__main__":
    main()
