"""Skills in words, near-duplicates as one; combinations and their vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.labelling import load_catalogue
from scotoma.novelty.embed import HashedEmbedder, MiniLmEmbedder
from scotoma.taxonomy.primitives import combinations_of

CATALOGUE = load_catalogue()
SKILLS = ("counting", "colour", "left_right", "fur length", "mood of walls")


def test_near_duplicates_are_one_and_the_frequent_one_stands_for_them() -> None:
    skills = [("counting objects",)] * 3 + [("counting object",), ("counting objects", "colour")]
    found = combinations_of(skills, CATALOGUE, MiniLmEmbedder())
    assert found.primitives_P == ("counting objects", "colour")
    assert found.merged == 1
    assert found.sets_D == ((0,), (0, 1))
    assert found.place_Q.tolist() == [0, 0, 0, 0, 1]


def test_what_every_question_needs_weighs_least() -> None:
    skills = [("counting", "colour")] * 9 + [("left_right", "colour")]
    found = combinations_of(skills, CATALOGUE, HashedEmbedder())
    at = found.primitives_P.index("left and right")
    rare = next(place for place, members in enumerate(found.sets_D) if at in members)
    cosines = found.vectors_P @ found.vectors_D[rare]
    assert cosines[at] > cosines[found.primitives_P.index("colour")]


@given(
    st.lists(st.sets(st.sampled_from(SKILLS), min_size=1).map(tuple), min_size=1, max_size=20),
    st.randoms(use_true_random=False),
)
def test_the_order_of_questions_and_skills_makes_no_difference(
    skills: list[tuple[str, ...]], rng: object
) -> None:
    embedder = HashedEmbedder()
    found = combinations_of(skills, CATALOGUE, embedder)
    other = combinations_of([needed[::-1] for needed in reversed(skills)], CATALOGUE, embedder)
    assert other.primitives_P == found.primitives_P
    assert other.sets_D == found.sets_D
    assert np.array_equal(other.vectors_D, found.vectors_D)
    assert other.place_Q.tolist() == found.place_Q.tolist()[::-1]
    assert np.allclose(np.linalg.norm(found.vectors_D, axis=1), 1.0, atol=1e-3)


def test_what_is_not_in_the_catalogue_is_in_words() -> None:
    found = combinations_of([("tail_length",)], CATALOGUE, HashedEmbedder())
    assert found.primitives_P == ("tail length",)


def test_vectors_are_those_of_the_formula() -> None:
    skills = [("counting", "colour"), ("counting",), ("counting",)]
    embedder = HashedEmbedder()
    found = combinations_of(skills, CATALOGUE, embedder)
    counting, colour = embedder.embed(["counting", "colour"])
    expected = np.log1p(3 / 3) * counting + np.log1p(3 / 1) * colour
    assert found.vectors_D[found.place_Q[0]] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-4)
