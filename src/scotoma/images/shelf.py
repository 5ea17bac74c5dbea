"""Index -> record, index -> name, kept on disk: memory does not grow with the number of images.

SQLite opened without a name is a private file that is deleted when it is closed, and that holds no more than a few
megabytes in memory.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable

from scotoma.records import Image

_CACHE_KIB = 4096


def scratch() -> sqlite3.Connection:
    """A database that nobody else sees and that is gone when it is closed; the caller serialises its use."""
    db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    return db


class Shelf:
    """Records by index. An image that cannot be read is kept as None."""

    def __init__(self) -> None:
        self._db = scratch()
        self._lock = threading.Lock()
        self._db.execute("CREATE TABLE records (place INTEGER PRIMARY KEY, record TEXT NOT NULL)")

    def __contains__(self, index: int) -> bool:
        with self._lock:
            found = self._db.execute("SELECT 1 FROM records WHERE place = ?", (index,)).fetchone()
        return found is not None

    def put(self, index: int, image: Image | None) -> None:
        """Keep a record; a later one under the same index takes its place."""
        fields = None if image is None else [getattr(image, name) for name in Image.__slots__]
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (index, json.dumps(fields)))

    def get(self, index: int) -> Image | None:
        """The record. Raises KeyError if none was put under this index."""
        with self._lock:
            found = self._db.execute("SELECT record FROM records WHERE place = ?", (index,)).fetchone()
        if found is None:
            raise KeyError(index)
        fields = json.loads(found[0])
        return None if fields is None else Image(*fields)

    def close(self) -> None:
        """Delete it."""
        with self._lock:
            self._db.close()


class Listing:
    """A list of names that is written once."""

    def __init__(self, names: Iterable[str], *, in_order: bool) -> None:
        """in_order: sort them (by their UTF-8 bytes); else they stay as they come."""
        self._db = scratch()
        self._lock = threading.Lock()
        self._db.execute("CREATE TABLE came (place INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO came (name) VALUES (?)", ((name,) for name in names))
        self._table = "came"
        if in_order:
            self._db.execute("CREATE TABLE sorted (place INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            self._db.execute("INSERT INTO sorted (name) SELECT name FROM came ORDER BY name")
            self._db.execute("DROP TABLE came")
            self._table = "sorted"
        self._db.execute("COMMIT")
        self._length = int(self._db.execute(f"SELECT count(*) FROM {self._table}").fetchone()[0])

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < self._length:
            raise IndexError(index)
        with self._lock:
            # Rows are numbered from 1 in the order of their insertion.
            sql = f"SELECT name FROM {self._table} WHERE place = ?"
            return str(self._db.execute(sql, (index + 1,)).fetchone()[0])

    def close(self) -> None:
        """Delete it."""
        with self._lock:
            self._db.close()
