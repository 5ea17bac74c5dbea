"""OSError, sqlite3.Error -> LedgerError: one line that says what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scotoma.errors import LedgerError

_FULL = "the disk is full: free some space, then go on with the same run"
_READ_ONLY = "cannot be used (read-only disk or missing rights): choose a folder that you may read and write"

_OS_LINES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.ENOTDIR: "a part of this path is a file, not a folder: choose another path",
    errno.EEXIST: "a file stands where a folder is needed: choose another path",
    errno.ENAMETOOLONG: "the path is too long: choose a shorter one",
}

_SQLITE_LINES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that it exists and that you may write to its folder",
    sqlite3.SQLITE_BUSY: "another process is writing this run: wait for it to end, or stop it",
    sqlite3.SQLITE_LOCKED: "another process is writing this run: wait for it to end, or stop it",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write: check that it is neither full nor failing",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore the run folder from a copy",
    sqlite3.SQLITE_NOTADB: "is not a ledger: name the folder of a run",
}


@contextmanager
def told_as_ledger_errors(path: Path) -> Iterator[None]:
    """Turn what the disk or SQLite raises into a LedgerError about `path`. Misuse of sqlite3 stays a bug."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"{path}: {_sqlite_line(error)}") from error
    except OSError as error:
        line = _OS_LINES.get(error.errno or 0, (error.strerror or str(error)).lower())
        raise LedgerError(f"{path}: {line}") from error


def _sqlite_line(error: sqlite3.DatabaseError) -> str:
    # Errors raised by the Python wrapper itself (a text that is not UTF-8) carry no SQLite code.
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the primary code, the rest details it (SQLITE_READONLY_DIRECTORY, ...).
    return str(error) if code is None else _SQLITE_LINES.get(code & 0xFF, str(error))
