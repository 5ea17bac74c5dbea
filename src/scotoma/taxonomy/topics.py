"""Combinations of primitives -> clusters, by BERTopic: seeded UMAP, then HDBSCAN, then c-TF-IDF keywords.

Grootendorst, BERTopic: Neural topic modeling with a class-based TF-IDF procedure, arXiv 2203.05794, 2022. UMAP draws
from one seed and runs on one thread, so that the same combinations give the same clusters.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scotoma.errors import ModelError
from scotoma.novelty.embed import Vectors
from scotoma.taxonomy.primitives import Combinations

FEWEST = 30
"""Combinations below which nothing is clustered: UMAP's neighbourhoods would hold nearly all of them."""

LARGEST = 10_000
"""Combinations that are clustered, at most; the others join the cluster whose centre is nearest."""

KEYWORDS = 6

_NEIGHBOURS, _COMPONENTS = 10, 5
_SMALLEST_CLUSTER, _COMBINATIONS_PER_SIZE = 5, 200
"""A cluster holds at least 5 combinations, and one more for each 200 that are clustered."""

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Topics:
    """Clusters of combinations.

    cluster_D: (D,) of each combination, 0 .. K - 1.
    keywords_K: primitives, most telling first; () where nothing was modelled.
    sampled:   combinations that were clustered.  outliers: of those, the ones that HDBSCAN left over, which joined the
               nearest centre like the rest.
    told:      what was not done as planned, one line each.
    """

    cluster_D: NDArray[np.intp]
    keywords_K: tuple[tuple[str, ...], ...]
    sampled: int
    outliers: int
    told: tuple[str, ...]


def cluster(found: Combinations, *, seed: int, largest: int = LARGEST, fewest: int = FEWEST) -> Topics:
    """Clusters of the combinations; fewer than `fewest` stay apart, each a cluster of its own, and that is told.

    Raises ModelError if BERTopic is not installed.
    """
    size = len(found.sets_D)
    if size < fewest:
        told = f"only {size} combinations of skills, {fewest} are needed to cluster: each is told by itself"
        return _apart(size, told)
    sample = np.arange(size)
    told_lines: list[str] = []
    if size > largest:
        sample = np.sort(np.random.default_rng(seed).choice(size, largest, replace=False))
        told_lines.append(
            f"{largest:,} of {size:,} combinations were clustered, drawn by the seed; "
            "the others joined the nearest cluster"
        )
    cluster_S, keywords_K = _modelled(found, sample, seed)
    if not keywords_K:
        return _apart(size, f"BERTopic found no cluster among {size} combinations: each is told by itself")
    centres_K = _centres(found.vectors_D[sample], cluster_S, len(keywords_K))
    cluster_D = np.full(size, -1, np.intp)
    cluster_D[sample] = cluster_S
    outliers = int((cluster_S < 0).sum())
    open_ = np.flatnonzero(cluster_D < 0)
    for start in range(0, len(open_), _BLOCK):
        some = open_[start : start + _BLOCK]
        cluster_D[some] = (found.vectors_D[some] @ centres_K.T).argmax(axis=1)
    return Topics(cluster_D, keywords_K, len(sample), outliers, tuple(told_lines))


def _apart(size: int, told: str) -> Topics:
    return Topics(np.arange(size), ((),) * size, 0, 0, (told,))


def _modelled(
    found: Combinations, sample_S: NDArray[np.intp], seed: int
) -> tuple[NDArray[np.intp], tuple[tuple[str, ...], ...]]:
    """(S,) cluster of each, -1 where HDBSCAN leaves it over; and the keywords of each cluster."""
    model = _model(len(sample_S), seed)
    # A term is a whole primitive, by its number: "left and right" says more than "left", "and", "right".
    documents_S = [" ".join(f"p{at}" for at in found.sets_D[place]) for place in sample_S.tolist()]
    topics, _ = model.fit_transform(documents_S, found.vectors_D[sample_S])
    cluster_S = np.asarray(topics, np.intp)
    keywords_K = tuple(
        tuple(found.primitives_P[int(term[1:])] for term, _ in model.get_topic(topic) if term)[:KEYWORDS]
        for topic in range(int(cluster_S.max()) + 1)
    )
    return cluster_S, keywords_K


def _model(size: int, seed: int) -> Any:
    """BERTopic, set up. It takes seconds to import."""
    try:
        from bertopic import BERTopic
        from hdbscan import HDBSCAN
        from sklearn.feature_extraction.text import CountVectorizer
        from umap import UMAP
    except ImportError as error:
        raise ModelError(
            f"a taxonomy needs BERTopic, UMAP and HDBSCAN ({error}): pip install 'scotoma[taxonomy]'"
        ) from error
    logging.getLogger("BERTopic").setLevel(logging.WARNING)
    return BERTopic(
        umap_model=UMAP(
            n_neighbors=_NEIGHBOURS,
            n_components=_COMPONENTS,
            min_dist=0.0,
            metric="cosine",
            random_state=seed,
            n_jobs=1,
        ),
        hdbscan_model=HDBSCAN(
            min_cluster_size=_SMALLEST_CLUSTER + size // _COMBINATIONS_PER_SIZE,
            min_samples=1,
            cluster_selection_method="eom",
        ),
        vectorizer_model=CountVectorizer(token_pattern=r"p[0-9]+"),
        top_n_words=KEYWORDS,
        calculate_probabilities=False,
    )


def _centres(vectors_S: Vectors, cluster_S: NDArray[np.intp], clusters: int) -> Vectors:
    """(K, dimensions): mean vector of each cluster, of length 1."""
    centres_K = np.stack([vectors_S[cluster_S == topic].mean(axis=0) for topic in range(clusters)])
    lengths_K = np.linalg.norm(centres_K, axis=1, keepdims=True)
    scaled_K: Vectors = (centres_K / np.maximum(lengths_K, 1e-12)).astype(np.float32)
    return scaled_K
