"""Edits of a scene change one object only, are possible on the table, and are what their words say."""

from __future__ import annotations

import json
import random
from dataclasses import fields, replace
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scenes import scene, thing
from scotoma.tabletop import language
from scotoma.tabletop.asking import propose
from scotoma.tabletop.edits import KINDS, Edit, apply, edits_of
from scotoma.tabletop.farm import draw
from scotoma.tabletop.geometry import in_frame
from scotoma.tabletop.oracle.measures import WHOLE_ABOVE, distance_m
from scotoma.tabletop.program import Program
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Scene, SceneObject

SCENES = 8
CHANGED = {
    "paint": {"colour"},
    "material": {"material"},
    "size": {"size", "extent"},
    "turn": {"yaw_deg"},
    "move": {"x", "y"},
    "uncover": {"x", "y"},
    "write": {"text"},
}


@cache
def rendered(index: int) -> Scene:
    return draw(sample_scene(21, index), 48)[1]


@cache
def case(index: int, dice: int) -> tuple[Scene, tuple[Edit, ...]]:
    """A rendered scene and the edits for a question drawn on it."""
    shown = rendered(index)
    return shown, edits_of(shown, drawn(shown, dice))


def drawn(shown: Scene, dice: int) -> Program:
    program = propose(shown, random.Random(dice))
    assert program is not None
    return program


def asked(text: str, shown: Scene) -> list[Edit]:
    return list(edits_of(shown, language.read(text)))


def by_id(shown: Scene, number: int) -> SceneObject:
    return next(item for item in shown.objects if item.id == number)


places = st.tuples(
    st.integers(0, SCENES - 1), st.integers(0, 1)
)  # rendered in the test: drawing must be quick


@given(places)
def test_an_edit_changes_one_object_and_nothing_else(place: tuple[int, int]) -> None:
    shown, edits = case(*place)
    before = shown.unmeasured()
    assert edits
    for edit in edits:
        after = apply(shown, edit)
        assert after is not None, edit
        assert replace(after, objects=()) == replace(before, objects=())
        others = [item for item in before.objects if item.id != edit.object_id]
        assert [item for item in after.objects if item.id != edit.object_id] == others
        if edit.kind == "take_away":
            assert after.objects == tuple(others)
            continue
        old, new = by_id(before, edit.object_id), by_id(after, edit.object_id)
        differing = {part.name for part in fields(old) if getattr(old, part.name) != getattr(new, part.name)}
        assert differing
        assert differing <= CHANGED[edit.kind]
        assert [item.id for item in after.objects] == [item.id for item in before.objects]


@given(places)
def test_edited_scenes_are_possible(place: tuple[int, int]) -> None:
    shown, edits = case(*place)
    for edit in edits:
        after = apply(shown, edit)
        assert after is not None
        assert all(in_frame(after.camera, item) for item in after.objects)
        for first, second in combinations(after.objects, 2):
            assert distance_m(first, second) > 0.9 * (first.radius + second.radius)
        for item in after.objects:
            assert item.colour in COLOURS
            assert item.material in MATERIALS
            assert item.size in SIZES
            assert max(item.extent) == pytest.approx(SIZES[item.size] * max_share(item), abs=2e-3)
            assert item.text is None or item.text in SIGN_WORDS


def max_share(item: SceneObject) -> float:
    """The longest side of an object as a share of its size class: blocks are smaller than the rest."""
    return 0.8 if item.family == "block" else 1.0


@given(places)
def test_words_tell_edits_apart_and_records_reload(place: tuple[int, int]) -> None:
    _, edits = case(*place)
    assert len({edit.words for edit in edits}) == len(edits)
    assert len({(edit.kind, edit.object_id, edit.value) for edit in edits}) == len(edits)
    for edit in edits:
        assert Edit.from_dict(json.loads(json.dumps(edit.to_dict()))) == edit


@given(st.integers(0, SCENES - 1), st.integers(0, 1))
@examples(max_examples=10)
def test_the_same_question_gives_the_same_edits(index: int, dice: int) -> None:
    shown, edits = case(index, dice)
    again = Scene.from_truth(json.loads(json.dumps(shown.to_truth())))
    assert edits_of(again, drawn(shown, dice)) == edits


def test_edited_scenes_look_as_their_words_say() -> None:
    """Everything that is moved is whole to be seen, what is uncovered was not; facings are as named."""
    seen = set()
    for index in range(SCENES):
        shown, edits = case(index, 0)
        for edit in edits:
            if edit.kind not in ("move", "uncover", "turn") or (edit.kind, index % 4) in seen:
                continue
            seen.add((edit.kind, index % 4))
            after = apply(shown, edit)
            assert after is not None
            old, new = by_id(shown, edit.object_id), by_id(draw(after, 48)[1], edit.object_id)
            if edit.kind == "turn":
                named = {"left": "left", "right": "right", "toward": "the viewer", "away": "away"}
                said = edit.words.partition(" to face ")[2]
                assert said == (named[new.facing] if new.facing else "")
                continue
            assert new.visible > 0.95, edit
            if edit.kind == "uncover":
                assert old.visible <= WHOLE_ABOVE
            elif edit.words.endswith(("left", "right")):
                assert (new.u < old.u) == edit.words.endswith("left")
            else:
                assert (new.depth < old.depth) == edit.words.endswith("towards the viewer")
    assert {kind for kind, _ in seen} == {"move", "uncover", "turn"}


def test_what_the_question_asks_of_what_it_speaks_of_comes_first() -> None:
    shown = scene(
        thing(1, "sphere", "blue", at=(-0.5, 0.4)),
        thing(2, "chair", "green", at=(0.5, 0.4), has_front=True),
        thing(3, "cube", "red", at=(0.0, 0.0)),
        thing(4, "sign", "gray", at=(0.0, -0.4), text="STOP"),
    )
    assert asked("what colour is the cube?", shown)[0].words == "the red cube painted yellow"
    assert asked("what is the material of the cube?", shown)[0].words == "the red cube made metal"
    assert asked("what does the sign say?", shown)[0].words == "the gray sign saying EXIT in place of STOP"
    assert asked("which way is the chair facing?", shown)[0].words == "the green chair turned to face right"
    assert asked("how many chairs are there?", shown)[0].words == "the green chair taken away"
    assert asked("is the cube left of the sphere?", shown)[0].kind == "move"


def test_what_hides_it_comes_next() -> None:
    shown = draw(
        scene(
            thing(1, "cube", "red", at=(0.0, 0.35)),
            thing(2, "sphere", "blue", at=(-0.45, -0.3)),
            thing(3, "cylinder", "yellow", at=(0.0, -0.05), size="large"),
        ),
        48,
    )[1]
    assert shown.objects[0].visible < WHOLE_ABOVE
    edits = asked("what colour is the cube?", shown)
    assert edits[0].words == "the red cube moved out from behind the yellow cylinder"
    first_of = {number: next(i for i, e in enumerate(edits) if e.object_id == number) for number in (1, 2, 3)}
    assert first_of[1] < first_of[3] < first_of[2]
    assert edits[first_of[3]].words == "the yellow cylinder taken away"


def test_objects_that_look_alike_are_told_apart_by_place() -> None:
    alike = [thing(number, "cube", "red", at=(x, 0.0)) for number, x in ((1, 0.4), (2, -0.4))]
    words = [edit.words for edit in asked("how many cubes are there?", scene(*alike))]
    assert words[:2] == [
        "the small red matte cube that is number 2 of 2 from the left taken away",
        "the small red matte cube that is number 1 of 2 from the left taken away",
    ]


def test_a_question_about_what_is_not_there_tries_the_rest() -> None:
    edits = asked("is there a horse left of the piano?", scene(thing(1), thing(2, "mug", at=(0.4, 0.0))))
    assert {edit.object_id for edit in edits} == {1, 2}
    assert {edit.kind for edit in edits} <= set(KINDS)


@pytest.mark.parametrize(
    "edit",
    [
        Edit("move", 1, (0.5, 0.02), "onto the other"),
        Edit("move", 1, (0.0, 3.0), "off the table"),
        Edit("move", 1, (1.5, 0.0), "out of the frame"),
        Edit("move", 1, (0.3, 0.0), "too near"),
        Edit("size", 1, "small", "as it is"),
        Edit("paint", 1, "red", "as it is"),
    ],
    ids=lambda edit: f"{edit.kind} {edit.words}",
)
def test_what_cannot_be_is_none(edit: Edit) -> None:
    shown = scene(thing(1, at=(0.0, 0.0)), thing(2, at=(0.5, 0.0)))
    assert apply(shown, edit) is None


def test_growing_into_another_object_is_none() -> None:
    apart = scene(thing(1, at=(0.0, 0.0)), thing(2, at=(0.45, 0.0)))
    close = scene(thing(1, at=(0.0, 0.0)), thing(2, at=(0.35, 0.0)))
    grow = Edit("size", 1, "large", "the red cube made large")
    assert apply(apart, grow) is not None
    assert apply(close, grow) is None


def test_the_last_object_stays() -> None:
    assert apply(scene(thing(1)), Edit("take_away", 1, None, "")) is None


@pytest.mark.parametrize(
    "edit", [Edit("paint", 9, "blue", ""), Edit("turn", 1, 90, ""), Edit("write", 1, "STOP", "")]
)
def test_edits_of_what_is_not_there_are_faults(edit: Edit) -> None:
    with pytest.raises(ValueError, match=r"no object 9|not an edit"):
        apply(scene(thing(1)), edit)
