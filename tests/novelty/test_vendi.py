"""The Vendi score: its ends, what it does not depend on, and the definition that it is computed around."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.novelty.embed import HashedEmbedder, Vectors
from scotoma.novelty.vendi import vendi_score

shapes = st.tuples(st.integers(1, 12), st.integers(1, 9), st.integers(0, 2**16))


def unit(shape: tuple[int, int, int]) -> Vectors:
    n, dimensions, seed = shape
    rows = np.random.default_rng(seed).normal(size=(n, dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_texts_that_are_alike_count_once_and_strangers_each() -> None:
    assert vendi_score(np.tile(unit((1, 5, 0)), (7, 1))) == pytest.approx(1.0, abs=1e-5)
    assert vendi_score(np.eye(6, dtype=np.float32)) == pytest.approx(6.0)
    two_of_each = np.repeat(np.eye(3, dtype=np.float32), 2, axis=0)
    assert vendi_score(two_of_each) == pytest.approx(3.0)


def test_without_a_text_there_is_no_score() -> None:
    assert vendi_score(np.zeros((0, 4), np.float32)) is None
    assert vendi_score(np.zeros((3, 4), np.float32)) is None


@given(shapes)
def test_it_is_the_entropy_of_the_eigenvalues(shape: tuple[int, int, int]) -> None:
    vectors = unit(shape)
    kernel = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    values = np.linalg.eigvalsh(kernel / len(vectors))
    values = values[values > 1e-12]
    score = vendi_score(vectors)
    assert score == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-4)
    assert 1.0 <= score <= min(shape[0], shape[1]) + 1e-4


@given(shapes)
def test_order_and_empty_texts_make_no_difference(shape: tuple[int, int, int]) -> None:
    vectors = unit(shape)
    more = np.concatenate([vectors[::-1], np.zeros((2, shape[1]), np.float32)])
    assert vendi_score(more) == pytest.approx(vendi_score(vectors), rel=1e-6)


def test_questions_of_one_template_are_less_varied_than_questions_of_several() -> None:
    embed = HashedEmbedder().embed
    alike = [f"What colour is the {name}?" for name in ("cup", "chair", "cone", "duck")]
    varied = ["What colour is the cup?", "How many chairs?", "Is it left of a cone?", "Read the sign."]
    assert (vendi_score(embed(alike)) or 0) + 1.0 < (vendi_score(embed(varied)) or 0)
