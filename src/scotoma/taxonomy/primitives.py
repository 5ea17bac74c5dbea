"""Skills of questions -> combinations of primitives: skills in words, near-duplicates as one, with their vectors.

A primitive is a skill in words: the catalogue's name, or the phrase of a model. "count objects" and "counting of
objects" are near-duplicates, for which the one that is asked most often stands. A combination is the set of primitives
that a question needs. Its vector is the mean of theirs, those that every other question needs too weighing less:

    v(combination) = sum of log(1 + N / n(p)) v(p),  scaled to length 1

with n(p) of the N questions needing p (the weight of a term in BERTopic's c-TF-IDF, Grootendorst 2022). So each
primitive is embedded once, whatever the number of combinations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scotoma.labelling.catalogue import Catalogue
from scotoma.novelty.embed import Embedder, Vectors
from scotoma.taxonomy.dedup import deduplicate

_DECIMALS = 5
"""Vectors are rounded: batches of another size must not change the last bits, from which UMAP would take other ways."""


@dataclass(frozen=True, slots=True)
class Combinations:
    """The distinct combinations, and which questions ask for them.

    primitives_P: in words.  vectors_P: (P, dimensions).  merged: how many primitives were near-duplicates of others.
    sets_D:       indices of the primitives of each combination, sorted; the combinations are in a fixed order.
    vectors_D:    (D, dimensions).  place_Q: (questions,) the combination of each question.
    """

    primitives_P: tuple[str, ...]
    vectors_P: Vectors
    merged: int
    sets_D: tuple[tuple[int, ...], ...]
    vectors_D: Vectors
    place_Q: NDArray[np.intp]


def combinations_of(
    skills_Q: Sequence[tuple[str, ...]], catalogue: Catalogue, embedder: Embedder
) -> Combinations:
    """The combinations of the questions that need these skills; the same for any order of the questions.

    Raises ModelError if the embedder cannot be loaded.
    """
    words_Q = [tuple(catalogue.words_for(skill) for skill in skills) for skills in skills_Q]
    asked = Counter(word for words in words_Q for word in set(words))
    texts = sorted(asked, key=lambda word: (-asked[word], word))
    vectors_T = _rounded(embedder.embed(texts))
    owner_T = deduplicate(vectors_T)
    kept = sorted(set(owner_T.tolist()))
    place_of = {at: place for place, at in enumerate(kept)}
    primitive_of = {word: place_of[int(owner)] for word, owner in zip(texts, owner_T, strict=True)}
    set_Q = [tuple(sorted({primitive_of[word] for word in words})) for words in words_Q]
    sets = sorted(set(set_Q))
    place = {members: at for at, members in enumerate(sets)}
    vectors_P = vectors_T[kept]
    needing_P = np.bincount([at for members in set_Q for at in members], minlength=len(kept))
    weight_P = np.log1p(len(set_Q) / needing_P)
    return Combinations(
        primitives_P=tuple(texts[at] for at in kept),
        vectors_P=vectors_P,
        merged=len(texts) - len(kept),
        sets_D=tuple(sets),
        vectors_D=_means(sets, vectors_P, weight_P),
        place_Q=np.asarray([place[members] for members in set_Q], np.intp),
    )


def _means(sets_D: Sequence[tuple[int, ...]], vectors_P: Vectors, weight_P: NDArray[np.float64]) -> Vectors:
    """(D, dimensions): weighted means of primitives, of length 1."""
    sums_D = np.zeros((len(sets_D), vectors_P.shape[1]))
    weighted_P = vectors_P * weight_P[:, None]
    for row, members in zip(sums_D, sets_D, strict=True):
        row += weighted_P[list(members)].sum(axis=0)
    lengths_D = np.linalg.norm(sums_D, axis=1, keepdims=True)
    return _rounded(sums_D / np.maximum(lengths_D, 1e-12))


def _rounded(vectors: NDArray[np.floating]) -> Vectors:
    return np.round(vectors, _DECIMALS).astype(np.float32)
