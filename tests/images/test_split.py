"""The split of a source into discover and held-out images."""

from __future__ import annotations

import hashlib
import tracemalloc

import pytest
from PIL import Image as Picture

from fakes import SceneSource
from scotoma.errors import ImagesError
from scotoma.images.source import Skips
from scotoma.images.split import Split, is_held_out
from scotoma.records import Image


def test_every_image_is_on_one_side_and_always_the_same() -> None:
    split = Split(SceneSource(40), 0.3)
    held_out = {image.id for image in split.held_out(1000)}
    discover = {split.discover(position).id for position in range(40 - len(held_out))}
    assert not held_out & discover
    assert len(held_out | discover) == 40
    shuffled = Split(SceneSource(40), 0.3, shuffle_seed=1)
    assert {image.id for image in shuffled.held_out(1000)} == held_out


def test_order_does_not_depend_on_who_asks_first() -> None:
    first, second = Split(SceneSource(40), 0.3), Split(SceneSource(40), 0.3)
    early = [first.discover(position) for position in range(12)]
    second.held_out(5)
    assert [second.discover(position) for position in range(12)] == early
    assert first.held_out(5) == second.held_out(5)


def test_a_source_is_walked_only_as_far_as_needed_and_then_again() -> None:
    source = SceneSource(30)
    split = Split(source, 0.3)
    split.discover(2)
    assert len(source.opened) < 15
    kept = 30 - len(split.held_out(1000))
    assert split.discover(kept) == split.discover(0)
    assert set(source.opened) == set(range(30))


def test_shuffling_changes_the_order_alone() -> None:
    plain, shuffled = Split(SceneSource(30), 0.3), Split(SceneSource(30), 0.3, shuffle_seed=4)
    kept = 30 - len(plain.held_out(1000))
    orders = [[split.discover(position).id for position in range(kept)] for split in (plain, shuffled)]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_share_is_met_and_monotone() -> None:
    ids = [hashlib.sha256(str(index).encode()).hexdigest() for index in range(4000)]
    assert sum(is_held_out(image, 0.25) for image in ids) == pytest.approx(1000, abs=110)
    assert all(is_held_out(image, 0.5) for image in ids if is_held_out(image, 0.25))


def test_too_few_images() -> None:
    only = SceneSource(1)
    on_hold = is_held_out(only.record(0).id, 0.5)
    with pytest.raises(ImagesError, match="too few images"):
        Split(only, 0.5).discover(0) if on_hold else Split(only, 0.5).held_out(1)


class Endless:
    """n images that are made up when they are asked for."""

    name = "endless"
    skips = Skips()

    def __init__(self, n: int) -> None:
        self._n = n

    def __len__(self) -> int:
        return self._n

    def record(self, index: int) -> Image | None:
        if index % 10 == 3:
            return None
        identity = hashlib.sha256(str(index // 2).encode()).hexdigest()
        return Image(identity, self.name, 1, 1, str(index), {"text": "x" * 2000})

    def picture(self, image: Image) -> Picture.Image:
        raise AssertionError("no picture is needed for a split")

    def close(self) -> None:
        """Nothing."""


def test_broken_images_are_passed_over_and_copies_dropped() -> None:
    split = Split(Endless(100), 0.3, shuffle_seed=1)
    while split.walk_on():
        pass
    figures = split.figures()
    assert figures.walked == 100
    # Of each ten, one cannot be read, and four pairs are whole.
    assert figures.discover + figures.held_out == 50
    assert figures.duplicates == 40


def test_memory_does_not_grow_with_the_number_of_images() -> None:
    def held(n: int) -> int:
        tracemalloc.start()
        split = Split(Endless(n), 0.3, shuffle_seed=1)
        while split.walk_on():
            pass
        split.discover(5)
        now, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return now

    held(50)
    assert held(6000) < held(300) + 20_000
