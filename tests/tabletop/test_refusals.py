"""A reason for every kind of invalid question, and the margins that part valid from invalid."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from scenes import scene, thing
from scotoma.tabletop.oracle import REASONS, judge
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
from tabletop.table import (
    BACK,
    BLUE,
    BOTTLE,
    CHICKEN,
    FRONT,
    HIDDEN,
    HORSE,
    LARGE,
    LEFTMOST,
    MUG,
    RED,
    RED_CUBE,
    SIDEWAYS,
    SIGN,
    SMALL,
    SPHERE,
    TABLE,
    a,
    colour,
    left_of,
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
    "neither large nor small": Count(a("cube", Not(LARGE), Not(SMALL))),
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
