"""IMAGES -> a source, and a picture of a run again when its source is closed."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from images.pictures import encoded, folder_of
from scotoma.errors import ImagesError
from scotoma.images.opening import open_source, picture_of
from scotoma.images.split import Split
from scotoma.images.tabletop import TabletopSource
from scotoma.records import Image


@pytest.fixture
def everywhere(tmp_path: Path) -> dict[str, str]:
    """The same five pictures in every kind of source: what it is -> IMAGES."""
    pictures = [encoded(number) for number in range(5)]
    folder_of(tmp_path / "folder", 5)
    (tmp_path / "table").mkdir()
    pq.write_table(pa.table({"image": pictures}), tmp_path / "table" / "a.parquet")
    made = datasets.Dataset.from_dict({"image": [{"bytes": one, "path": None} for one in pictures]})
    made.cast_column("image", datasets.Image()).save_to_disk(str(tmp_path / "saved"))
    with tarfile.open(tmp_path / "a-0.tar", "w") as tar:
        for number, content in enumerate(pictures):
            member = tarfile.TarInfo(f"{number}.png")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return {
        "folder": str(tmp_path / "folder"),
        "parquet file": str(tmp_path / "table" / "a.parquet"),
        "parquet folder": str(tmp_path / "table"),
        "parquet": f"parquet:{tmp_path}/table,column=image",
        "saved dataset": str(tmp_path / "saved"),
        "hf": f"hf:{tmp_path}/saved",
        "wds": f"wds:{tmp_path}/a-{{0..0}}.tar",
    }


def test_every_kind_of_source_holds_the_same_images(everywhere: dict[str, str]) -> None:
    ids = {}
    for kind, images in everywhere.items():
        source = open_source(images)
        records = [source.record(index) for index in range(len(source))]
        ids[kind] = [record.id for record in records if record is not None]
        source.close()
        for record in records:
            assert record is not None
            # Without the source, which is closed.
            assert picture_of(record).size == (12, 8)
    assert len({tuple(found) for found in ids.values()}) == 1
    assert len(set(ids["folder"])) == 5


def test_the_tabletop() -> None:
    source = open_source("tabletop:n=3,seed=1,size=32")
    assert isinstance(source, TabletopSource)
    assert len(source) == 3
    source.close()


def test_pictures_win_over_parquet_in_a_folder(tmp_path: Path) -> None:
    folder_of(tmp_path, 2)
    pq.write_table(pa.table({"image": [encoded(9)]}), tmp_path / "a.parquet")
    assert len(open_source(f"{tmp_path}/")) == 2
    assert len(open_source(f"parquet:{tmp_path}")) == 1


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("./nowhere", "a.png"),
        ("scenes", "scene:1"),
        ("wds:a.tar", "rubbish"),
        ("parquet:./nowhere", "a.parquet#0"),
        ("tabletop:n=1", "tabletop:index=0"),
    ],
)
def test_pictures_that_are_gone_are_one_line(source: str, uri: str) -> None:
    with pytest.raises(ImagesError) as caught:
        picture_of(Image("ab", source, 1, 1, uri))
    assert "\n" not in str(caught.value)


def test_copies_are_dropped_and_counted_the_first_one_kept(tmp_path: Path) -> None:
    folder_of(tmp_path, 6)
    for number in range(3):
        (tmp_path / f"copy-{number}.bmp").write_bytes(encoded(number, "BMP"))
    (tmp_path / "broken.png").write_bytes(b"")
    source = open_source(str(tmp_path))
    split = Split(source, 0.5)
    while split.walk_on():
        pass
    figures = split.figures()
    assert (figures.walked, figures.duplicates, figures.skipped) == (10, 3, 1)
    assert figures.discover + figures.held_out == 6
    assert set(figures.listed) == {"broken.png"}
    taken = {*split.held_out(99), *(split.discover(position) for position in range(figures.discover))}
    assert sorted(image.uri for image in taken) == [
        "000.png",
        "001.png",
        "002.png",
        "003.png",
        "004.png",
        "005.png",
    ]


def test_the_split_is_the_same_in_every_kind_of_source(everywhere: dict[str, str]) -> None:
    sides = set()
    for images in everywhere.values():
        source = open_source(images)
        split = Split(source, 0.5, shuffle_seed=len(sides))
        while split.walk_on():
            pass
        sides.add(frozenset(image.id for image in split.held_out(5)))
        source.close()
    assert len(sides) == 1
