"""Folders as they are found: nested, linked in circles, locked, full of broken things."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from images.pictures import bomb, encoded, folder_of
from scotoma.errors import ImagesError
from scotoma.images.album import Album
from scotoma.images.folder import files_below, has_pictures, open_folder
from scotoma.records import Image


def uris(source: Album) -> list[str]:
    records = [source.record(index) for index in range(len(source))]
    return [record.uri for record in records if record is not None]


def first(source: Album) -> Image:
    record = source.record(0)
    assert record is not None
    return record


def test_subfolders_are_read_in_one_order(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.JPG", "a/b/c.webp", "a.gif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        form = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}[name[-4:].lower().strip(".")]
        (tmp_path / name).write_bytes(encoded(len(name), form))
    (tmp_path / "notes.txt").write_text("no picture")
    assert uris(open_folder(tmp_path)) == ["a.gif", "a/b/c.webp", "a/z.JPG", "b.png"]


def test_links_are_followed_once(tmp_path: Path) -> None:
    folder_of(tmp_path / "real", 2)
    album = tmp_path / "album"
    album.mkdir()
    (album / "linked").symlink_to(tmp_path / "real")
    (album / "again").symlink_to(tmp_path / "real")
    (album / "up").symlink_to(album)
    (album / "round.png").symlink_to("round.png")
    (album / "lost.png").symlink_to("nowhere.png")
    source = open_folder(album)
    assert uris(source) == ["again/000.png", "again/001.png"]
    assert set(source.skips.listed) == {"round.png", "lost.png"}


def test_whatever_is_broken_is_counted_with_its_reason(tmp_path: Path) -> None:
    folder_of(tmp_path, 1)
    (tmp_path / "bomb.png").write_bytes(bomb())
    (tmp_path / "cut.png").write_bytes(encoded(9)[:50])
    (tmp_path / "text.jpg").write_text("hello")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    source = open_folder(tmp_path)
    assert uris(source) == ["000.png"]
    listed = source.skips.listed
    assert set(listed) == {"bomb.png", "cut.png", "text.jpg", "pipe.png"}
    assert "pixels" in listed["bomb.png"]
    assert "damaged" in listed["cut.png"]


def test_names_that_are_not_utf8_are_counted(tmp_path: Path) -> None:
    folder_of(tmp_path, 1)
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(encoded(5))
    except OSError:
        pytest.skip("this file system stores UTF-8 names only")
    source = open_folder(tmp_path)
    assert uris(source) == ["000.png"]
    assert source.skips.listed == {"caf?.png": "has a name that is not UTF-8"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folders_that_may_not_be_read_are_counted(tmp_path: Path) -> None:
    folder_of(tmp_path, 1)
    folder_of(tmp_path / "locked", 1).chmod(0)
    source = open_folder(tmp_path)
    (tmp_path / "locked").chmod(0o700)
    assert uris(source) == ["000.png"]
    assert "cannot be listed" in source.skips.listed["locked/"]


def test_a_picture_is_opened_only_when_it_is_asked_for(tmp_path: Path) -> None:
    folder_of(tmp_path, 3)
    source = open_folder(tmp_path)
    (tmp_path / "002.png").write_bytes(b"broken later")
    assert source.record(1) is not None
    assert source.skips.count == 0
    assert source.record(2) is None
    assert source.skips.count == 1


def test_a_picture_that_has_changed_is_an_error(tmp_path: Path) -> None:
    folder_of(tmp_path, 1)
    record = first(open_folder(tmp_path))
    later = open_folder(tmp_path)
    assert later.picture(record).size == (12, 8)
    (tmp_path / "000.png").write_bytes(encoded(99))
    assert later.picture(record).size == (12, 8)  # still held
    with pytest.raises(ImagesError, match="is another picture than when the run began"):
        open_folder(tmp_path).picture(record)
    (tmp_path / "000.png").unlink()
    folder_of(tmp_path, 2)
    (tmp_path / "000.png").unlink()
    with pytest.raises(ImagesError, match=r"000.png is gone"):
        open_folder(tmp_path).picture(record)


def test_held_pictures_are_bounded_and_one_is_held_at_least(tmp_path: Path) -> None:
    from scotoma.images.folder import FolderEntries

    folder_of(tmp_path, 6)
    album = Album("pictures", FolderEntries(tmp_path), cache_bytes=2 * 12 * 8 * 3)
    for index in range(6):
        record = album.record(index)
        assert record is not None
        album.picture(record)
    assert len(album._pictures) == 2
    tight = Album("pictures", FolderEntries(tmp_path), cache_bytes=1)
    assert tight.picture(first(tight)).size == (12, 8)
    assert len(tight._pictures) == 1


def test_files_below(tmp_path: Path) -> None:
    folder_of(tmp_path / "a", 1)
    (tmp_path / "a" / "x.parquet").touch()
    assert files_below(tmp_path, ".parquet") == [Path("a/x.parquet")]
    assert has_pictures(tmp_path)
    assert not has_pictures(folder_of(tmp_path / "b", 0))
