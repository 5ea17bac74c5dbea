"""What stands before an object, and where else it could stand: by outlines in the image, nothing rendered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from scenes import scene, thing
from scotoma.tabletop.geometry import outline
from scotoma.tabletop.places import FAR_ENOUGH_M, WAYS, clear_place, hiders_of, place_towards, places_for
from scotoma.tabletop.sampler import can_stand, sample_scene
from scotoma.tabletop.scene import Scene

BEHIND = thing(1, "cube", "red", at=(0.0, 0.4), visible=0.5)
BEFORE = thing(2, "cylinder", "yellow", at=(0.02, 0.0), size="large")
CORNER = thing(3, "sphere", "blue", at=(-0.16, 0.12))
BESIDE = thing(4, "cone", "green", at=(0.6, 0.4))


def overlap(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    across = min(first[2], second[2]) > max(first[0], second[0])
    return across and min(first[3], second[3]) > max(first[1], second[1])


def test_what_hides_most_is_named_first() -> None:
    assert hiders_of(BEHIND, scene(CORNER, BEHIND, BEFORE, BESIDE)) == (BEFORE, CORNER)


def test_what_is_whole_has_no_hider() -> None:
    assert hiders_of(replace(BEHIND, visible=1.0), scene(BEHIND, BEFORE)) == ()
    assert (
        hiders_of(replace(BEFORE, visible=0.5), scene(BEHIND, BEFORE)) == ()
    )  # what is behind hides nothing


@given(st.integers(0, 40), st.data())
@examples(max_examples=15)
def test_places_are_free_and_seen(index: int, data: st.DataObject) -> None:
    laid: Scene = sample_scene(44, index)
    item = data.draw(st.sampled_from(laid.objects))
    others = [other for other in laid.objects if other is not item]
    places = places_for(item, laid)
    assert [place.change for place in places] == sorted(place.change for place in places)
    for place in places[:20]:
        moved = replace(item, x=place.x, y=place.y)
        assert can_stand(moved, others, laid.camera)
        touched = [
            other for other in others if overlap(outline(laid.camera, moved), outline(laid.camera, other))
        ]
        assert all(
            other.y > moved.y - 0.1 for other in touched
        )  # only what stands behind it, or level with it
        assert not (place.alone and touched)
    for way in WAYS:
        found = place_towards(way, item, places)
        if found is not None:
            steps = {
                "left": item.x - found.x,
                "right": found.x - item.x,
                "front": item.y - found.y,
                "back": found.y - item.y,
            }
            assert max(steps, key=steps.__getitem__) == way
            assert steps[way] >= FAR_ENOUGH_M


def test_a_place_where_nothing_is_hidden_is_preferred() -> None:
    places = places_for(BEHIND, scene(BEHIND, BEFORE, BESIDE))
    chosen = clear_place(places)
    assert chosen is not None
    assert chosen.alone
    assert chosen.change == min(place.change for place in places if place.alone)
    crowded = [replace(place, alone=False) for place in places]
    assert clear_place(crowded) == crowded[0]
    assert clear_place([]) is None


@pytest.mark.parametrize("way", WAYS)
def test_there_may_be_no_place_that_way(way: str) -> None:
    assert place_towards(way, BEHIND, []) is None  # type: ignore[arg-type]
