"""The shipped minis: every kind loads as any other model would, and sees what its name says."""

from __future__ import annotations

import pytest

from scotoma.models.chat import Request
from scotoma.models.local import load_local
from scotoma.models.mini import MINI_KINDS, mini_path
from scotoma.specs import MiniKind
from scotoma.tabletop.render import Renderer
from scotoma.tabletop.sampler import sample_scene


@pytest.mark.parametrize(("kind", "side"), [("", 112), ("half", 56), ("unread", 112)])
def test_a_mini_candidate_answers(kind: MiniKind, side: int) -> None:
    from PIL import Image as Picture

    renderer = Renderer(224)
    pixels = renderer.render(sample_scene(3, 0)).pixels
    renderer.close()
    model = load_local("mini", mini_path("candidate", kind), max_new_tokens=8)
    (reply,) = model.generate([Request(Picture.fromarray(pixels), "scene", "how many objects are there?")])
    assert reply.text is not None
    assert reply.text.strip() in {str(number) for number in range(100)}
    assert model.model.config.vision_config.image_size == side


def test_every_other_kind_is_described() -> None:
    assert set(MINI_KINDS) == {"half", "unread"}
