"""Image sources: records repeat, pictures match their ids, bad folders get one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.identity import picture_id
from scotoma.images.folder import FolderSource
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
    source = FolderSource(tmp_path / "set")
    stream = TabletopSource(2, 9, 48, workers=0)
    for index in range(2):
        assert source.record(index).id == stream.record(index).id
        assert source.record(index).truth is not None
        assert picture_id(source.picture(source.record(index))) == source.record(index).id


def test_broken_files_are_skipped_and_listed(tmp_path: Path) -> None:
    Picture.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG not really")
    (tmp_path / "empty.jpg").write_bytes(b"")
    source = FolderSource(tmp_path)
    assert len(source) == 1
    assert set(source.skipped) == {"bad.png", "empty.jpg"}


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    picture = Picture.new("RGB", (8, 4), (255, 0, 0))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    record = FolderSource(tmp_path).record(0)
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
        FolderSource(folder)
    assert "\n" not in str(caught.value)


def test_a_broken_truth_file_names_its_line(tmp_path: Path) -> None:
    Picture.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "truth.jsonl").write_text('{"file": "a.png"}\n', "utf-8")
    with pytest.raises(ImagesError, match="line 1"):
        FolderSource(tmp_path)
