"""five planted blind spots, scenes without pictures -> after how many questions the bandit has found each.

    python benchmarks/bandit.py            # three seeds of 2,048 questions; and what the report of a random run names

The grammar asks, so that nothing is measured but the choice of skills.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from scotoma.analysis.summary import summarise
from scotoma.config import load_config
from scotoma.discovery import discover
from scotoma.ledger import Ledger
from scotoma.questioners.bandit import Bandit
from scotoma.questioners.evidence import Arm, arm_of
from scotoma.records import Probe

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from fakes import scene_folder

SPOTS: tuple[Arm, ...] = tuple(
    map(
        arm_of,
        [
            ("comparison",),
            ("colour", "viewpoint"),
            ("material", "between"),
            ("counting", "occlusion"),
            ("existence", "size", "front_behind"),
        ],
    )
)
SUPPORT = 20


def probes_of(folder: Path, engine: str, seed: int, steps: int) -> list[Probe]:
    """The questions of one run, 64 a step."""
    out = folder / f"{engine}-{seed}"
    asked = {
        "images": str(folder / "images"),
        "candidate": f"planted:{folder / 'spots.toml'}",
        "out": str(out),
    }
    asked |= {"engine": engine, "questioner": "random"} if engine == "bandit" else {"engine": engine}
    discover(load_config(flags={**asked, "steps": steps, "seed": seed, "eval_images": 0, "confirm_calls": 0}))
    with Ledger.open(out, readonly=True) as ledger:
        return list(ledger.probes("train"))


def found_after(probes: Sequence[Probe]) -> dict[Arm, int]:
    """Questions after which the bandit holds an arm for found, and went on to do so."""
    bandit, asked = Bandit(SUPPORT), 0
    found: dict[Arm, int] = {}
    for _, step in groupby(probes, key=lambda probe: probe.step):
        members = list(step)
        asked += len(members)
        bandit.learn(members)
        now = bandit.standing.found
        found = {arm: found.get(arm, asked) for arm in now}
    return found


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene_folder(folder / "images", 400)
        spots = "".join(
            f"[[blind_spot]]\nskills = {json.dumps(list(arm))}\nfailure_rate = 0.9\n" for arm in SPOTS
        )
        (folder / "spots.toml").write_text(f'name = "five spots"\naccuracy = 0.97\n{spots}')
        for seed in range(given.seeds):
            began_s = time.monotonic()
            found = found_after(probes_of(folder, "bandit", seed, given.steps))
            told = "; ".join(f"{' + '.join(arm)} {found.get(arm, 'not')}" for arm in SPOTS)
            others = [" + ".join(arm) for arm in found if arm not in SPOTS]
            print(f"seed {seed}: found after: {told}; others: {others}", flush=True)
            probes = probes_of(folder, "random", seed, given.steps)
            named = [row.discovered.skills for row in summarise(probes, seed=seed).combinations]
            valid = sum(probe.verdict.valid is True for probe in probes)
            print(
                f"seed {seed}: random: {sum(arm in named for arm in SPOTS)} of 5 named by the report, {len(named)} in "
                f"all, {valid:,} of {len(probes):,} questions valid; {time.monotonic() - began_s:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
