"""A Parquet file, or a folder of them -> entries: one encoded picture a row, read a few rows at a time."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.images.album import Album
from scotoma.images.columns import image_column
from scotoma.images.decode import MOST_BYTES, Unreadable, decode
from scotoma.images.folder import files_below
from scotoma.images.source import Skips

_ROWS = 16
"""Rows read together."""


class ParquetEntries:
    """The rows of all files, in the order of their names.

    column: the column of pictures (bytes, or a struct with a field `bytes`, as `datasets` writes it); None: the
            only one, or the one with a usual name.
    Raises ImagesError: nothing there, a broken file, files that differ, no such column.
    """

    def __init__(self, path: Path, column: str | None = None) -> None:
        self.skips = Skips()
        self._root = path if path.is_dir() else path.parent
        names = files_below(path, ".parquet") if path.is_dir() else [Path(path.name)]
        if not path.exists() or not names:
            raise ImagesError(f"{path}: there is no Parquet file: check the path")
        self._names = [name.as_posix() for name in names]
        self._known = frozenset(self._names)
        files = [_File(self._root / name, column) for name in names]
        self._ends = list(accumulate(file.rows for file in files))
        self._column = files[0].column
        for file in files:
            if file.column != self._column:
                raise ImagesError(
                    f"{file.path}: holds pictures in {file.column!r}, other files in {self._column!r}"
                )
        self._open: _File | None = None

    def __len__(self) -> int:
        return int(self._ends[-1])

    def uri(self, index: int) -> str:
        """FILE#ROW, the file relative to the folder."""
        number = bisect_right(self._ends, index)
        return f"{self._names[number]}#{index - (self._ends[number - 1] if number else 0)}"

    def load(self, uri: str) -> Picture.Image:
        """The picture of a row."""
        name, _, row = uri.rpartition("#")
        if not row.isdecimal() or name not in self._known:
            raise Unreadable("names no row of these files")
        path = self._root / name
        if self._open is None or self._open.path != path:
            # One at a time: an open file holds its own footer, which can be large.
            self._open = _File(path, self._column)
        return decode(encoded_in(self._open.value(int(row))))

    def truth(self, uri: str) -> Mapping[str, Any] | None:
        """Not known."""
        return None

    def close(self) -> None:
        """Close the file."""
        self._open = None


def open_parquet(path: Path, column: str | None, name: str) -> Album:
    """Parquet as an image source. Raises ImagesError, also if it holds no readable picture."""
    album = Album(name, ParquetEntries(path, column))
    album.require_any(f"no readable image in {name}")
    return album


def encoded_in(cell: Any) -> bytes | Path:
    """What a cell holds: bytes, or as `datasets` has it a struct of bytes and of a path. Raises Unreadable."""
    struct = cell if isinstance(cell, Mapping) else {"bytes": cell}
    encoded, path = struct.get("bytes"), struct.get("path")
    if isinstance(encoded, bytes):
        if len(encoded) > MOST_BYTES:
            raise Unreadable(f"is larger than {MOST_BYTES >> 20} MiB")
        return encoded
    if encoded is None and isinstance(path, str) and os.path.isfile(path):
        return Path(path)
    raise Unreadable("is empty, or holds neither bytes nor a file that is here")


class _File:
    """One file. Rows are reached by streaming through their row group, so that no group is held whole."""

    def __init__(self, path: Path, column: str | None) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            self._file = pq.ParquetFile(path, memory_map=True, pre_buffer=False)
            schema = self._file.schema_arrow
            metadata = self._file.metadata
            groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
        except (OSError, pa.ArrowException) as error:
            raise ImagesError(f"{path}: is no Parquet file that can be read: {_line(error)}") from None
        pictures = [field.name for field in schema if _holds_bytes(field.type)]
        others = [field.name for field in schema if field.name not in pictures]
        self.column = image_column(str(path), column, pictures, others)
        self.rows = sum(groups)
        self._ends = list(accumulate(groups))
        self._group = -1
        self._batches: Iterator[Any] = iter(())
        self._first = 0
        self._values: Any = None

    def value(self, row: int) -> Any:
        """The cell of a row: bytes, a struct, or None. Raises Unreadable."""
        import pyarrow as pa

        if row >= self.rows:
            raise Unreadable("lies past the end of its file")
        group = bisect_right(self._ends, row)
        place = row - (self._ends[group - 1] if group else 0)
        try:
            return self._cell(group, place)
        except (OSError, StopIteration, pa.ArrowException) as error:
            self._group = -1
            raise Unreadable(f"is damaged: {_line(error)}") from None

    def _cell(self, group: int, place: int) -> Any:
        if group != self._group or place < self._first:
            self._batches = self._file.iter_batches(
                _ROWS, row_groups=[group], columns=[self.column], use_threads=False
            )
            self._group, self._first, self._values = group, 0, None
        while self._values is None or place >= self._first + len(self._values):
            self._first += 0 if self._values is None else len(self._values)
            self._values = next(self._batches).column(0)
        return self._values[place - self._first].as_py()


def _holds_bytes(kind: Any) -> bool:
    """Is this Arrow type bytes, or a struct with a field `bytes` of that type?"""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return any(field.name == "bytes" and _holds_bytes(field.type) for field in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
