"""Embedders: unit rows, the same in every process, near for near texts."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from scotoma.errors import SpecError
from scotoma.novelty.embed import HashedEmbedder, embedder

TEXTS = ["Is there a red cube?", "Is there a red cone?", "What does the sign say?", "?"]


def test_hashed_rows_have_length_one_and_no_words_give_zero() -> None:
    lengths = np.linalg.norm(HashedEmbedder().embed(TEXTS), axis=1)
    assert lengths == pytest.approx([1.0, 1.0, 1.0, 0.0])


def test_hashed_is_nearer_for_shared_words() -> None:
    vectors = HashedEmbedder().embed(TEXTS)
    assert vectors[0] @ vectors[1] > 0.4 > vectors[0] @ vectors[2]


def test_hashed_is_the_same_in_another_process() -> None:
    code = (
        "from scotoma.novelty.embed import HashedEmbedder;"
        "print(HashedEmbedder(16).embed(['is there a red cube']).tolist())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(HashedEmbedder(16).embed(["is there a red cube"]).tolist())


def test_minilm_knows_synonyms_and_looks_up_what_it_knows() -> None:
    minilm = embedder("minilm")
    texts = [
        "Is there a rabbit on the table?",
        "Do you see a bunny on the table?",
        "What is written on the sign?",
    ]
    first = minilm.embed(texts)
    assert first.shape == (3, minilm.dimensions)
    assert first[0] @ first[1] > first[0] @ first[2] + 0.2
    assert np.array_equal(minilm.embed(texts[::-1]), first[::-1])
    assert minilm.embed([]).shape == (0, minilm.dimensions)


def test_unknown_embedder() -> None:
    with pytest.raises(SpecError, match="hashed, minilm"):
        embedder("word2vec")
