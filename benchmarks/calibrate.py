"""`scotoma calibrate` against a judge behind HTTP that errs at known rates -> does it find them, within its intervals?

    python benchmarks/calibrate.py

The judge knows the truth of the scenes and says the opposite now and then: see `SceneJudge` in tests/judges.py. Ends
with an error if an injected rate lies outside an interval. Taking wrong for right is of comparisons alone: "yes" beside
"no" and two different numbers need none, so that there the verifier may do better than the model behind it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from scotoma.cli import main as scotoma

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from fakes import scene_folder
from judge_server import serving

RATES = {
    "calls_valid_invalid": 0.07,
    "calls_invalid_valid": 0.07,
    "answers_wrongly": 0.12,
    "takes_wrong_for_right": 0.12,
}
FOUND_IN = {
    "calls_valid_invalid": ("validity", "sensitivity"),
    "calls_invalid_valid": ("validity", "specificity"),
    "answers_wrongly": ("correctness", "sensitivity"),
    "takes_wrong_for_right": ("correctness", "specificity"),
}


def main() -> None:
    """Calibrate and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    scenes = given.n // 4
    with tempfile.TemporaryDirectory() as name, serving(scenes, RATES) as server:
        folder, out = scene_folder(Path(name) / "scenes", scenes), Path(name) / "found.json"
        spec = f"openai:judge@http://127.0.0.1:{server.server_address[1]}/v1,max_side=64"
        arguments = [
            "--verifier",
            spec,
            "--images",
            str(folder),
            "--n",
            str(given.n),
            "--seed",
            str(given.seed),
        ]
        assert scotoma(["calibrate", *arguments, "--out", str(out)]) == 0
        figures = json.loads(out.read_text("utf-8"))["figures"]
    missed = []
    for error, (part, rate) in FOUND_IN.items():
        injected, found = 1.0 - RATES[error], figures[part][rate]
        for kind in ("bootstrap", "wilson"):
            low, high = found[kind]["low"], found[kind]["high"]
            told = f"{found[kind]['estimate']:.1%} [{low:.1%}-{high:.1%}]"
            print(f"{part:11} {rate:11} injected {injected:.1%}, {kind:9} {told}")
            settled_without = error == "takes_wrong_for_right"
            if injected > high or (injected < low and not settled_without):
                missed.append(error)
    assert not missed, missed


if __name__ == "__main__":
    main()
