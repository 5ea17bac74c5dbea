"""run folder or model directory -> the weights of a trained questioner."""

from __future__ import annotations

from pathlib import Path

from scotoma.errors import ModelError

FINAL = Path("checkpoints") / "final"
"""Where a run keeps its trained questioner, a Hugging Face directory."""


def weights_of(where: Path) -> Path:
    """The model directory that `where` means: a run's trained questioner, or `where` itself. Raises
    ModelError."""
    if (where / FINAL / "config.json").is_file():
        return where / FINAL
    if (where / "config.json").is_file():
        return where
    if not where.exists():
        raise ModelError(f"questioner {where} does not exist: name a run folder or a model directory")
    raise ModelError(
        f"{where} holds no trained questioner (no {FINAL}): train it to the end or name another folder"
    )
