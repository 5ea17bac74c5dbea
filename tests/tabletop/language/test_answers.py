"""Answers: their kinds, forgiving reading, short writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.tabletop.language import (
    ANSWER_KINDS,
    AnswerKind,
    domain,
    kind_of,
    read,
    read_answer,
    say_answer,
    vocabulary,
)
from scotoma.tabletop.language.vocabulary import TOKEN

READINGS: list[tuple[AnswerKind, str, str]] = [
    ("yes_no", "Yes, there is.", "yes"),
    ("yes_no", "**Yes**", "yes"),
    ("yes_no", "True", "yes"),
    ("yes_no", "There is a red cube.", "yes"),
    ("yes_no", "It is.", "yes"),
    ("yes_no", "The answer is yes.", "yes"),
    ("yes_no", "No, there is no red cube.", "no"),
    ("yes_no", "Answer: no", "no"),
    ("yes_no", "There isn't a cube", "no"),
    ("yes_no", "It is not.", "no"),
    ("yes_no", "nope", "no"),
    ("number", "There are three.", "3"),
    ("number", "3", "3"),
    ("number", "I count 12 red cubes.", "12"),
    ("number", "There are no cubes", "0"),
    ("number", "None", "0"),
    ("number", "15", "15"),
    ("colour", "a red cube", "red"),
    ("colour", "The cube is grey.", "gray"),
    ("colour", "It's red, not blue", "red"),
    ("colour", "The cube left of the red sphere is blue", "blue"),
    ("material", "It's metallic.", "metal"),
    ("material", "matte", "matte"),
    ("size", "the big one", "large"),
    ("size", "tiny", "small"),
    ("text", "The sign says \u201cSTOP\u201d.", "STOP"),
    ("text", "The new sign says stop", "STOP"),
    ("text", "twelve", "12"),
    ("text", "50", "50"),
    ("facing", "It's facing the camera", "toward"),
    ("facing", "toward us", "toward"),
    ("facing", "away from the camera", "away"),
    ("facing", "The horse is facing to the left.", "left"),
    ("category", "The object nearest to the piano is a horse.", "horse"),
    ("category", "A horse next to the piano", "horse"),
    ("category", "a rocking horse", "rocking horse"),
    ("category", "couch", "sofa"),
    ("shape", "It is a ball.", "sphere"),
    ("shape", "cylindrical", "cylinder"),
    ("side", "on its left", "left"),
    ("side", "It is on the right side.", "right"),
]


@pytest.mark.parametrize(("kind", "text", "value"), READINGS)
def test_forgiving_reading(kind: AnswerKind, text: str, value: str) -> None:
    reading = read_answer(text, kind)
    assert (reading.value, reading.status) == (value, "read")


@pytest.mark.parametrize(
    ("kind", "text", "status"),
    [
        ("colour", "", "empty"),
        ("colour", " \n\t", "empty"),
        ("yes_no", "red", "other_type"),
        ("colour", "yes", "other_type"),
        ("colour", "It is not red.", "other_type"),
        ("number", "no", "other_type"),
        ("number", "many", "other_type"),
        ("category", "It is an animal.", "other_type"),
        ("material", "rubber", "other_type"),
        ("size", "medium", "other_type"),
        ("text", "hello", "other_type"),
        ("shape", "horse", "other_type"),
        ("yes_no", "\x00\x00", "other_type"),
        ("colour", "red or blue", "hedged"),
        ("colour", "It is red. It is blue.", "hedged"),
        ("yes_no", "yes and no", "hedged"),
        ("yes_no", "Yes. No.", "hedged"),
        ("number", "one or two", "hedged"),
        ("number", "3.5", "hedged"),
        ("facing", "left, facing away from the camera", "hedged"),
        ("colour", "I cannot tell", "hedged"),
        ("colour", "I can't determine the colour.", "hedged"),
        ("colour", "It might be red", "hedged"),
        ("yes_no", "I don't know", "hedged"),
        ("category", "Sorry, I am unable to help.", "hedged"),
    ],
)
def test_what_is_no_answer(kind: AnswerKind, text: str, status: str) -> None:
    reading = read_answer(text, kind)
    assert (reading.value, reading.status) == (None, status)


ANSWERS = st.sampled_from(ANSWER_KINDS).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sampled_from(domain(kind)))
)


@given(ANSWERS, st.sampled_from(("{}", "{}.", " {} ", "**{}**", "{}!\n")), st.booleans())
def test_reads_back_what_it_says(answer: tuple[AnswerKind, str], frame: str, loud: bool) -> None:
    kind, value = answer
    text = frame.format(say_answer(value, kind))
    assert read_answer(text.upper() if loud else text, kind).value == value


def test_every_value_reads_back_in_the_words_of_the_vocabulary() -> None:
    words = set(vocabulary())
    for kind in ANSWER_KINDS:
        for value in domain(kind):
            said = say_answer(value, kind)
            assert read_answer(said, kind).value == value
            assert set(TOKEN.findall(said)) <= words


def test_only_values_of_the_kind_are_said() -> None:
    with pytest.raises(ValueError, match="no answer of kind"):
        say_answer("13", "number")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("is there a cube?", "yes_no"),
        ("is the cube red?", "yes_no"),
        ("are there more cubes than cones?", "yes_no"),
        ("is there a cube or a cone?", "yes_no"),
        ("how many cubes are there?", "number"),
        ("what colour is the cube?", "colour"),
        ("what material is the cube?", "material"),
        ("is the cube large or small?", "size"),
        ("what does the sign say?", "text"),
        ("which way is the horse facing?", "facing"),
        ("what is the leftmost object?", "category"),
        ("what shape is the block?", "shape"),
        ("from the horse's point of view, is the cube on its left or its right?", "side"),
    ],
)
def test_kind_of_answer(text: str, kind: str) -> None:
    assert kind_of(read(text)) == kind


def test_the_vocabulary_stays_small() -> None:
    assert len(vocabulary()) == len(set(vocabulary())) < 260
