"""Scenes are pure functions of (seed, index), whole in the frame, and do not collide."""

from __future__ import annotations

import json
import math
from itertools import combinations

import pytest

from scotoma.tabletop.geometry import in_frame
from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.sampler import DEFAULT, SceneDistribution, sample_scene
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Scene

SCENES = [sample_scene(5, index) for index in range(150)]


def test_the_same_arguments_give_the_same_scene() -> None:
    assert sample_scene(5, 3) == SCENES[3]
    assert sample_scene(6, 3) != SCENES[3]
    assert sample_scene(5, 4) != SCENES[3]


@pytest.mark.parametrize("scene", SCENES[:40], ids=lambda scene: str(scene.seed))
def test_objects_stand_apart_and_whole_in_the_frame(scene: Scene) -> None:
    assert all(in_frame(scene.camera, item) for item in scene.objects)
    for first, second in combinations(scene.objects, 2):
        assert math.hypot(first.x - second.x, first.y - second.y) > 0.9 * (first.radius + second.radius)


def test_every_value_is_in_the_vocabulary() -> None:
    for item in (item for scene in SCENES for item in scene.objects):
        assert item.category in catalogue().categories
        assert item.family == catalogue().family_of(item.category)
        assert item.colour in COLOURS
        assert item.material in MATERIALS
        assert item.size in SIZES
        assert (item.text in SIGN_WORDS) == (item.category == "sign")


def test_numbers_of_objects_cover_the_range() -> None:
    counts = {len(scene.objects) for scene in SCENES}
    assert min(counts) == DEFAULT.min_objects
    assert max(counts) == DEFAULT.max_objects


def test_a_distribution_is_obeyed() -> None:
    blocks = SceneDistribution(min_objects=3, max_objects=3, share_meshes=0.0, share_signs=0.0, repeat=0.0)
    for index in range(10):
        scene = sample_scene(1, index, blocks)
        assert len(scene.objects) == 3
        assert {item.family for item in scene.objects} == {"block"}


def test_truth_survives_json() -> None:
    for scene in SCENES[:20]:
        assert Scene.from_truth(json.loads(json.dumps(scene.to_truth()))) == scene
