"""Vectors -> which are near-duplicates of which. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scotoma.novelty.embed import Vectors

NEAR = 0.9
"""Cosine from which two texts are near-duplicates."""

_BLOCK = 512


def deduplicate(vectors_N: Vectors, near: float = NEAR) -> NDArray[np.intp]:
    """(N,): the index of the text that stands for each; a text that stands for itself has its own.

    vectors_N: (N, dimensions), rows of length 1, the texts that shall stand for others first.
    Greedy, in order: a text is kept unless one that was kept is at cosine >= near; then the nearest kept one stands for
    it. So no two kept texts are near-duplicates, and every other one is near what stands for it. Memory: a block of
    rows against the kept ones.
    """
    owner_N = np.arange(len(vectors_N))
    kept: list[int] = []
    for start in range(0, len(vectors_N), _BLOCK):
        block_B = vectors_N[start : start + _BLOCK]
        if kept:
            cosine_BK = block_B @ vectors_N[kept].T
            best_B, nearest_B = cosine_BK.max(axis=1), np.asarray(kept)[cosine_BK.argmax(axis=1)]
        else:
            best_B, nearest_B = np.full(len(block_B), -2.0), np.zeros(len(block_B), np.intp)
        within_BB = block_B @ block_B.T
        for at in range(len(block_B)):
            if best_B[at] >= near:
                owner_N[start + at] = nearest_B[at]
                continue
            kept.append(start + at)
            nearer = within_BB[at] > best_B
            best_B = np.where(nearer, within_BB[at], best_B)
            nearest_B = np.where(nearer, start + at, nearest_B)
    return owner_N
