"""The oracle on a hand-made scene: an answer for every construct, evidence and grades; total on anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes import random_scene
from scotoma.records import SKILLS
from scotoma.tabletop.language import kind_of, say_answer, write
from scotoma.tabletop.oracle import REASONS, ask, grade, judge
from scotoma.tabletop.program import (
    Attribute,
    Between,
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Either,
    Exists,
    Nearest,
    Not,
    Or,
    Ordinal,
    Query,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Verify,
    WhichSide,
    skills_of,
)
from strategies import programs
from tabletop.table import (
    BACK,
    BLUE,
    CHICKEN,
    FRONT,
    GREEN_CUBE,
    HIDDEN,
    HORSE,
    LARGE,
    LEFTMOST,
    METAL,
    MUG,
    RED,
    RED_CUBE,
    RIGHTMOST,
    SIGN,
    SMALL,
    SPHERE,
    TABLE,
    a,
    colour,
    left_of,
)

ANSWERS = {
    "there is one": (Exists(a("animal")), "yes"),
    "there is none": (Exists(a("truck")), "no"),
    "one is enough, whatever the hidden one is": (Exists(a("container")), "yes"),
    "a count": (Count(a("cube")), "2"),
    "a count of a family": (Count(a("block")), "3"),
    "a count of none": (Count(a("cube", BLUE)), "0"),
    "what the hidden one is not does not matter": (Count(a("object", RED)), "2"),
    "two attributes": (Count(a("cube", LARGE, METAL)), "1"),
    "a negated attribute": (Count(a("cube", Not(RED))), "1"),
    "neither of two attributes": (Count(a("cube", Not(RED), Not(BLUE))), "1"),
    "either of two attributes": (Count(a("block", Or(RED, BLUE))), "2"),
    "left": (Count(a("block", left_of(CHICKEN))), "2"),
    "right": (Count(a("animal", Relation("right", SPHERE))), "1"),
    "in front": (Count(a("block", Relation("front", CHICKEN))), "3"),
    "behind": (Exists(a("animal", Relation("behind", MUG))), "yes"),
    "not left": (Count(a("block", Not(left_of(CHICKEN)))), "1"),
    "between": (Query("category", a("object", Between(HORSE, SPHERE), METAL)), "cube"),
    "nobody between": (Exists(a("animal", Between(RED_CUBE, SPHERE))), "no"),
    "not the anchor itself is nearest": (Query("category", a("animal", Nearest(RED_CUBE))), "horse"),
    "nearest of those that are left": (Query("colour", a("cube", SMALL, Nearest(SPHERE))), "green"),
    "another of the same colour": (Query("category", a("object", SameAs("colour", RED_CUBE))), "mug"),
    "the same material, one of two": (Count(a("cube", SameAs("material", GREEN_CUBE))), "1"),
    "on the left hand of the horse, which faces right": (
        Query("category", a("animal", SeenFrom("left", HORSE))),
        "chicken",
    ),
    "on the right hand of the chicken, which faces us": (
        Exists(a("horse", SeenFrom("right", CHICKEN))),
        "yes",
    ),
    "leftmost": (Query("category", a("object", pick=LEFTMOST)), "sign"),
    "rightmost": (Query("colour", a("cube", pick=RIGHTMOST)), "green"),
    "closest": (Query("material", a("object", pick=FRONT)), "metal"),
    "farthest of a family": (Query("category", a("animal", pick=BACK)), "chicken"),
    "second from the left": (Query("category", a("object", pick=Ordinal(2, "left"))), "horse"),
    "third from the right": (Query("colour", a("block", pick=Ordinal(3, "right"))), "red"),
    "colour": (Query("colour", HORSE), "brown"),
    "material": (Query("material", HORSE), "matte"),
    "size": (Query("size", HORSE), "large"),
    "text": (Query("text", SIGN), "EXIT"),
    "facing": (Query("facing", HORSE), "right"),
    "facing us": (Query("facing", CHICKEN), "toward"),
    "category": (Query("category", a("animal", LARGE)), "horse"),
    "shape": (Query("shape", a("block", BLUE)), "sphere"),
    "is red": (Verify(MUG, (RED,)), "yes"),
    "is not red": (Verify(HORSE, (RED,)), "no"),
    "is a horse": (Verify(a("animal", LARGE), (Attribute("category", "horse"),)), "yes"),
    "is hidden": (Verify(MUG, (HIDDEN,)), "yes"),
    "is not hidden": (Verify(HORSE, (HIDDEN,)), "no"),
    "says": (Verify(SIGN, (Attribute("text", "STOP"),)), "no"),
    "faces": (Verify(HORSE, (Attribute("facing", "right"),)), "yes"),
    "is left of": (Verify(HORSE, (left_of(SPHERE),)), "yes"),
    "is behind": (Verify(HORSE, (Relation("behind", CHICKEN),)), "no"),
    "is between": (Verify(RED_CUBE, (Between(SPHERE, HORSE),)), "yes"),
    "is on its left": (Verify(RED_CUBE, (SeenFrom("left", HORSE),)), "no"),
    "both": (Verify(HORSE, (colour("brown"), left_of(SPHERE))), "yes"),
    "one of both": (Verify(HORSE, (LARGE, Relation("right", SPHERE))), "no"),
    "a no decides beside a doubt": (Verify(SPHERE, (RED, Relation("behind", HORSE))), "no"),
    "which hand": (WhichSide(SPHERE, CHICKEN), "right"),
    "the other hand": (WhichSide(CHICKEN, HORSE), "left"),
    "more": (CompareCounts("more", a("block"), a("animal")), "yes"),
    "fewer": (CompareCounts("fewer", a("cube"), a("animal")), "no"),
    "as many": (CompareCounts("equal", a("cube"), a("animal")), "yes"),
    "more, whatever the hidden one is": (CompareCounts("more", a("block"), a("container")), "yes"),
    "larger": (CompareSizes("larger", HORSE, CHICKEN), "yes"),
    "smaller": (CompareSizes("smaller", HORSE, CHICKEN), "no"),
    "same colour": (SameAttribute("colour", MUG, a("cube", LARGE)), "yes"),
    "not the same material": (SameAttribute("material", HORSE, GREEN_CUBE), "no"),
    "both exist": (Both(a("cube", BLUE), a("animal")), "no"),
    "one exists": (Either(a("cube", BLUE), a("animal")), "yes"),
    "neither exists": (Either(a("cube", BLUE), a("truck")), "no"),
    "both exist, one surely not": (Both(a("bottle"), a("truck")), "no"),
    "one surely exists": (Either(a("bottle"), a("horse")), "yes"),
}


@pytest.mark.parametrize(("program", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_every_construct_has_its_answer(program, answer):
    ruling = judge(program, TABLE)
    assert (ruling.reason, ruling.answer) == ("valid", answer)
    assert ruling.valid
    assert ruling.skills == skills_of(program)
    assert ruling.program == program
    assert ruling.evidence.endswith(".")


def test_evidence_names_the_objects():
    assert judge(Query("colour", a("cube")), TABLE).evidence == (
        "2 objects match 'the cube': the large red metal cube, the small green metal cube."
    )
    assert "the small purple matte bottle" in judge(Exists(a("bottle")), TABLE).evidence
    assert "'the truck'" in judge(Query("colour", a("truck")), TABLE).evidence


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unreadable"),
        ("colourless green ideas sleep furiously", "unreadable"),
        ("What colour is the horse? What colour is the mug?", "multiple_questions"),
    ],
)
def test_what_cannot_be_read_is_refused_without_a_program(text, reason):
    ruling = ask(text, TABLE)
    assert (ruling.valid, ruling.reason, ruling.program, ruling.skills) == (False, reason, None, ())


def test_a_question_in_english_is_ruled_on_like_its_program():
    assert ask("What colour is the horse?", TABLE) == judge(Query("colour", HORSE), TABLE)


@pytest.mark.parametrize(
    ("program", "answer_text", "expected"),
    [
        (Query("colour", HORSE), "It is brown.", (True, "right")),
        (Query("colour", HORSE), "blue", (False, "wrong")),
        (Query("colour", HORSE), "three", (False, "wrong_type")),
        (Query("colour", HORSE), "  ", (None, "empty_answer")),
        (Query("colour", HORSE), "I cannot tell.", (None, "hedged_answer")),
        (Count(a("cube")), "There are two.", (True, "right")),
        (Count(a("cube")), "3", (False, "wrong")),
        (Query("text", SIGN), "exit", (True, "right")),
        (Query("colour", a("truck")), "red", (None, "no_referent")),
    ],
)
def test_answers_are_graded(program, answer_text, expected):
    assert grade(judge(program, TABLE), answer_text) == expected


def test_an_unreadable_question_cannot_be_graded():
    assert grade(ask("colourless green ideas", TABLE), "yes") == (None, "unreadable")


@given(programs(), st.integers(0, 10_000))
def test_every_program_gets_a_ruling_on_every_scene(program, seed):
    ruling = judge(program, random_scene(seed))
    assert (ruling.reason == "valid") == ruling.valid == (ruling.answer is not None)
    assert ruling.valid or ruling.reason in REASONS
    assert set(ruling.skills) <= set(SKILLS)
    if ruling.answer is not None:
        assert grade(ruling, say_answer(ruling.answer, kind_of(program))) == (True, "right")
    assert ask(write(program), random_scene(seed)) == ruling


@given(st.text(max_size=200))
def test_any_text_gets_a_ruling(text):
    ruling = ask(text, TABLE)
    assert ruling.valid or ruling.reason in REASONS
