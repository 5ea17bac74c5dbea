"""pyproject.toml -> constraints.txt: the versions that pip resolves to today, on a machine without a GPU.

Run by `make constraints`. Run `make check` afterwards, and commit the file with what it made necessary.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "2.13.0"
HEADER = f"""\
# The versions that were tested together. Rebuilt from pyproject.toml by: make constraints
# torch comes first and without a local version: the same line holds for the CPU and the CUDA build.
torch=={TORCH}
"""


def resolved() -> dict[str, str]:
    """Package -> version, as a fresh environment would get them; nothing is installed."""
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-",
        f"torch=={TORCH}+cpu", f"{ROOT}[dev,meshes]",
    ]  # fmt: skip
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    found = {entry["metadata"]["name"]: entry["metadata"]["version"] for entry in report["install"]}
    return {name: version for name, version in found.items() if name not in ("torch", "scotoma")}


def main() -> None:
    lines = sorted((f"{name}=={version}" for name, version in resolved().items()), key=str.lower)
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    print(f"constraints.txt: {len(lines) + 1} packages")


if __name__ == "__main__":
    main()
