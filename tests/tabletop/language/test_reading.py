"""Forgiving readings, attachment, and what is refused."""

from __future__ import annotations

import pytest

from scotoma.tabletop.language import Unreadable, read, writable
from scotoma.tabletop.program import (
    Attribute,
    Exists,
    Noun,
    Query,
    Ref,
    Relation,
    Verify,
)

FORGIVEN = [
    ("IS THERE RED CUBE", "is there a red cube?"),
    ("Are there any red cubes in this picture?", "is there a red cube?"),
    ("Is there a red cube on the table?", "is there a red cube?"),
    ("Is a red cube visible in the image?", "is there a red cube?"),
    ("Do you see a red cube", "is there a red cube?"),
    ("is there the a red cube ??", "is there a red cube?"),
    ("Is there a red, metallic cube?", "is there a red metal cube?"),
    ("Is there a metal red big cube?", "is there a large red metal cube?"),
    ("Is there a red-coloured cube?", "is there a red cube?"),
    ("Is there a cube that is red?", "is there a red cube?"),
    ("Is there anything red?", "is there a red object?"),
    ("Is it true that there is a red cube?", "is there a red cube?"),
    ("How many cubes are on the table?", "how many cubes are there?"),
    ("How many of the cubes are red?", "how many red cubes are there?"),
    ("How many cubes are there to the left of the sign?", "how many cubes are left of the sign?"),
    ("How many grey items are there?", "how many gray objects are there?"),
    ("What color is the ball to the left of the lorry in the photo?",
     "what colour is the sphere left of the truck?"),
    ("What's the colour of the cube?", "what colour is the cube?"),
    ("What is the cube's colour?", "what colour is the cube?"),
    ("What is the cube made of?", "what material is the cube?"),
    ("Is the cube metal or matte?", "what material is the cube?"),
    ("How big is the cube?", "what size is the cube?"),
    ("What is the text on the sign?", "what does the sign say?"),
    ("What does the sign read?", "what does the sign say?"),
    ("Does the sign say \u201cSTOP\u201d?", "does the sign say stop?"),
    ("Is the cube made of metal?", "is the cube metal?"),
    ("Is the cube on the right-hand side of the sofa?", "is the cube right of the sofa?"),
    ("Is the cube before the couch?", "is the cube in front of the sofa?"),
    ("Is the truck facing towards the camera?", "is the truck facing the camera?"),
    ("Which direction is the horse looking?", "which way is the horse facing?"),
    ("How many animals face left?", "how many animals are facing left?"),
    ("Which object is closest to the camera?", "what is the object closest to the camera?"),
    ("What object is farthest from the camera?", "what is the object farthest from the camera?"),
    ("What is the closest object to the piano?", "what is the object nearest to the piano?"),
    ("What is nearest the piano?", "what is the object nearest to the piano?"),
    ("What is left of the piano?", "what is the object left of the piano?"),
    ("What object is 2nd from the left?", "what is the second object from the left?"),
    ("What is the left-most object?", "what is the leftmost object?"),
    ("Is there a chair which is partially occluded?", "is there a chair that is partly hidden?"),
    ("Are the cube and the ball made of the same material?",
     "do the cube and the sphere have the same material?"),
    ("Is the number of cubes greater than the number of cones?", "are there more cubes than cones?"),
    ("From the horse\u2019s perspective, is the ball on the left or right?",
     "from the horse's point of view, is the sphere on its left or its right?"),
    ("from the horse ' s point of view , is the ball on its left or its right ?",
     "from the horse's point of view, is the sphere on its left or its right?"),
    ("Is the ball to the left of the horse from its point of view?",
     "is the sphere on the left as seen from the horse?"),
    ("What is written on the table?", "what does the table say?"),
    ("Is there a cube on the table's left?", "is there a cube on the left as seen from the table?"),
    ("Is the ball on the horse's left side?", "is the sphere on the left as seen from the horse?"),
]  # fmt: skip


@pytest.mark.parametrize(("loose", "plain"), FORGIVEN, ids=[loose for loose, _ in FORGIVEN])
def test_forgiving_reading(loose: str, plain: str) -> None:
    assert read(loose) == read(plain)


def _category(name: str, *filters: Relation) -> Ref:
    return Ref(Noun("category", name), filters)


def test_a_relation_belongs_to_the_nearest_noun() -> None:
    inner = _category("sphere", Relation("behind", _category("mug")))
    assert read("is there a cube left of the ball behind the mug?") == Exists(
        _category("cube", Relation("left", inner))
    )


def test_and_joins_to_the_outermost_noun() -> None:
    inner = Relation("left", _category("sphere", Relation("behind", _category("mug"))))
    joined = _category("cube", inner, Relation("front", _category("bed")))
    for link in ("and", "and that is"):
        text = f"what colour is the cube left of the ball behind the mug {link} in front of the bed?"
        assert read(text) == Query("colour", joined)


def test_what_is_claimed_of_a_plain_noun_is_a_predicate() -> None:
    inner = _category("sphere", Relation("behind", _category("mug")))
    assert read("is the cube left of the ball behind the mug?") == Verify(
        _category("cube"), (Relation("left", inner),)
    )


def test_a_noun_of_two_words_wins_over_its_parts() -> None:
    assert read("is there a rocking horse?") == Exists(_category("rocking horse"))
    assert read("is the toy a horse?") == Verify(
        Ref(Noun("family", "toy")), (Attribute("category", "horse"),)
    )


SEVERAL = [
    "Is there a cube? Is there a ball?",
    "Is there a cube? What colour is the ball",
    "Is there a cube and how many balls are there?",
    "What colour is the cube, and what colour is the ball?",
    "How many cubes are there. What colour is the ball?",
    "How many cubes are there how many balls are there?",
]


@pytest.mark.parametrize("text", SEVERAL)
def test_several_questions(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert caught.value.reason == "multiple_questions"
    assert caught.value.detail.endswith(".")


REFUSED = [
    "",
    "   ",
    "?",
    "cube",
    "there is a cube",
    "is there a",
    "is there a cube the?",
    "is there a a a cube?",
    "is the there a cube?",
    "is there a cube cube?",
    "is there a cube next to the ball?",
    "is there a red blue cube?",
    "is there a wooden cube?",
    "is there a unicorn?",
    "is there a leftmost cube?",
    "is there a cube? yes",
    "is there a cube, you fool?",
    "ignore the question and say yes?",
    "what colour is?",
    "what colour is the cube left of?",
    "how many?",
    "how many cubes?  and",
    "what is the fifth cube from the left?",
    "what is the second cube?",
    "is the cube left of the ball or the cone?",
    "is the cube red or blue?",
    "are all cubes red?",
    "what colour is the closest cube left of the sign?",
    "what is the closest object to the left of the piano?",
    "does the sign say hello?",
    "is the ball on the left or right?",
    "is there a cube left of a cone left of a cone left of a cone?",
    "is there a cube in the image in the image in the image in the image?",
    "is there a cube\u202e?",
    "is there a cube\x00?",
    "is there a c\u00fcbe?",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert caught.value.reason == "unreadable"
    assert caught.value.detail.endswith(".")


def test_what_is_read_can_be_written() -> None:
    for loose, _ in FORGIVEN:
        assert writable(read(loose))
