"""role -> directory of the shipped mini model."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

from scotoma.errors import AssetError


def mini_path(role: Literal["candidate", "questioner"]) -> Path:
    """The Hugging Face directory of the mini model of this role. Raises AssetError if it is not there."""
    path = Path(str(files("scotoma").joinpath("assets", f"mini_{role}")))
    if not (path / "config.json").is_file():
        raise AssetError(f"the mini {role} is missing from this installation ({path}): install scotoma again")
    return path
