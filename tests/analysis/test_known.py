"""Published weaknesses: whole entries, and modes that are known or not, looked at one by one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.known import NEAR, KnownWeaknesses, load_known, similarity
from scotoma.labelling import load_catalogue
from scotoma.novelty.embed import HashedEmbedder

KNOWN = KnownWeaknesses()

MODES = (
    ("counting", "counting_objects"),
    ("counting occlusion", "occluded_counting"),
    ("viewpoint", "human_viewpoint"),
    ("left_right", "left_of_right_of"),
    ("negation", "negation_ignored"),
    ("text_reading", "scene_text"),
    ("orientation", "facing_direction"),
    ("colour", "colour_perception"),
    ("front_behind", "in_front_of"),
    ("counting colour", "complex_counting"),
    ("existence", "object_hallucination"),
    ("clock_reading", "analogue_clocks"),
    ("chart_reading", "realistic_charts"),
    ("small_object", "small_details"),
    ("comparison", "relative_comparison"),
    ("shape ordering", None),
    ("size disjunction", None),
    ("counting text_reading", None),
    ("counting colour occlusion", None),
    ("nearest material", None),
    ("between", None),
    ("superlative colour", None),
    ("viewpoint colour", None),
    ("same_attribute shape", None),
    ("orientation nearest", None),
    ("material negation", None),
    ("weather", None),
    ("time_of_day", None),
    ("conjunction colour", None),
    ("left_right text_reading", None),
    ("category", None),
    ("ordering", None),
    ("size", None),
    ("facial_expression", None),
)
"""The threshold was chosen between these."""

OTHERS = (
    ("gaze_direction", "gaze_targets"),
    ("depth_order", "relative_depth"),
    ("nested_shapes counting", "nested_shapes"),
    ("rotation_and_tilt", "picture_rotation"),
    ("fine_grained_category", "image_classification"),
    ("object_state", "object_states"),
    ("counting weather", None),
    ("texture", None),
    ("pattern", None),
    ("shape size", None),
    ("occlusion viewpoint", None),
    ("text_reading negation ordering", None),
)
"""And these were not looked at before."""


def test_entries_are_whole_and_told_apart() -> None:
    entries = load_known()
    assert len(entries) >= 40
    assert len({entry.id for entry in entries}) == len(entries)
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry.skills) <= set(load_catalogue().skills), entry.id
        assert re.fullmatch(r"[0-9]{4}\.[0-9]{4,5}", entry.arxiv), entry.id
        assert 2015 <= entry.year <= 2026
        assert 0 <= entry.year - 2000 - int(entry.arxiv[:2]) <= 2, entry.id
        assert entry.description.endswith(".")
        assert entry.authors
        assert entry.arxiv in entry.citation


def test_one_identifier_is_one_paper() -> None:
    papers = {(entry.arxiv, entry.title, entry.authors, entry.year, entry.venue) for entry in load_known()}
    assert len({arxiv for arxiv, *_ in papers}) == len(papers)


@pytest.mark.parametrize(("skills", "weakness"), [*MODES, *OTHERS])
def test_modes_are_known_or_not_in_the_catalogue(skills: str, weakness: str | None) -> None:
    found = KNOWN.match(skills.split())
    assert (found.weakness.id if found.weakness else None) == weakness
    assert found.known == (found.similarity >= NEAR)


def test_what_is_told() -> None:
    known = KNOWN.match(["counting", "occlusion"]).told
    assert known.startswith("known: Counting things that are partly hidden (Pothiraj et al. (2025), ")
    assert "arXiv:2504.15485" in known
    other = KNOWN.match(["weather"]).told
    assert other.startswith("not in the catalogue (nearest: ")
    assert "novel" not in known + other


def test_a_description_alone_is_enough_and_nothing_is_not() -> None:
    found = KNOWN.match(description="It fails to read the time from the hands of an analogue clock.")
    assert found.weakness is not None
    assert found.weakness.id == "analogue_clocks"
    assert KNOWN.match(description="It confuses pasta with spanners.").weakness is None
    with pytest.raises(ValueError, match="has skills, or a description"):
        KNOWN.match((), "  ")


@given(
    st.floats(-1, 1),
    st.lists(st.sampled_from("abcd"), unique=True),
    st.lists(st.sampled_from("abcd"), unique=True),
)
def test_similarity_is_symmetric_and_highest_for_the_same_skills(
    cosine: float, mode: list[str], weakness: list[str]
) -> None:
    found = similarity(cosine, mode, weakness)
    assert found == similarity(cosine, weakness, mode)
    assert found <= (1 + cosine) / 2 + 1e-12 or not (mode and weakness)
    if mode:
        assert similarity(cosine, mode, mode) == pytest.approx((1 + cosine) / 2)


def test_skills_that_nobody_knows_are_matched_by_their_words() -> None:
    found = KnownWeaknesses(HashedEmbedder()).match(["length of whiskers"])
    assert not found.known
