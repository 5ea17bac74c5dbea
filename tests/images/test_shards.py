"""WebDataset shards: samples, columns, damage, hostile headers."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.pictures import encoded, picture
from scotoma.errors import ImagesError
from scotoma.images.album import Album
from scotoma.images.decode import Unreadable
from scotoma.images.shards import load_member, open_shards, shards_of


def shard(path: Path, members: Sequence[tuple[str, bytes]]) -> Path:
    """A tar file of these members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def samples(first: int, n: int) -> list[tuple[str, bytes]]:
    """n samples: a PNG and a caption each."""
    return [
        member
        for number in range(first, first + n)
        for member in ((f"{number:04d}.png", encoded(number)), (f"{number:04d}.txt", b"a caption"))
    ]


def names(source: Album) -> list[str]:
    records = [source.record(index) for index in range(len(source))]
    return [record.uri.rpartition(":")[2] for record in records if record is not None]


def test_shards_are_read_in_order_and_pictures_found_again(tmp_path: Path) -> None:
    for number in range(3):
        shard(tmp_path / f"train-{number:03d}.tar", samples(10 * number, 2))
    source = open_shards(f"{tmp_path}/train-{{000..001}}.tar", None, "wds:it")
    assert names(source) == ["0000.png", "0001.png", "0010.png", "0011.png"]
    record = source.record(3)
    assert record is not None
    assert record.source == "wds:it"
    source.close()
    assert load_member(record.uri).tobytes() == picture(11).tobytes()
    assert len(open_shards(f"{tmp_path}/train-*.tar", None, "wds:it")) == 6


def test_pictures_of_a_sample_are_told_apart_by_column(tmp_path: Path) -> None:
    path = shard(tmp_path / "a.tar", [("a/1.image.png", encoded(1)), ("a/1.mask.PNG", encoded(2))])
    with pytest.raises(ImagesError, match="sample '1' holds several pictures: say which, with ,column="):
        open_shards(str(path), None, "wds:a")
    assert names(open_shards(str(path), "mask.png", "wds:a")) == ["a/1.mask.PNG"]
    with pytest.raises(ImagesError, match=r"no readable image in wds:a \(looked for .jpg\)"):
        open_shards(str(path), "jpg", "wds:a")


def test_broken_members_are_counted(tmp_path: Path) -> None:
    path = shard(tmp_path / "a.tar", [("1.png", encoded(1)), ("2.png", b"no picture"), ("3.png", b"")])
    source = open_shards(str(path), None, "wds:a")
    assert names(source) == ["1.png"]
    assert source.skips.count == 2
    assert all("is no picture" in reason for reason in source.skips.listed.values())


def test_links_folders_and_hidden_files_are_no_pictures(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for name, kind in (("d.png", tarfile.DIRTYPE), ("l.png", tarfile.SYMTYPE)):
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "/etc/passwd"
            tar.addfile(member)
        for name in (".hidden.png", "whole.png"):
            member = tarfile.TarInfo(name)
            member.size = len(encoded(1))
            tar.addfile(member, io.BytesIO(encoded(1)))
    assert names(open_shards(str(tmp_path / "a.tar"), None, "wds:a")) == ["whole.png"]


def test_a_shard_that_was_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    path = shard(tmp_path / "a.tar", samples(0, 4))
    whole = path.read_bytes()
    for end in (3 * 512 + 10, 2 * 1024 + 512, 4 * 512):
        path.write_bytes(whole[:end])
        source = open_shards(str(path), None, "wds:a")
        assert 1 <= len(names(source)) < 4


def test_rubbish_in_the_middle_is_counted(tmp_path: Path) -> None:
    path = shard(tmp_path / "a.tar", samples(0, 3))
    whole = bytearray(path.read_bytes())
    whole[2048:2560] = b"\x07" * 512
    path.write_bytes(whole)
    source = open_shards(str(path), None, "wds:a")
    assert names(source) == ["0000.png"]
    assert "members after it are lost" in source.skips.listed[str(path)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(b"x" * 100), "is packed with gzip: unpack it"),
        (b"hello, this is no tar file" * 40, "is no tar file"),
        (b"", "is no tar file"),
    ],
    ids=["gzip", "text", "empty"],
)
def test_what_is_no_shard_is_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(ImagesError, match=told) as caught:
        open_shards(str(tmp_path / "a.tar"), None, "wds:a")
    assert "\n" not in str(caught.value)


def test_missing_shards_are_named(tmp_path: Path) -> None:
    shard(tmp_path / "a-0.tar", samples(0, 1))
    with pytest.raises(ImagesError, match=r"a-1.tar does not exist"):
        shards_of(f"{tmp_path}/a-{{0..1}}.tar")
    with pytest.raises(ImagesError, match=r"no shard is named .*b-\*.tar"):
        shards_of(f"{tmp_path}/b-*.tar")


@pytest.mark.parametrize("uri", ["", "a.tar", "a.tar#x+1:m", "a.tar#0+99999999999:m", "none.tar#0+5:m"])
def test_places_that_are_none(uri: str) -> None:
    with pytest.raises(Unreadable):
        load_member(uri)


@settings(max_examples=60)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=40))
def test_damage_anywhere_ends(tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes) -> None:
    path = shard(tmp_path_factory.mktemp("tar") / "a.tar", samples(0, 2))
    whole = bytearray(path.read_bytes())
    whole[place : place + len(damage)] = damage
    path.write_bytes(whole)
    try:
        found = names(open_shards(str(path), None, "wds:a"))
    except ImagesError as error:
        assert "\n" not in str(error)
    else:
        assert 1 <= len(found) <= 2


def test_a_header_that_goes_backwards_does_not_run_for_ever(tmp_path: Path) -> None:
    path = shard(tmp_path / "a.tar", samples(0, 2))
    whole = bytearray(path.read_bytes())
    header = whole[1024:1536]
    # A negative size in base 256, and the checksum to it.
    header[124:136] = b"\xff" * 11 + b"\x00"
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    whole[1024:1536] = header
    path.write_bytes(whole)
    assert names(open_shards(str(path), None, "wds:a")) == ["0000.png"]
