"""Vectors of questions -> how many different ones they amount to: the Vendi score. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scotoma.novelty.embed import Vectors


def vendi_score(vectors: Vectors) -> float | None:
    """The effective number of different texts, 1 (all alike) to n (each like no other); None without any.

    vectors: (n, dimensions), rows of length 1; rows of zeros (texts without words) are left out.

    exp(-sum_i l_i log l_i), where l_i are the eigenvalues of K / n and K, (n, n), is the cosine similarity: the
    exponential of the von Neumann entropy. Friedman & Dieng 2023, "The Vendi Score: A Diversity Evaluation Metric for
    Machine Learning", TMLR. The score grows with n: only figures over equally many texts compare.
    """
    rows: NDArray[np.float64] = np.asarray(vectors, np.float64)
    rows = rows[np.linalg.norm(rows, axis=1) > 0.0]
    if not len(rows):
        return None
    # The eigenvalues of V V' / n are the squares of the singular values of V / sqrt(n), and never negative.
    shares = np.square(np.linalg.svd(rows, compute_uv=False)) / len(rows)
    shares = shares[shares > 0.0]
    entropy = float(-(shares * np.log(shares)).sum())
    return float(np.exp(max(0.0, entropy)))
