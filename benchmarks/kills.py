"""kill -9 at 20 seeded moments of one run -> is the ledger that of an undisturbed run, and was anything paid for twice?

    python benchmarks/kills.py                                   # engines static and bandit, questioner behind a server
    python benchmarks/kills.py --engine bandit --questioner mini # the shipped questioner in the run's own process

The run goes through the command line, in a process of its own, and so does the server, which counts. What is asserted
stands in tests/killing.py: no stored call is made again, and a kill loses at most the calls that were under way, which
are no more than the concurrency. Ends with an error if anything does not hold.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from fakes import scene_folder
from killing import CountingServer, KilledRun, Sitting, content, moments, stored_tags

IMAGES = 60


def killed(folder: Path, server: CountingServer, engine: str, given: argparse.Namespace) -> None:
    """A run beside one that is killed again and again."""
    arguments = ["--images", str(folder / "images"), "--engine", engine, "--seed", str(given.seed)]
    arguments += ["--candidate", server.spec("candidate", given.concurrency)]
    arguments += ["--questioner", given.questioner or server.spec("questioner", given.concurrency)]
    arguments += ["--steps", str(given.steps), "--eval-images", "8", "--set", "images_per_step=4"]
    whole, run = folder / f"whole-{engine}", folder / f"killed-{engine}"
    KilledRun(server, arguments, whole, given.concurrency).sit()
    calls = len(stored_tags(whole))
    sittings: list[Sitting] = []
    goes = KilledRun(server, arguments, run, given.concurrency)
    for moment in moments(random.Random(f"{engine}:{given.seed}"), calls, given.kills):
        sittings.append(goes.sit(moment))
        last = sittings[-1]
        told = f"{last.stored:5,} calls stored, {last.lost} under way, {last.steps} steps"
        print(f"{engine} kill {len(sittings):2}: {told}", flush=True)
        assert last.killed, "the run ended before it could be killed: take more steps"
    sittings.append(goes.sit())
    asked, lost = sum(sitting.asked for sitting in sittings), sum(sitting.lost for sitting in sittings)
    assert asked == calls + lost
    told, undisturbed = content(run), content(whole)
    for name, value in undisturbed.items():
        assert told[name] == value, f"{name} differ"
    most = max(sitting.lost for sitting in sittings)
    print(
        f"{engine}: {given.kills} kills; {len(told['probes']):,} probes, equal to those of the undisturbed run, and so "
        f"are images, calls, metrics and figures; the server was asked {asked:,} times for {calls:,} calls: {lost} "
        f"under way at a kill were asked again (at most {most} a kill, concurrency {given.concurrency}), no stored "
        "one was",
        flush=True,
    )


def main() -> None:
    """Kill, compare, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=["static", "bandit"], action="append", help="default: both")
    parser.add_argument("--questioner", help="SPEC; default: a model behind the same server")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=20, help="of 32 questions")
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--wait-ms", type=float, default=50.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name, CountingServer(wait_s=given.wait_ms / 1000) as server:
        folder = Path(name)
        scene_folder(folder / "images", IMAGES)
        for engine in given.engine or ["static", "bandit"]:
            killed(folder, server, engine, given)
    print(f"{(time.monotonic() - began_s) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
