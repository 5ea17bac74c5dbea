"""run folder or model directory -> a frozen questioner: what training left behind, asked like any other model."""

from __future__ import annotations

from pathlib import Path

from scotoma.errors import ModelError
from scotoma.images.source import ImageSource
from scotoma.models.local import load_local
from scotoma.questioners.static import StaticQuestioner

FINAL = Path("checkpoints") / "final"
"""Where a run keeps its trained questioner, a Hugging Face directory."""

MAX_NEW_TOKENS = 48


def weights_of(where: Path) -> Path:
    """The model directory that `where` means: a run's trained questioner, or `where` itself. Raises ModelError."""
    if (where / FINAL / "config.json").is_file():
        return where / FINAL
    if (where / "config.json").is_file():
        return where
    if not where.exists():
        raise ModelError(f"questioner {where} does not exist: name a run folder or a model directory")
    raise ModelError(f"{where} holds no trained questioner (no {FINAL}): train it to the end or name another folder")


def load_policy(
    where: Path,
    source: ImageSource,
    prompt: str,
    *,
    name: str | None = None,
    temperature: float = 1.0,
    max_new_tokens: int = MAX_NEW_TOKENS,
    batch_size: int = 64,
    dtype: str = "auto",
    device: str = "auto",
) -> StaticQuestioner:
    """Load a trained questioner for asking. Raises ModelError."""
    label = name or str(where)
    model = load_local(
        label,
        weights_of(where),
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        batch_size=batch_size,
        dtype=dtype,
        device=device,
    )
    return StaticQuestioner(label, model, source, prompt)
