"""The camera: what lies right shows right, what lies far shows high, headings as documented."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.tabletop.geometry import camera_axes, in_frame, placed_in_view, project
from scotoma.tabletop.scene import Camera, SceneObject

CAMERA = Camera((0.0, -1.8, 1.1), (0.0, 0.0, 0.1), 33.0)


def box_at(x: float, y: float, yaw_deg: float = 0.0) -> SceneObject:
    return SceneObject(
        1, "chair", "furniture", "chair_1", "red", "matte", "small", x, y, yaw_deg, (0.2,) * 3, True
    )


def test_the_target_is_in_the_middle() -> None:
    assert project(CAMERA, CAMERA.target) == pytest.approx((0.5, 0.5))


def test_right_is_right_and_far_is_high() -> None:
    u, v = project(CAMERA, (0.3, 0.0, 0.1))
    assert u > 0.5
    assert v == pytest.approx(0.5, abs=1e-9)
    assert project(CAMERA, (0.0, 0.5, 0.1))[1] < 0.5
    assert project(CAMERA, (0.0, 0.0, 0.4))[1] < 0.5


@given(
    st.tuples(*[st.floats(-2, 2)] * 2, st.floats(0.2, 2)),
    st.tuples(*[st.floats(-0.3, 0.3)] * 2, st.floats(0.0, 0.1)),
)
def test_axes_are_orthonormal_and_right_handed(
    eye: tuple[float, float, float], target: tuple[float, float, float]
) -> None:
    if math.dist(eye[:2], target[:2]) < 0.1:
        return
    right, up, forward = camera_axes(Camera(eye, target, 40.0))
    for axis in (right, up, forward):
        assert math.hypot(*axis) == pytest.approx(1.0)
    assert sum(a * b for a, b in zip(right, forward, strict=True)) == pytest.approx(0.0, abs=1e-9)
    assert sum(a * b for a, b in zip(up, forward, strict=True)) == pytest.approx(0.0, abs=1e-9)
    assert right[2] == 0.0
    assert up[2] >= 0.0


@pytest.mark.parametrize(
    ("yaw_deg", "heading", "facing"),
    [
        (0.0, 0.0, "toward"),
        (90.0, 90.0, "right"),
        (180.0, 180.0, "away"),
        (270.0, 270.0, "left"),
        (45.0, 45.0, None),
    ],
)
def test_heading_of_an_object_straight_ahead(yaw_deg: float, heading: float, facing: str | None) -> None:
    seen = placed_in_view(CAMERA, box_at(0.0, 0.2, yaw_deg))
    assert seen.heading_deg == pytest.approx(heading, abs=0.01)
    assert seen.facing == facing


def test_depth_grows_away_from_the_camera() -> None:
    near, far = placed_in_view(CAMERA, box_at(0.0, -0.2)), placed_in_view(CAMERA, box_at(0.0, 0.4))
    assert far.depth - near.depth == pytest.approx(0.6, abs=1e-3)


def test_in_frame_refuses_what_sticks_out() -> None:
    assert in_frame(CAMERA, box_at(0.0, 0.0))
    assert not in_frame(CAMERA, box_at(1.2, 0.0))
