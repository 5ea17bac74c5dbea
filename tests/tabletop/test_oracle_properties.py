"""The oracle against a second, simpler one; under a mirror; and under changes that are below its margins."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes import mirrored, random_scene, scene
from scotoma.tabletop.asking import propose, propose_any
from scotoma.tabletop.geometry import placed_in_view
from scotoma.tabletop.oracle import judge
from strategies import programs
from tabletop.brute_force import Nameless, answer
from tabletop.mirror import mirrored_answer, mirrored_program

QUESTIONS_A_SCENE = 8


def asked(seed):
    """A scene and questions about it, checked and unchecked ones."""
    rng = random.Random(seed)
    place = random_scene(seed)
    drawn = [ask(place, rng) for _ in range(QUESTIONS_A_SCENE) for ask in (propose, propose_any)]
    return place, [program for program in drawn if program is not None]


@pytest.mark.parametrize("block", range(8))
def test_a_simpler_oracle_agrees(block):
    """50 scenes a block, 16 questions each: more than six thousand in all."""
    valid = 0
    for seed in range(50 * block, 50 * (block + 1)):
        place, questions = asked(seed)
        for program in questions:
            ruling = judge(program, place)
            if ruling.valid:
                valid += 1
                assert answer(program, place) == ruling.answer, ruling
            elif ruling.reason in ("no_referent", "ambiguous_referent"):
                with pytest.raises(Nameless):
                    answer(program, place)
    assert valid > 400


@given(programs(), st.integers(0, 10_000))
def test_a_simpler_oracle_agrees_on_anything_that_is_valid(program, seed):
    ruling = judge(program, random_scene(seed))
    if ruling.valid:
        assert answer(program, random_scene(seed)) == ruling.answer


@given(st.integers(0, 100_000))
def test_a_mirror_swaps_left_and_right_and_nothing_else(seed):
    place, questions = asked(seed)
    reflection = mirrored(place)
    for program in questions:
        ruling, reflected = judge(program, place), judge(mirrored_program(program), reflection)
        assert (reflected.valid, reflected.reason) == (ruling.valid, ruling.reason)
        assert reflected.answer == mirrored_answer(program, ruling.answer)


def test_the_mirror_is_what_a_mirrored_camera_sees():
    place = random_scene(3, 8)
    for item, reflection in zip(place.objects, mirrored(place).objects, strict=True):
        seen, reflected = placed_in_view(place.camera, item), placed_in_view(place.camera, reflection)
        assert reflected.u == pytest.approx(1.0 - seen.u, abs=2e-4)
        assert reflected.depth == pytest.approx(seen.depth, abs=2e-4)
        assert (reflected.heading_deg + seen.heading_deg) % 360.0 == pytest.approx(0.0, abs=0.02) or (
            reflected.heading_deg + seen.heading_deg
        ) % 360.0 == pytest.approx(360.0, abs=0.02)


def test_the_scenes_of_these_tests_look_like_the_package_s_own():
    for item in random_scene(5, 10).objects:
        seen = placed_in_view(random_scene(5, 10).camera, item)
        assert item.u == pytest.approx(seen.u, abs=0.01)
        assert item.depth == pytest.approx(seen.depth, abs=0.01)
        assert item.heading_deg == pytest.approx(seen.heading_deg, abs=0.1)


def shaken(item, rng):
    """Moved by less than half of every margin."""
    return replace(
        item,
        u=item.u + rng.uniform(-0.024, 0.024),
        depth=item.depth + rng.uniform(-0.039, 0.039),
        x=item.x + rng.uniform(-0.008, 0.008),
        y=item.y + rng.uniform(-0.008, 0.008),
        heading_deg=item.heading_deg + rng.uniform(-14.0, 14.0),
        visible=item.visible + rng.uniform(-0.08, 0.08),
    )


@given(st.integers(0, 100_000))
def test_a_valid_answer_hangs_on_no_small_difference_and_on_nothing_unseen(seed):
    """Objects that hardly show are taken away at random, the others shaken."""
    place, questions = asked(seed)
    rng = random.Random(seed)
    for program in questions:
        ruling = judge(program, place)
        if not ruling.valid:
            continue
        kept = [item for item in place.objects if item.visible >= 0.3 or rng.random() < 0.5]
        other = scene(*(shaken(item, rng) if item.visible >= 0.3 else item for item in kept))
        assert answer(program, other) == ruling.answer, ruling
