"""run folder -> a SQLite connection: made, checked, migrated, durable."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from scotoma.errors import LedgerError
from scotoma.ledger.migrations import APPLICATION_ID, MIGRATIONS, migrate, schema_version

DATABASE_NAME = "ledger.sqlite"
UNBORN_NAMES = tuple(f"{DATABASE_NAME}.new{suffix}" for suffix in ("", "-wal", "-shm"))
"""What a ledger is called until its schema is whole."""

_BUSY_S = 10.0
"""How long to wait for a reader's or another tool's short lock, seconds."""


def is_run(run_dir: Path) -> bool:
    """Does the folder hold a ledger file?"""
    return (run_dir / DATABASE_NAME).is_file()


def require_run(run_dir: Path) -> None:
    """Raise LedgerError if the folder is not a run."""
    if not is_run(run_dir):
        raise LedgerError(f"{run_dir}: is not a run (it holds no {DATABASE_NAME}): name a run's folder")


def create(run_dir: Path) -> sqlite3.Connection:
    """A new ledger file, schema and all: a kill leaves a whole one or none. Raises OSError or sqlite3.Error."""
    for name in UNBORN_NAMES:
        (run_dir / name).unlink(missing_ok=True)
    unborn = run_dir / UNBORN_NAMES[0]
    db = _writing(unborn)
    try:
        migrate(db)
    finally:
        db.close()
    os.rename(unborn, run_dir / DATABASE_NAME)
    return _writing(run_dir / DATABASE_NAME)


def to_write(run_dir: Path) -> sqlite3.Connection:
    """Open a ledger to write on, brought to this version's schema. Raises LedgerError, sqlite3.Error."""
    db = _writing(run_dir / DATABASE_NAME)
    try:
        _check(db, run_dir)
        migrate(db)
    except BaseException:
        db.close()
        raise
    return db


def to_read(run_dir: Path) -> sqlite3.Connection:
    """Open a ledger to read, also while it is written, or on a read-only disk.

    Raises LedgerError, sqlite3.Error.
    """
    uri = (run_dir / DATABASE_NAME).resolve().as_uri()
    try:
        db = _reading(f"{uri}?mode=ro")
    except sqlite3.OperationalError:
        # In WAL mode even a reader makes files beside the ledger. Where it may not, and no writer has left
        # any, the file alone is the whole ledger and cannot change under us: say so to SQLite.
        if (run_dir / f"{DATABASE_NAME}-wal").exists():
            raise
        db = _reading(f"{uri}?mode=ro&immutable=1")
    try:
        _check(db, run_dir)
        if schema_version(db) < len(MIGRATIONS):
            raise LedgerError(f"{run_dir}: was written by an older version: resume it once to update it")
    except BaseException:
        db.close()
        raise
    return db


def _writing(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        db.close()
        raise
    return db


def _reading(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, timeout=_BUSY_S, uri=True, isolation_level=None, check_same_thread=False)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection, run_dir: Path) -> None:
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise LedgerError(f"{run_dir}: its {DATABASE_NAME} is not a ledger of Scotoma")
    version = schema_version(db)
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"{run_dir}: was written by a newer version (schema {version}, this one reads "
            f"{len(MIGRATIONS)}): upgrade scotoma"
        )
