"""SPEC of a model -> ChatModel, loaded or ready to be called."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from scotoma.models.chat import ChatModel
from scotoma.models.local import load_local
from scotoma.models.mini import mini_path
from scotoma.specs import Compatible, HuggingFace, Mini


def open_model(
    spec: Mini | HuggingFace | Compatible,
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    batch_size: int = 64,
    name: str | None = None,
    mini: Literal["candidate", "questioner"] = "candidate",
) -> ChatModel:
    """The model that a SPEC names.

    batch_size: requests that a model in this process generates together; a server has its `concurrency`.
    name:       of the model, the SPEC by default; a server's model is always named after its address.
    mini:       which of the shipped models `mini` means.
    Raises ModelError (it cannot be loaded, or its key is missing), AssetError.
    """
    source: str | Path
    match spec:
        case Compatible():
            # What HTTP needs is loaded where a server is called.
            from scotoma.models.compatible import open_compatible

            return open_compatible(spec, max_new_tokens=max_new_tokens, temperature=temperature)
        case Mini(kind):
            source, dtype, device = mini_path(mini, kind), None, None
        case HuggingFace(identity, given_dtype, given_device):
            source, dtype, device = identity, given_dtype, given_device
    return load_local(
        name or str(spec),
        source,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        batch_size=batch_size,
        dtype=dtype or "auto",
        device=device or "auto",
    )
