"""SPEC of a model -> ChatModel, loaded or ready to be called."""

from __future__ import annotations

from scotoma.errors import SpecError
from scotoma.models.chat import ChatModel
from scotoma.models.local import load_local
from scotoma.specs import Compatible, HuggingFace


def open_model(spec: HuggingFace | Compatible, *, max_new_tokens: int, temperature: float = 0.0) -> ChatModel:
    """The model that a SPEC names. Raises ModelError, SpecError."""
    if isinstance(spec, Compatible):
        raise SpecError("openai: models cannot be called yet: name hf:DIR-OR-ID")
    return load_local(
        str(spec),
        spec.name,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        dtype=spec.dtype or "auto",
        device=spec.device or "auto",
    )
