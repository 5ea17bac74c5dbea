"""A question's frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.labelling.masking import frame, words_of

THINGS = frozenset({"teddy", "bear", "piano", "dog"})


@pytest.mark.parametrize(
    ("question", "framed"),
    [
        ("How many pianos are there?", "how many pianos are there"),
        ("What is on the dog's left?", "what is on the thing's left"),
        ("Is it true that the teddy bear is red?", "the thing is red"),
        ("Please tell me: is the piano in the image green?", "is the thing green"),
        ("Is the teddy bear's piano large?", "is the thing's thing large"),
        ("In the picture", ""),
        ("", ""),
    ],
)
def test_things_are_masked_and_openings_left_out(question: str, framed: str) -> None:
    question = question.replace(":", "")
    assert frame(question, THINGS.__contains__) == framed


@given(st.text())
def test_any_text_has_a_frame_of_one_line(text: str) -> None:
    framed = frame(text, THINGS.__contains__)
    assert framed == " ".join(framed.split())
    assert THINGS.isdisjoint(words_of(framed))
    assert "thing thing" not in framed


@given(st.text())
def test_without_things_nothing_but_openings_is_lost(text: str) -> None:
    words = words_of(text)
    framed = frame(text, lambda word: False).split()
    assert len(framed) <= len(words)
    if not {"image", "picture", "photo", "photograph", "scene", "please", "true", "tell"}.intersection(words):
        assert framed == words
