"""run/checkpoints/ -> the last whole checkpoint, and the trained questioner.

A kill can strike while a checkpoint is written. A checkpoint counts only once it holds the mark that is
written last.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from scotoma.models.pixels import uncached

_WHOLE = "whole"
_NAME = re.compile(r"checkpoint-([0-9]+)")


def mark_whole(checkpoint: Path) -> None:
    """Say that everything of a checkpoint has been written."""
    (checkpoint / _WHOLE).touch()


def last_whole(checkpoints: Path) -> tuple[int, Path] | None:
    """(step, folder) of the last whole checkpoint, or None. Broken ones are deleted."""
    whole: dict[int, Path] = {}
    for folder in checkpoints.glob("checkpoint-*"):
        match = _NAME.fullmatch(folder.name)
        if match is None:
            continue
        if (folder / _WHOLE).exists():
            whole[int(match[1])] = folder
        else:
            shutil.rmtree(folder)
    step = max(whole, default=None)
    return None if step is None else (step, whole[step])


def save_final(model: Any, processor: Any, folder: Path) -> None:
    """Write a trained questioner as a Hugging Face directory in half precision, whole or not at all.

    An adapter is merged into its base first, so that the directory loads like any other model.
    """
    import torch

    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    partial = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    half = {name: _half(tensor, torch.float16) for name, tensor in model.state_dict().items()}
    model.save_pretrained(partial, state_dict=half)
    uncached(processor).save_pretrained(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def _half(tensor: Any, dtype: Any) -> Any:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
