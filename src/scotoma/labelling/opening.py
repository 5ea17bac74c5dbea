"""labeller SPEC -> a labeller, its calls kept in a store."""

from __future__ import annotations

from scotoma.labelling.labels import Labeller
from scotoma.labelling.model import ModelLabeller
from scotoma.labelling.nearest import NearestLabeller
from scotoma.models.cached import CachedCalls
from scotoma.models.chat import ChatModel
from scotoma.models.opening import open_model
from scotoma.specs import CatalogueNames, parse_labeller

LABELLER_CALLS = "labeller"
"""Under what the ledger files the calls of a labeller."""

REPLY_TOKENS = 800
"""Longest reply of a labeller, tokens. Five phrases take 60; the families of a hundred skills, which the same model is
asked for, about 500."""


def open_labelling_model(spec: str, *, max_new_tokens: int = REPLY_TOKENS) -> ChatModel | None:
    """The model that a labeller's SPEC names, loaded or ready to be called; None for `catalogue`.

    Raises SpecError, ModelError.
    """
    parsed = parse_labeller(spec)
    if isinstance(parsed, CatalogueNames):
        return None
    return open_model(parsed, max_new_tokens=max_new_tokens, temperature=0.0)


def open_labeller(model: ChatModel | None, calls: CachedCalls, *, seed: int = 0) -> Labeller:
    """The labeller on such a model; without one, the catalogue. calls: keeps and counts the model's calls."""
    return NearestLabeller() if model is None else ModelLabeller(model, calls, seed=seed)
