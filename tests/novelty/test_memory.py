"""Novelty against memory and siblings; the memory itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.novelty.embed import HashedEmbedder
from scotoma.novelty.memory import NoveltyMemory

A = "is there a red cube left of the cat"
B = "how many signs do you see on the table"
C = "what is the colour of the large chair"
texts = st.lists(st.sampled_from("is the red cube left of a blue cat".split()), max_size=8).map(" ".join)


def memory(**options: int) -> NoveltyMemory:
    return NoveltyMemory(HashedEmbedder(), **options)


def test_first_question_of_a_run_is_wholly_new() -> None:
    novelty = memory().score([[A]])
    assert novelty.semantic_P_G == [[1.0]]
    assert novelty.lexical_P_G == [[1.0]]


def test_scoring_does_not_remember() -> None:
    seen = memory()
    assert seen.score([[A]]) == seen.score([[A]])
    assert len(seen) == 0


def test_what_was_asked_before_is_not_new() -> None:
    seen = memory()
    seen.remember([A])
    novelty = seen.score([[A], [B]])
    assert novelty.semantic_P_G[0] == pytest.approx([0.0], abs=1e-6)
    assert novelty.lexical_P_G[0] == pytest.approx([0.0], abs=1e-6)
    assert novelty.semantic_P_G[1][0] > 0.7
    assert novelty.lexical_P_G[1][0] > 0.9


def test_siblings_count_and_other_groups_do_not() -> None:
    together = memory().score([[A, A], [B]])
    apart = memory().score([[A], [A], [B]])
    assert together.semantic_P_G[0] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert together.lexical_P_G[0] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert apart.semantic_P_G == [[1.0], [1.0], [1.0]]


def test_only_the_nearest_count() -> None:
    seen = memory(nearest=2)
    seen.remember([A, A, B, C, B, C])
    assert seen.score([[A]]).semantic_P_G[0] == pytest.approx([0.0], abs=1e-6)
    wide = memory(nearest=6)
    wide.remember([A, A, B, C, B, C])
    assert wide.score([[A]]).semantic_P_G[0][0] > 0.4


def test_a_text_without_words_and_no_text_at_all() -> None:
    seen = memory()
    seen.remember([A])
    novelty = seen.score([["", "?!"], []])
    assert novelty.semantic_P_G[0] == [1.0, 1.0]
    assert novelty.semantic_P_G[1] == []
    assert seen.score([]).lexical_P_G == []


@given(st.lists(st.lists(texts, max_size=4), max_size=4), st.lists(texts, max_size=10))
def test_scores_are_shares(groups: list[list[str]], before: list[str]) -> None:
    seen = memory(capacity=4)
    seen.remember(before)
    novelty = seen.score(groups)
    for scores_P_G in (novelty.semantic_P_G, novelty.lexical_P_G):
        assert [len(scores) for scores in scores_P_G] == [len(group) for group in groups]
        assert all(0.0 <= score <= 1.0 for scores in scores_P_G for score in scores)


@given(st.lists(texts, max_size=60), st.integers(1, 59))
def test_remembering_in_parts_is_remembering_at_once(asked: list[str], cut: int) -> None:
    at_once, in_parts = memory(capacity=8, seed=3), memory(capacity=8, seed=3)
    at_once.remember(asked)
    in_parts.remember(asked[:cut])
    in_parts.remember(asked[cut:])
    assert len(at_once) == len(in_parts) == min(8, len(asked))
    assert at_once.score([[A, B, C]]) == in_parts.score([[A, B, C]])


def test_memory_is_a_uniform_sample_of_the_run() -> None:
    kept = np.zeros(40)
    for seed in range(300):
        seen = memory(capacity=10, nearest=1, seed=seed)
        seen.remember([f"word{index}" for index in range(40)])
        novelty = seen.score([[f"word{index}"] for index in range(40)])
        kept += [scores[0] < 0.5 for scores in novelty.semantic_P_G]
    # Each of the 40 stays with probability 1/4: 75 of 300, standard deviation 7.5.
    assert kept.sum() == pytest.approx(300 * 10, abs=60)  # hashed words may share a bucket
    assert kept.min() > 75 - 4.5 * 7.5
    assert kept.max() < 75 + 4.5 * 7.5
