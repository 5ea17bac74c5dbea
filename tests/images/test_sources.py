"""Image sources: records repeat, pictures match their ids, bad folders get one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.identity import picture_id
from scotoma.images.folder import open_folder
from scotoma.images.tabletop import TabletopSource
from scotoma.tabletop.dataset import write_dataset


def test_tabletop_records_and_pictures_agree(tmp_path: Path) -> None:
    source = TabletopSource(3, 9, 48, workers=0, cache=tmp_path)
    first = [source.record(index) for index in range(3)]
    assert [picture_id(source.picture(image)) for image in first] == [image.id for image in first]
    again = TabletopSource(3, 9, 48, workers=0, cache=tmp_path)
    assert [again.record(index) for index in range(3)] == first
    assert again.picture(first[2]).tobytes() == source.picture(first[2]).tobytes()


def test_rendering_ahead_changes_nothing() -> None:
    alone, ahead = TabletopSource(4, 9, 48, workers=0), TabletopSource(4, 9, 48, workers=1, ahead=2)
    try:
        assert [alone.record(index) for index in range(4)] == [ahead.record(index) for index in range(4)]
    finally:
        ahead.close()


@pytest.mark.parametrize("index", [-1, 2])
def test_past_the_end(index: int) -> None:
    with pytest.raises(IndexError):
        TabletopSource(2, 0, 48, workers=0).record(index)


def test_a_folder_of_the_tabletop_carries_its_truth(tmp_path: Path) -> None:
    write_dataset(2, 9, tmp_path / "set", size=48, workers=0)
    source = open_folder(tmp_path / "set")
    stream = TabletopSource(2, 9, 48, workers=0)
    for index in range(2):
        record = source.record(index)
        assert record is not None
        assert record.id == stream.record(index).id
        assert record.truth == stream.record(index).truth
        assert picture_id(source.picture(record)) == record.id


def test_broken_files_are_skipped_and_listed(tmp_path: Path) -> None:
    Picture.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG not really")
    (tmp_path / "empty.jpg").write_bytes(b"")
    source = open_folder(tmp_path)
    assert len(source) == 3
    records = [source.record(index) for index in range(3)]
    assert [record.uri if record else None for record in records] == [None, None, "good.png"]
    assert [source.record(index) for index in range(3)] == records
    assert set(source.skips.listed) == {"bad.png", "empty.jpg"}
    assert source.skips.count == 2


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    picture = Picture.new("RGB", (8, 4), (255, 0, 0))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    record = open_folder(tmp_path).record(0)
    assert record is not None
    assert (record.width, record.height) == (4, 8)


@pytest.mark.parametrize("kind", ["missing", "file", "empty", "only broken"])
def test_bad_folders(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "folder"
    if kind == "file":
        folder.write_text("text", "utf-8")
    elif kind != "missing":
        folder.mkdir()
    if kind == "only broken":
        (folder / "bad.png").write_bytes(b"nothing")
    with pytest.raises(ImagesError) as caught:
        open_folder(folder)
    assert "\n" not in str(caught.value)


def test_a_broken_truth_file_names_its_line(tmp_path: Path) -> None:
    Picture.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "truth.jsonl").write_text('{"file": "a.png"}\n', "utf-8")
    with pytest.raises(ImagesError, match="line 1"):
        open_folder(tmp_path)
