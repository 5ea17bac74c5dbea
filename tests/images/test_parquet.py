"""Parquet files: columns, row groups, folders, damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.pictures import encoded, picture
from scotoma.errors import ImagesError
from scotoma.images.parquet import ParquetEntries, open_parquet


def table(path: Path, columns: dict[str, Any], rows_per_group: int = 4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, row_group_size=rows_per_group)
    return path


def structs(first: int, n: int) -> list[dict[str, Any]]:
    """Cells as `datasets` writes them."""
    return [{"bytes": encoded(number), "path": f"{number}.png"} for number in range(first, first + n)]


def test_bytes_and_structs_are_found_whatever_the_order(tmp_path: Path) -> None:
    plain = {"label": list(range(10)), "picture_bytes": [encoded(number) for number in range(10)]}
    for path in (
        table(tmp_path / "a.parquet", plain),
        table(tmp_path / "b.parquet", {"image": structs(0, 10), "caption": ["x"] * 10}),
    ):
        source = open_parquet(path, None, f"parquet:{path}")
        assert len(source) == 10
        for index in (7, 2, 2, 9, 0, 8):
            record = source.record(index)
            assert record is not None
            assert record.uri == f"{path.name}#{index}"
            assert source.picture(record).tobytes() == picture(index).tobytes()


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    table(tmp_path / "part-1.parquet", {"image": structs(5, 3)})
    table(tmp_path / "deep" / "part-2.parquet", {"image": structs(8, 2)})
    table(tmp_path / "part-0.parquet", {"image": structs(0, 5)})
    entries = ParquetEntries(tmp_path)
    uris = [entries.uri(index) for index in range(len(entries))]
    assert uris[0] == "deep/part-2.parquet#0"
    assert uris[2:4] == ["part-0.parquet#0", "part-0.parquet#1"]
    assert uris[-1] == "part-1.parquet#2"
    assert [entries.load(uri).getpixel((0, 0))[0] for uri in uris] == [8, 9, 0, 1, 2, 3, 4, 5, 6, 7]  # type: ignore[index]


@settings(max_examples=30)
@given(
    groups=st.integers(1, 9),
    rows=st.integers(1, 40),
    order=st.lists(st.integers(0, 39), min_size=1, max_size=12),
)
def test_any_row_comes_back(
    tmp_path_factory: pytest.TempPathFactory, groups: int, rows: int, order: list[int]
) -> None:
    path = table(
        tmp_path_factory.mktemp("table") / "a.parquet",
        {"image": [encoded(number) for number in range(rows)]},
        groups,
    )
    entries = ParquetEntries(path)
    for place in order:
        index = place % rows
        assert entries.load(entries.uri(index)).getpixel((0, 0)) == (index, 0, 77)


def test_broken_and_empty_cells_are_counted(tmp_path: Path) -> None:
    cells = [encoded(1), None, b"no picture", encoded(2)]
    source = open_parquet(table(tmp_path / "a.parquet", {"image": cells}), None, "parquet:a")
    assert [source.record(index) is not None for index in range(4)] == [True, False, False, True]
    assert source.skips.count == 2


def test_a_struct_without_bytes_may_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(encoded(4))
    cells = [{"bytes": None, "path": str(tmp_path / "real.png")}, {"bytes": None, "path": "gone.png"}]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pq.write_table(pa.table({"image": pa.array(cells, kind)}), tmp_path / "a.parquet")
    source = open_parquet(tmp_path / "a.parquet", None, "parquet:a")
    assert [source.record(index) is not None for index in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("columns", "column", "told"),
    [
        ({"a": [b"1"], "b": [b"2"]}, None, r"several columns hold pictures: say which.*'a', 'b'"),
        ({"url": ["x"], "n": [1]}, None, r"no column holds encoded pictures \(columns: 'url', 'n'\)"),
        ({"image": [b"1"], "n": [1]}, "img", r"column 'img' does not exist \(picture columns: 'image'\)"),
        ({"image": [b"1"], "n": [1]}, "n", "column 'n' holds no encoded pictures"),
        ({"image": [b"1"]}, None, "no readable image in parquet:a; 1 broken ones were skipped"),
    ],
)
def test_bad_tables_are_one_line(
    tmp_path: Path, columns: dict[str, Any], column: str | None, told: str
) -> None:
    with pytest.raises(ImagesError, match=told) as caught:
        open_parquet(table(tmp_path / "a.parquet", columns), column, "parquet:a")
    assert "\n" not in str(caught.value)


def test_a_usual_name_settles_it(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"mask": [b"1"], "image": [encoded(1)]})
    assert open_parquet(path, None, "parquet:a").record(0) is not None


def test_files_that_differ_missing_files_and_rubbish(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match="there is no Parquet file"):
        ParquetEntries(tmp_path)
    with pytest.raises(ImagesError, match="there is no Parquet file"):
        ParquetEntries(tmp_path / "none.parquet")
    table(tmp_path / "a.parquet", {"image": [encoded(1)]})
    table(tmp_path / "b.parquet", {"picture": [encoded(1)]})
    with pytest.raises(ImagesError, match="holds pictures in 'picture', other files in 'image'"):
        ParquetEntries(tmp_path)
    (tmp_path / "b.parquet").write_bytes(b"PAR1 rubbish")
    with pytest.raises(ImagesError, match=r"b.parquet: is no Parquet file") as caught:
        ParquetEntries(tmp_path)
    assert "\n" not in str(caught.value)


def test_damaged_pages_are_counted(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"image": [encoded(number) for number in range(40)]}, 10)
    whole = bytearray(path.read_bytes())
    group = pq.ParquetFile(path).metadata.row_group(2).column(0)
    start = group.dictionary_page_offset or group.data_page_offset
    whole[start : start + 24] = b"\xff" * 24
    path.write_bytes(whole)
    source = open_parquet(path, None, "parquet:a")
    read = [source.record(index) is not None for index in range(40)]
    assert read == [True] * 20 + [False] * 10 + [True] * 10
