"""The renderer's truth: what is in front hides, what stands alone is whole, and pixels repeat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scotoma.errors import RenderError
from scotoma.tabletop.render import Rendered, Renderer
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import COLOURS, Camera, Scene, SceneObject


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(96)


def cube(number: int, x: float, y: float, side: float = 0.3, colour: str = "red") -> SceneObject:
    return SceneObject(number, "cube", "block", "cube", colour, "matte", "large", x, y, 0.0, (side,) * 3)


def scene_of(*objects: SceneObject) -> Scene:
    return Scene(objects, Camera((0.0, -1.86, 1.16), (0.0, 0.03, 0.1), 33.0), 1, (-0.3, -0.4, 0.9), 0)


def test_an_object_alone_is_wholly_visible(renderer: Renderer) -> None:
    (item,) = renderer.render(scene_of(cube(1, 0.0, 0.0))).scene.objects
    assert item.visible == 1.0
    assert item.box is not None
    assert item.box[0] < item.u < item.box[2]


def test_what_stands_in_front_hides(renderer: Renderer) -> None:
    behind, front = renderer.render(scene_of(cube(1, 0.0, 0.35, 0.2), cube(2, 0.0, -0.1, 0.4))).scene.objects
    assert front.visible == 1.0
    assert behind.visible < 0.5
    assert behind.depth > front.depth


def test_a_hidden_object_has_no_box(renderer: Renderer) -> None:
    tiny, _ = renderer.render(scene_of(cube(1, 0.0, 0.25, 0.05), cube(2, 0.0, -0.1, 0.5))).scene.objects
    assert tiny.visible == 0.0
    assert tiny.box is None


def test_left_is_left(renderer: Renderer) -> None:
    rendered = renderer.render(scene_of(cube(1, -0.3, 0.0), cube(2, 0.3, 0.0)))
    left, right = rendered.scene.objects
    assert left.u < right.u
    columns = [np.nonzero(rendered.ids == number)[1].mean() for number in (1, 2)]
    assert columns[0] < columns[1]


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_paint_shows_in_the_pixels(renderer: Renderer, colour: str) -> None:
    rendered = renderer.render(scene_of(cube(1, 0.0, 0.0, 0.4, colour)))
    shown = rendered.pixels[40:56, 44:52].reshape(-1, 3).mean(0)
    paint = np.array(COLOURS[colour], float)
    nearest = min(COLOURS, key=lambda name: _hue_distance(shown, np.array(COLOURS[name], float)))
    assert nearest == colour, (shown, paint)


def _hue_distance(shown: np.ndarray, paint: np.ndarray) -> float:
    """Distance of colour directions, so that light and shade count little; brightness breaks ties (brown, gray)."""
    return float(
        np.abs(shown / shown.sum() - paint / paint.sum()).sum() + 0.0005 * abs(shown.sum() - paint.sum())
    )


def test_rendering_again_gives_the_same(renderer: Renderer) -> None:
    scene = sample_scene(3, 1)
    first = renderer.render(scene)
    renderer.render(sample_scene(3, 2))
    assert_same(first, renderer.render(scene))
    assert_same(first, Renderer(96).render(scene))


def test_the_truth_does_not_depend_on_the_size(renderer: Renderer) -> None:
    scene = sample_scene(3, 4)
    assert renderer.render(scene).scene == Renderer(64).render(scene).scene


def test_mirrored_scenes_have_mirrored_truth(renderer: Renderer) -> None:
    scene = scene_of(cube(1, -0.35, 0.1), cube(2, 0.2, 0.3))
    mirrored = replace(scene, objects=tuple(replace(item, x=-item.x) for item in scene.objects))
    for one, other in zip(
        renderer.render(scene).scene.objects, renderer.render(mirrored).scene.objects, strict=True
    ):
        assert one.u == pytest.approx(1.0 - other.u, abs=1e-4)
        assert one.depth == other.depth


def test_too_many_objects_are_refused(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match="at most 15"):
        renderer.render(scene_of(*(cube(number, 0.0, 0.0) for number in range(1, 17))))


def assert_same(first: Rendered, second: Rendered) -> None:
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.ids, second.ids)
    assert first.scene == second.scene
