"""Fresh questions: valid, of the claim, plain, and not of what else is claimed."""

from __future__ import annotations

import random

import pytest

from scenes import random_scene
from scotoma.analysis.conditions import conditions_of
from scotoma.confirming.claims import ModeClaim
from scotoma.confirming.fresh import askable, fresh_pair, plain_question
from scotoma.tabletop import oracle
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import Scene

SCENES = [random_scene(seed, 9) for seed in range(40)]


def met(text: str, scene: Scene) -> set[str]:
    ruling = oracle.ask(text, scene)
    assert ruling.valid, text
    return {*ruling.skills, *conditions_of(text, scene)}


@pytest.mark.parametrize(
    ("features", "nearest"),
    [
        (("counting", "occlusion"), ("counting",)),
        (("between",), ()),
        (("counting", "count>=3"), ("counting",)),
        (("colour", "left_right"), ("left_right",)),
    ],
)
def test_one_question_is_of_the_mode_and_one_of_its_part_alone(
    features: tuple[str, ...], nearest: tuple[str, ...]
) -> None:
    claim = ModeClaim(features, nearest, 0.9, 0.1)
    found = 0
    for number, scene in enumerate(SCENES):
        pair = fresh_pair(claim, [], scene, random.Random(number))
        if pair is None:
            continue
        found += 1
        assert set(features) <= met(pair.mode, scene)
        part = met(pair.part, scene)
        assert set(nearest) <= part
        assert not set(features) <= part
    assert found >= 10


def test_what_another_mode_explains_is_left_out() -> None:
    hidden = ModeClaim(("counting", "occlusion"), ("counting",), 0.9, 0.1)
    counting = ModeClaim(("counting",), (), 0.4, 0.1)
    asked = [
        (scene, pair)
        for number, scene in enumerate(SCENES)
        if (pair := fresh_pair(counting, [hidden], scene, random.Random(number)))
    ]
    assert len(asked) >= 10
    for scene, pair in asked:
        assert "occlusion" not in met(pair.mode, scene)
        assert not {"counting", "occlusion"} <= met(pair.part, scene)


def test_a_part_is_not_left_out_of_the_mode_that_holds_it() -> None:
    hidden = ModeClaim(("counting", "occlusion"), ("counting",), 0.9, 0.1)
    counting = ModeClaim(("counting",), (), 0.4, 0.1)
    pairs = [fresh_pair(hidden, [counting], scene, random.Random(1)) for scene in SCENES]
    assert any(pair is not None for pair in pairs)


def test_questions_are_plain() -> None:
    lengths = []
    for number, scene in enumerate(SCENES):
        text = plain_question(("counting",), [], scene, random.Random(number))
        if text is not None:
            lengths.append(len(oracle.ask(text, scene).skills))
    assert sum(lengths) / len(lengths) < 2.0


def test_the_same_dice_give_the_same_questions_and_a_scene_without_them_gives_none() -> None:
    scene = sample_scene(1, 3)
    claim = ModeClaim(("counting",), (), 0.9, 0.1)
    assert fresh_pair(claim, [], scene, random.Random(5)) == fresh_pair(claim, [], scene, random.Random(5))
    impossible = ModeClaim(("counting", "count>=7"), ("counting",), 0.9, 0.1)
    assert fresh_pair(impossible, [], random_scene(2, 3), random.Random(5)) is None


def test_a_narrow_claim_without_pictures_gives_way_to_a_wide_one_and_small_differences_are_left_out() -> None:
    never = ModeClaim(("counting", "count>=7", "colour=red"), ("counting",), 0.9, 0.1)
    wide = ModeClaim(("counting",), (), 0.5, 0.1)
    hardly = ModeClaim(("colour",), (), 0.15, 0.1)
    assert askable([never, hardly], [wide], SCENES, 0, 20) == (wide,)


def test_a_wide_claim_is_not_told_beside_the_narrow_one_and_the_worst_come_first() -> None:
    narrow = ModeClaim(("counting", "count>=3"), ("counting",), 0.6, 0.1)
    wide = ModeClaim(("counting",), (), 0.4, 0.1)
    other = ModeClaim(("left_right",), (), 0.8, 0.1)
    assert askable([narrow], [wide, other], SCENES, 0, 20) == (other, narrow)
    assert askable([narrow], [wide, other], SCENES, 0, 1) == (other,)
