"""Edited scenes as images: rendered again from their record alone, by every source, with the same pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scotoma.errors import ImagesError
from scotoma.identity import image_id, picture_id
from scotoma.images import edited
from scotoma.images.edited import edited_image, edited_picture, is_edited
from scotoma.images.folder import open_folder
from scotoma.images.opening import picture_of
from scotoma.images.tabletop import TabletopSource
from scotoma.ledger import Ledger
from scotoma.report.pictures import picture_for
from scotoma.tabletop.dataset import write_dataset
from scotoma.tabletop.edits import Edit, apply
from scotoma.tabletop.sampler import sample_scene
from scotoma.tabletop.scene import Scene

SIZE = 48


@pytest.fixture
def stream() -> TabletopSource:
    return TabletopSource(2, 9, SIZE, workers=0)


def without_first(stream: TabletopSource) -> Scene:
    truth = stream.record(0).truth
    assert truth is not None
    changed = apply(Scene.from_truth(truth), Edit("take_away", 1, None, "taken away"))
    assert changed is not None
    return changed


def test_a_scene_drawn_alone_is_the_one_of_the_stream(stream: TabletopSource) -> None:
    alone, png = edited_image(sample_scene(9, 0), SIZE)
    record = stream.record(0)
    assert (alone.id, alone.truth) == (record.id, record.truth)
    assert image_id(png) == alone.id
    assert is_edited(alone)
    assert not is_edited(record)
    truth = record.truth
    assert truth is not None
    assert edited_image(Scene.from_truth(truth), SIZE) == (alone, png)  # measured before or not


def test_it_opens_again_wherever_it_is_asked_for(stream: TabletopSource, tmp_path: Path) -> None:
    record, _ = edited_image(without_first(stream), SIZE)
    assert record.id != stream.record(0).id
    with Ledger.create(tmp_path / "run", {}, {}) as ledger:
        ledger.add_images([record])
        (stored,) = ledger.images()
    write_dataset(1, 9, tmp_path / "set", size=SIZE, workers=0)
    edited._drawn.cache_clear()
    assert picture_id(stream.picture(stored)) == record.id
    assert picture_id(open_folder(tmp_path / "set").picture(stored)) == record.id
    assert picture_id(picture_of(stored)) == record.id
    assert image_id(picture_for(tmp_path / "run", stored)) == record.id


def test_its_truth_is_measured_anew(stream: TabletopSource) -> None:
    record, _ = edited_image(without_first(stream), SIZE)
    assert record.truth is not None
    assert record.truth["objects"][0]["id"] == 2
    assert all(item["box"] is None or item["depth"] > 0.0 for item in record.truth["objects"])
    assert any(item["box"] is not None for item in record.truth["objects"])


def test_other_pixels_than_were_recorded_are_an_error(stream: TabletopSource) -> None:
    record, _ = edited_image(without_first(stream), SIZE)
    with pytest.raises(ImagesError, match="drawn differently here") as caught:
        edited_picture(replace(record, id="0" * 64))
    assert "\n" not in str(caught.value)
    with pytest.raises(ImagesError, match="no scene graph"):
        edited_picture(replace(record, truth=None))
