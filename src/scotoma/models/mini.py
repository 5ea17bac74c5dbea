"""role -> directory of the shipped mini model."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

from scotoma.errors import AssetError
from scotoma.specs import MiniKind

MINI_KINDS: dict[MiniKind, str] = {
    "half": "sees pictures at half the resolution",
    "unread": "was never taught to read signs",
}
"""The candidates beside `mini`, and what sets each apart."""


def mini_path(role: Literal["candidate", "questioner"], kind: MiniKind = "") -> Path:
    """The Hugging Face directory of the mini model of this role and kind. Raises AssetError if it is not there."""
    name = f"{role}_{kind}" if kind else role
    path = Path(str(files("scotoma").joinpath("assets", f"mini_{name}")))
    if not (path / "config.json").is_file():
        raise AssetError(f"the mini {name} is missing from this installation ({path}): install scotoma again")
    return path
