"""Near-duplicates: whoever is kept is far from the others kept, whoever is not is near what stands for it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scotoma.novelty.embed import HashedEmbedder
from scotoma.taxonomy.dedup import NEAR, deduplicate


def unit(seed: int, size: int, dimensions: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(size, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(st.integers(0, 10_000), st.integers(0, 40), st.integers(1, 4), st.sampled_from([0.5, 0.9, 0.99]))
def test_kept_ones_are_apart_and_the_others_near(seed: int, size: int, dimensions: int, near: float) -> None:
    vectors = unit(seed, size, dimensions)
    owner = deduplicate(vectors, near)
    cosines = vectors @ vectors.T
    kept = [at for at in range(size) if owner[at] == at]
    for at in range(size):
        assert owner[owner[at]] == owner[at]
        assert owner[at] <= at
        if owner[at] != at:
            assert cosines[at, owner[at]] >= near - 1e-6
    assert all(cosines[one, other] < near + 1e-6 for one in kept for other in kept if one < other)


def test_blocks_make_no_difference() -> None:
    vectors = unit(3, 1500, 3)
    owner = deduplicate(vectors, 0.95)
    kept: list[int] = []
    for at, row in enumerate(vectors):
        cosines = vectors[kept] @ row if kept else np.zeros(0)
        if not kept or cosines.max() < 0.95:
            kept.append(at)
            assert owner[at] == at
        else:
            assert owner[at] == kept[int(cosines.argmax())]
    assert 10 < len(kept) < 1000


def test_equal_texts_are_one_and_the_first_stands_for_them() -> None:
    vectors = HashedEmbedder().embed(["count objects", "read signs", "count objects"])
    assert deduplicate(vectors, NEAR).tolist() == [0, 1, 0]
    assert deduplicate(vectors[:0]).tolist() == []
