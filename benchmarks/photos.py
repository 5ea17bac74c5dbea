"""a folder of photographs without any truth -> a run with scripted models behind HTTP, and its report.

    pip install scikit-image; apt-get install opencv-doc         # only for their pictures
    python benchmarks/photos.py --out runs/photos
    python benchmarks/photos.py --out runs/photos --engine feedback --pictures FOLDER

Questioner, candidate and judge are the scripts of tests/photos.py: what is shown is that such a run goes from end to
end, report included.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from scotoma.cli import main as scotoma

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from hostile import Server, answering
from photos import answered

OPENCV = Path("/usr/share/doc/opencv-doc/examples/data")
SUFFIXES = (".jpg", ".jpeg", ".png")


def folders() -> list[Path]:
    """Where scikit-image and opencv-doc keep their pictures."""
    found = find_spec("skimage")
    if found is None or found.origin is None or not OPENCV.is_dir():
        raise SystemExit(
            "pip install scikit-image and apt-get install opencv-doc, or name folders with --pictures"
        )
    return [Path(found.origin).parent / "data", OPENCV]


def main() -> None:
    """Gather, run, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="folder for the pictures and the run")
    parser.add_argument("--engine", choices=["static", "bandit", "feedback"], default="bandit")
    parser.add_argument(
        "--pictures", type=Path, action="append", help="folder; default: those of the two packages"
    )
    parser.add_argument("--steps", type=int, default=8, help="of 64 questions")
    given = parser.parse_args()
    photos = Path(given.out) / "photos"
    photos.mkdir(parents=True)
    with Server(answering(answered), keep=False) as server:
        for folder in given.pictures or folders():
            for path in sorted(folder.iterdir()):
                if path.suffix.lower() in SUFFIXES:
                    shutil.copyfile(path, photos / f"{folder.name}-{path.name}")
        arguments = ["--images", str(photos), "--engine", given.engine, "--steps", str(given.steps)]
        for role, model in (("candidate", "candidate"), ("questioner", "questioner"), ("verifier", "judge")):
            arguments += [f"--{role}", server.spec(model, concurrency=16, max_side=256)]
        code = scotoma(["discover", *arguments, "--eval-images", "20", "--out", str(photos.parent / "run")])
    raise SystemExit(code)


if __name__ == "__main__":
    main()
