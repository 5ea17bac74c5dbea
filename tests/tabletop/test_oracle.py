"""The oracle on hand-made scenes: an answer for every construct, a reason for every kind of refusal."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes import random_scene, scene, thing
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
    Noun,
    Or,
    Ordinal,
    Query,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Superlative,
    Verify,
    WhichSide,
    skills_of,
)
from strategies import programs

# From left to right: sign, horse (facing right), red cube, blue sphere, chicken (facing us), green cube.
# The mug behind the red cube is half hidden, the bottle far right almost wholly.
TABLE = scene(
    thing(1, "cube", "red", at=(-0.10, -0.20), size="large", material="metal"),
    thing(2, "sphere", "blue", at=(0.12, 0.00)),
    thing(3, "cube", "green", at=(0.50, 0.10), size="small", material="metal"),
    thing(4, "horse", "brown", at=(-0.35, 0.00), yaw_deg=90.0, has_front=True, size="large"),
    thing(5, "chicken", "yellow", at=(0.30, 0.40), yaw_deg=0.0, has_front=True),
    thing(6, "sign", "gray", at=(-0.60, 0.10), text="EXIT", size="large"),
    thing(7, "mug", "red", at=(-0.11, 0.15), visible=0.5),
    thing(8, "bottle", "purple", at=(0.62, 0.55), visible=0.1),
)
OBJECT = Noun("object", "object")


def noun(name: str) -> Noun:
    families = {"animal", "block", "container", "furniture"}
    return OBJECT if name == "object" else Noun("family" if name in families else "category", name)


def a(name: str, *filters, pick=None) -> Ref:
    return Ref(noun(name), filters, pick)


def colour(value: str) -> Attribute:
    return Attribute("colour", value)


RED, BLUE, GREEN = colour("red"), colour("blue"), colour("green")
RED_CUBE, GREEN_CUBE = a("cube", RED), a("cube", GREEN)
SPHERE, HORSE, CHICKEN, SIGN, MUG, BOTTLE = (
    a(name) for name in ("sphere", "horse", "chicken", "sign", "mug", "bottle")
)
LARGE, SMALL, METAL, HIDDEN = (
    Attribute("size", "large"),
    Attribute("size", "small"),
    Attribute("material", "metal"),
    Attribute("hidden", "yes"),
)
LEFTMOST, RIGHTMOST, FRONT, BACK = (Superlative(end) for end in ("left", "right", "front", "back"))


def left_of(anchor: Ref) -> Relation:
    return Relation("left", anchor)


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


SIDEWAYS = scene(
    thing(1, "horse", "red", at=(-0.3, 0.0), yaw_deg=45.0, has_front=True),
    thing(2, "cube", "blue", at=(0.0, 0.0), visible=0.8),
    thing(3, "sphere", "green", at=(0.01, 0.4), size="large"),
    thing(4, "cone", "green", at=(0.3, 0.01)),
    thing(5, "sign", "green", at=(-0.5, 0.3), text="STOP", visible=0.4),
)

REFUSALS = {
    "nothing of the kind": (Query("colour", a("truck")), TABLE, "no_referent"),
    "no anchor": (Count(a("cube", left_of(a("truck")))), TABLE, "no_referent"),
    "no third": (Query("colour", a("animal", pick=Ordinal(3, "left"))), TABLE, "no_referent"),
    "contradictory": (Query("size", a("cube", RED, BLUE)), TABLE, "no_referent"),
    "nothing left to be nearest": (Query("colour", a("horse", Nearest(HORSE))), TABLE, "no_referent"),
    "two of the kind": (Query("colour", a("cube")), TABLE, "ambiguous_referent"),
    "two anchors": (Exists(a("animal", left_of(a("cube")))), TABLE, "ambiguous_referent"),
    "two, and a hidden one": (Query("size", a("object", RED)), TABLE, "ambiguous_referent"),
    "a mug has no front": (Query("facing", MUG), TABLE, "false_premise"),
    "a mug cannot face left": (Verify(MUG, (Attribute("facing", "left"),)), TABLE, "false_premise"),
    "a mug does not look on": (WhichSide(HORSE, MUG), TABLE, "false_premise"),
    "nor in a filter": (Exists(a("cube", SeenFrom("left", SPHERE))), TABLE, "false_premise"),
    "a mug says nothing": (Query("text", MUG), TABLE, "false_premise"),
    "nor can it be checked": (Verify(MUG, (Attribute("text", "STOP"),)), TABLE, "false_premise"),
    "a horse is no shape": (Query("shape", a("object", colour("brown"))), TABLE, "false_premise"),
    "is a mug not facing left?": (
        Count(a("object", RED, Not(Attribute("facing", "left")))),
        TABLE,
        "false_premise",
    ),
    "level left and right": (Verify(a("cube"), (left_of(SPHERE),)), SIDEWAYS, "thin_margin"),
    "level in depth": (Verify(a("cube"), (Relation("front", a("cone")),)), SIDEWAYS, "thin_margin"),
    "level in a count": (Count(a("block", left_of(SPHERE))), SIDEWAYS, "thin_margin"),
    "on the diagonal": (Query("facing", HORSE), SIDEWAYS, "thin_margin"),
    "on the diagonal, as a filter": (
        Exists(a("animal", Attribute("facing", "right"))),
        SIDEWAYS,
        "thin_margin",
    ),
    "a little hidden": (Verify(a("cube"), (HIDDEN,)), SIDEWAYS, "thin_margin"),
    "as near as the other": (Query("category", a("object", Nearest(a("cube")))), SIDEWAYS, "thin_margin"),
    "no clear front one": (Query("colour", a("block", pick=FRONT)), SIDEWAYS, "thin_margin"),
    "no clear second": (Query("colour", a("block", pick=Ordinal(2, "left"))), SIDEWAYS, "thin_margin"),
    "of one size class": (CompareSizes("larger", HORSE, a("cone")), SIDEWAYS, "thin_margin"),
    "hardly there": (Query("colour", BOTTLE), TABLE, "low_visibility"),
    "is it one?": (Exists(a("bottle")), TABLE, "low_visibility"),
    "how many?": (Count(a("container")), TABLE, "low_visibility"),
    "the only other one is hidden": (Query("colour", a("container")), TABLE, "low_visibility"),
    "the hidden one may be farthest": (Query("colour", a("object", pick=BACK)), TABLE, "low_visibility"),
    "as many as some": (
        CompareCounts("equal", a("container"), a("animal")),
        TABLE,
        "low_visibility",
    ),
    "both, perhaps": (Both(a("bottle"), a("horse")), TABLE, "low_visibility"),
    "either, perhaps": (Either(a("bottle"), a("truck")), TABLE, "low_visibility"),
    "a covered sign": (Query("text", SIGN), SIDEWAYS, "low_visibility"),
}

GIVEAWAYS = {
    "the colour of the red cube": Query("colour", RED_CUBE),
    "the material of the not matte one": Query(
        "material", a("cube", Not(Attribute("material", "matte")), RED)
    ),
    "the kind of the sphere": Query("category", SPHERE),
    "the shape of the sphere": Query("shape", SPHERE),
    "what says EXIT says": Query("text", a("sign", Attribute("text", "EXIT"))),
    "the kind of what says EXIT": Query("category", a("object", Attribute("text", "EXIT"))),
    "the colour of what is like the blue sphere": Query("colour", a("object", SameAs("colour", RED_CUBE))),
    "the size beside the only large one": Query("size", a("block", Nearest(a("block", LARGE)))),
    "is the red cube red": Verify(RED_CUBE, (RED,)),
    "is the red cube blue": Verify(RED_CUBE, (BLUE,)),
    "is the large animal a truck": Verify(a("animal", LARGE), (Attribute("category", "truck"),)),
    "is the horse a horse": Verify(HORSE, (Attribute("category", "horse"),)),
    "is the one left of it left of it": Verify(a("animal", left_of(SPHERE)), (left_of(SPHERE),)),
    "or right of it, by another name": Verify(
        a("animal", left_of(SPHERE)), (Relation("right", a("object", BLUE)),)
    ),
    "is it left of itself": Verify(SPHERE, (left_of(a("object", BLUE)),)),
    "is the leftmost left of one": Verify(a("object", pick=LEFTMOST), (left_of(HORSE),)),
    "is one left of the leftmost": Verify(HORSE, (left_of(a("object", pick=LEFTMOST)),)),
    "second left of third": Verify(
        a("block", pick=Ordinal(2, "left")), (left_of(a("block", pick=Ordinal(3, "left"))),)
    ),
    "there and back": Verify(SPHERE, (left_of(a("animal", Relation("right", SPHERE))),)),
    "asked twice": Verify(MUG, (left_of(SPHERE), Relation("right", SPHERE))),
    "beside itself": WhichSide(HORSE, a("object", colour("brown"))),
    "on the side that it is on": WhichSide(a("animal", SeenFrom("left", HORSE)), HORSE),
    "is the large one larger": CompareSizes("larger", a("animal", LARGE), CHICKEN),
    "larger than itself": CompareSizes("larger", HORSE, a("animal", LARGE)),
    "red and blue alike": SameAttribute("colour", RED_CUBE, a("sphere", BLUE)),
    "like itself": SameAttribute("colour", HORSE, a("animal", LARGE)),
    "like what it is like": SameAttribute("material", a("sphere", SameAs("material", HORSE)), HORSE),
    "like the only red block": SameAttribute("colour", a("block", RED), a("block", SMALL, Nearest(MUG))),
    "an object": Exists(a("object")),
    "a leftmost cube": Exists(a("cube", pick=LEFTMOST)),
    "how many are nearest": Count(a("cube", Nearest(SPHERE))),
    "how many are red and blue": Count(a("cube", RED, BLUE)),
    "how many are red, red ones": Count(a("cube", RED, RED)),
    "red and not blue": Count(a("cube", RED, Not(BLUE))),
    "large or small": Count(a("cube", Or(LARGE, SMALL))),
    "left of and right of": Exists(a("cube", left_of(SPHERE), Relation("right", SPHERE))),
    "horses beside the only horse": Count(a("horse", left_of(HORSE))),
    "left of the leftmost": Count(a("object", left_of(a("object", pick=LEFTMOST)))),
    "right of the leftmost": Exists(a("object", Relation("right", a("object", pick=LEFTMOST)))),
    "left of the second from the left": Count(a("object", left_of(a("object", pick=Ordinal(2, "left"))))),
    "horses that say EXIT": Count(a("horse", Attribute("text", "EXIT"))),
    "cubes that face left": Exists(a("cube", Attribute("facing", "left"))),
    "as many as themselves": CompareCounts("equal", a("cube", RED), a("cube", RED)),
    "more of the part": CompareCounts("more", a("cube"), a("block")),
    "a cube and a cube": Both(a("cube"), a("cube")),
    "a cube or a block": Either(a("cube"), a("block")),
    "an object or a truck": Either(a("object"), a("truck")),
    "what must be there": Either(a("cube", left_of(HORSE)), a("animal")),
    "between one and itself": Exists(a("cube", Between(SPHERE, a("object", BLUE)))),
}
REFUSALS |= {name: (program, TABLE, "gives_itself_away") for name, program in GIVEAWAYS.items()}


@pytest.mark.parametrize(("program", "place", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_every_refusal_has_its_reason(program, place, reason):
    ruling = judge(program, place)
    assert (ruling.valid, ruling.reason, ruling.answer) == (False, reason, None)
    assert ruling.reason in REASONS
    assert ruling.skills == skills_of(program)
    assert ruling.evidence.endswith(".")


def test_all_reasons_are_covered_here():
    assert {reason for _, _, reason in REFUSALS.values()} | {"unreadable", "multiple_questions"} == set(
        REASONS
    )


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


# ---- the margins, just inside and just outside -------------------------------------------------------------


@pytest.mark.parametrize(("gap", "valid"), [(0.051, True), (0.049, False)])
def test_left_and_right_need_a_margin(gap, valid):
    place = scene(replace(thing(1, "cube"), u=0.5), replace(thing(2, "sphere", "blue"), u=0.5 + gap))
    assert judge(Verify(a("cube"), (left_of(SPHERE),)), place).valid is valid


@pytest.mark.parametrize(("gap_m", "valid"), [(0.081, True), (0.079, False)])
def test_front_and_behind_need_a_margin(gap_m, valid):
    place = scene(thing(1, "cube"), thing(2, "sphere", "blue", at=(0.0, gap_m)))
    assert judge(Verify(a("cube"), (Relation("front", SPHERE),)), place).valid is valid


@pytest.mark.parametrize(
    ("near_m", "far_m", "valid"),
    [(0.50, 0.58, True), (0.50, 0.57, False), (0.20, 0.26, True), (0.20, 0.24, False)],
)
def test_the_nearest_needs_a_margin_to_the_runner_up(near_m, far_m, valid):
    place = scene(
        thing(1, "mug"), thing(2, "cube", "red", at=(-near_m, 0.0)), thing(3, "cube", "blue", at=(far_m, 0.0))
    )
    assert judge(Query("colour", a("cube", Nearest(MUG))), place).valid is valid


@pytest.mark.parametrize(("off_m", "answer"), [(0.0, "yes"), (0.24, "yes"), (0.30, None), (0.36, "no")])
def test_between_is_near_the_joining_line(off_m, answer):
    place = scene(
        thing(1, "mug", at=(-0.5, 0.0)), thing(2, "horse", at=(0.5, 0.0)), thing(3, "cube", at=(0.0, off_m))
    )
    assert judge(Verify(a("cube"), (Between(MUG, HORSE),)), place).answer == answer


@pytest.mark.parametrize(
    ("share", "answer"), [(0.31, "yes"), (0.69, "yes"), (0.71, None), (0.87, None), (0.89, "no"), (1.0, "no")]
)
def test_hidden_goes_by_the_visible_share(share, answer):
    assert judge(Verify(MUG, (HIDDEN,)), scene(thing(1, "mug", visible=share))).answer == answer


@pytest.mark.parametrize("share", [0.0, 0.29])
def test_what_hardly_shows_is_not_spoken_of(share):
    assert judge(Query("colour", MUG), scene(thing(1, "mug", visible=share))).reason == "low_visibility"


@pytest.mark.parametrize("yaw_deg", [0.0, 37.0, 90.0, 180.0, 250.0])
@pytest.mark.parametrize(
    ("ahead_deg", "distance_m", "answer"),
    [(90.0, 0.3, "left"), (25.0, 0.5, "left"), (-25.0, 0.5, "right"), (-120.0, 0.3, "right"),
     (15.0, 0.6, None), (170.0, 0.6, None), (90.0, 0.09, None)],
)  # fmt: skip
def test_sides_go_by_the_way_that_the_anchor_faces(yaw_deg, ahead_deg, distance_m, answer):
    """`ahead_deg` is counted from the front, counter-clockwise seen from above: left is 90."""
    towards = math.radians(yaw_deg - 90.0 + ahead_deg)
    at = (distance_m * math.cos(towards), distance_m * math.sin(towards))
    place = scene(thing(1, "horse", yaw_deg=yaw_deg, has_front=True), thing(2, "cube", "blue", at=at))
    assert judge(WhichSide(a("cube"), HORSE), place).answer == answer


# ---- total on whatever can be asked ------------------------------------------------------------------------


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
