"""reward and training settings -> what the trained questioner becomes: one short run for each setting changed.

    python benchmarks/ablation.py --steps 40 --eval-images 100 --seeds 0 --out runs/ablation

Prints a Markdown table, a row a run. A run that is there already is finished and read, not started again.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scotoma.analysis.figures import PhaseFigures
from scotoma.config import load_config
from scotoma.discovery import RunSummary, discover, resume

VARIANTS: dict[str, Mapping[str, Any]] = {
    "defaults": {},
    "w_mix = 0": {"w_mix": 0.0},
    "w_mix = 0.5": {"w_mix": 0.5},
    "w_mix = 6": {"w_mix": 6.0},
    "w_sem = 0, w_lex = 0": {"w_sem": 0.0, "w_lex": 0.0},
    "mix_right = 0": {"mix_right": 0.0},
    "mix_right = 1": {"mix_right": 1.0},
    "mix_half_life = none": {"mix_half_life": 1e12},
    "entropy_coef = 0": {"entropy_coef": 0.0},
    "kl_beta = 0": {"kl_beta": 0.0},
    "decay_share = 0": {"decay_share": 0.0},
    "scale_rewards = none": {"scale_rewards": "none"},
    "scale_rewards = normalize_then_sum": {"scale_rewards": "normalize_then_sum"},
    "failures alone": {"w_mix": 0.0, "w_sem": 0.0, "w_lex": 0.0, "entropy_coef": 0.0, "kl_beta": 0.0},
}


def run(out: Path, flags: Mapping[str, Any]) -> RunSummary:
    """The summary of a run, started or finished as needed."""
    return resume(out) if out.exists() else discover(load_config(flags={**flags, "out": str(out)}))


def row(name: str, figures: PhaseFigures | None, steps: int) -> str:
    """One line of the table."""
    assert figures is not None
    fdr, valid = figures.fdr_asked, figures.valid_share
    assert fdr is not None
    assert valid is not None
    interval = f"[{100 * fdr.low:.1f}-{100 * fdr.high:.1f}]"
    kinds = f"{figures.compositions} | {figures.mean_skills or 0.0:.2f}"
    return f"| {name} | {steps} | {valid.estimate:.1%} | {fdr.estimate:.1%} {interval} | {kinds} |"


def main() -> None:
    """Run every variant and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", default="tabletop:n=600,seed=11")
    parser.add_argument("--candidate", default="mini")
    parser.add_argument("--questioner", default="mini")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--eval-images", type=int, default=100)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"))
    options = parser.parse_args()
    print(
        "| setting | steps | valid | FDR over asked | compositions | mean skills |\n|---|---|---|---|---|---|",
        flush=True,
    )
    for seed in options.seeds:
        common = {
            "images": options.images,
            "candidate": options.candidate,
            "questioner": options.questioner,
            "steps": options.steps,
            "eval_images": options.eval_images,
            "seed": seed,
            "confirm_calls": 0,
        }
        for name in options.only:
            folder = options.out / f"{''.join(c if c.isalnum() else '-' for c in name)}-{seed}"
            summary = run(folder, {**common, **VARIANTS[name]})
            # The baselines are the same in every run of a seed.
            baselines = ("random", "untrained") if name == options.only[0] else ()
            for phase in baselines:
                print(row(f"{phase}, seed {seed}", summary.figures.phase(f"eval:{phase}"), 0), flush=True)
            print(row(f"{name}, seed {seed}", summary.figures.headline, summary.steps), flush=True)


if __name__ == "__main__":
    main()
