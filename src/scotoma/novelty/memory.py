"""Questions of a step + memory of the run -> semantic and lexical novelty of each; score first, then
remember.

    semantic(q) = 1 - mean over the K nearest r of max(0, cos(q, r))
    lexical(q)  = 1 - mean over the K nearest r of BLEU(q; r)          (BLEU: mean over N = 2..5)

over the run's memory and the other questions of q's group; K = 16, fewer if there are fewer, and 1 if there
are none.
Nearest means by cosine: of the embedder for `semantic`, of hashed word n-grams for `lexical`.
Nearest neighbours as in DiveR-CT, scoring before remembering as in curiosity-driven red teaming.

Memory is a uniform sample of all that was remembered (Vitter's reservoir, algorithm R), so that it neither
grows nor forgets the beginning of the run. Remembering the same questions in the same order gives the same
memory.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scotoma.novelty.bleu import Grams, grams, pairwise_bleu
from scotoma.novelty.embed import Embedder, HashedEmbedder, Vectors

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Novelty:
    """Novelty of each question of each group, shape (P, G), 0 (seen often) to 1 (like nothing before)."""

    semantic_P_G: list[list[float]]
    lexical_P_G: list[list[float]]


class NoveltyMemory:
    """What the run has asked so far.

    capacity: questions kept.  nearest: K.  seed: of the reservoir.
    """

    def __init__(self, embedder: Embedder, *, capacity: int = 2000, nearest: int = 16, seed: int = 0) -> None:
        self._embedder = embedder
        self._lexical_embedder = HashedEmbedder(max_order=3)
        self._capacity = capacity
        self._nearest = nearest
        self._random = random.Random(seed)
        self._offered = 0
        self._size = 0
        self._semantic: Vectors = np.zeros((capacity, embedder.dimensions), dtype=np.float32)
        self._lexical: Vectors = np.zeros((capacity, self._lexical_embedder.dimensions), dtype=np.float32)
        self._grams: list[Grams] = []

    def __len__(self) -> int:
        return self._size

    def score(self, questions_P_G: Sequence[Sequence[str]]) -> Novelty:
        """Novelty of every question against memory and its siblings; memory is left as it is."""
        sizes = [len(group) for group in questions_P_G]
        flat = [question for group in questions_P_G for question in group]
        if not flat:
            return Novelty([[] for _ in sizes], [[] for _ in sizes])
        semantic = self._semantic_scores(flat, sizes)
        lexical = self._lexical_scores(flat, sizes)
        return Novelty(_grouped(semantic, sizes), _grouped(lexical, sizes))

    def remember(self, questions: Sequence[str]) -> None:
        """Offer questions to the memory, in order."""
        slots: dict[int, str] = {}
        for question in questions:
            slot = (
                self._offered if self._offered < self._capacity else self._random.randrange(self._offered + 1)
            )
            self._offered += 1
            if slot < self._capacity:
                slots[slot] = question
        # Only what stays is embedded: replaying a long run costs little.
        if not slots:
            return
        kept = list(slots.values())
        places = list(slots)
        self._semantic[places] = self._embedder.embed(kept)
        self._lexical[places] = self._lexical_embedder.embed(kept)
        new_size = max(self._size, max(places) + 1)
        empty = Grams((), 0)
        self._grams.extend([empty] * (new_size - self._size))
        for place, question in zip(places, kept, strict=True):
            self._grams[place] = grams(question)
        self._size = new_size

    def _semantic_scores(self, flat: Sequence[str], sizes: Sequence[int]) -> Scores:
        vectors = self._embedder.embed(flat)
        similarity = _similarities(vectors, self._semantic[: self._size], sizes)
        _, values = _top(similarity, self._nearest)
        known = np.isfinite(values)
        total = np.where(known, np.maximum(values, 0.0), 0.0).sum(axis=1)
        count = known.sum(axis=1)
        return np.where(count > 0, 1.0 - total / np.maximum(count, 1), 1.0).clip(0.0, 1.0)

    def _lexical_scores(self, flat: Sequence[str], sizes: Sequence[int]) -> Scores:
        vectors = self._lexical_embedder.embed(flat)
        similarity = _similarities(vectors, self._lexical[: self._size], sizes)
        places, values = _top(similarity, self._nearest)
        own = [grams(question) for question in flat]
        others = self._grams + own
        rows, columns = np.nonzero(np.isfinite(values))
        bleu = pairwise_bleu(
            [(own[row], others[places[row, column]]) for row, column in zip(rows, columns, strict=True)]
        )
        total = np.bincount(rows, weights=bleu, minlength=len(flat))
        count = np.bincount(rows, minlength=len(flat))
        return np.where(count > 0, 1.0 - total / np.maximum(count, 1), 1.0).clip(0.0, 1.0)


def _similarities(vectors: Vectors, memory: Vectors, sizes: Sequence[int]) -> Vectors:
    """(N, M + N): to memory, then to the questions of this step; -inf to oneself and to other groups."""
    siblings = vectors @ vectors.T
    group = np.repeat(np.arange(len(sizes)), sizes)
    apart = group[:, None] != group[None, :]
    siblings[apart | np.eye(len(vectors), dtype=bool)] = -np.inf
    return np.concatenate([vectors @ memory.T, siblings], axis=1)


def _top(similarity: Vectors, k: int) -> tuple[NDArray[np.intp], Vectors]:
    """(places, values) of the k largest of each row, unordered: (N, min(k, columns)) each."""
    k = min(k, similarity.shape[1])
    places = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    return places, np.take_along_axis(similarity, places, axis=1)


def _grouped(scores: Scores, sizes: Sequence[int]) -> list[list[float]]:
    ends = np.cumsum(sizes)
    return [part.tolist() for part in np.split(scores, ends[:-1])]
