"""An empty or older database -> the schema that this version reads and writes.

The schema's version is SQLite's `user_version`: the number of migrations applied. A migration that has
been released is never edited; a change of schema is a new one at the end.
"""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x5C070314
"""SQLite `application_id` of a ledger: tells a run's file from any other SQLite file."""

Migration = tuple[str, ...]

_001_FIRST: Migration = (
    """
    CREATE TABLE images (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        uri TEXT NOT NULL,
        truth TEXT                      -- JSON, NULL where no exact truth exists
    )
    """,
    """
    CREATE TABLE probes (
        seq INTEGER PRIMARY KEY,
        phase TEXT NOT NULL,
        step INTEGER NOT NULL,
        grp INTEGER NOT NULL,
        member INTEGER NOT NULL,
        image_id TEXT NOT NULL REFERENCES images (id),
        question TEXT NOT NULL,
        questioner TEXT NOT NULL,
        prompt TEXT NOT NULL,
        candidate TEXT,                 -- NULL: the candidate was not asked
        answer TEXT,
        latency_s REAL,
        cost_usd REAL,
        error TEXT,
        valid INTEGER,                  -- 1, 0 or NULL (unscorable)
        correct INTEGER,                -- 1, 0 or NULL (unscorable)
        reference TEXT,
        reason TEXT NOT NULL,
        evidence TEXT NOT NULL,
        skills TEXT NOT NULL,           -- JSON list
        rewards TEXT NOT NULL,          -- JSON object: term -> number or null
        reward REAL,                    -- NULL: masked
        seed TEXT NOT NULL,             -- decimal: seeds have 64 bits unsigned, SQLite's integers have not
        superseded INTEGER NOT NULL DEFAULT 0   -- n > 0: set aside by the n-th resume
    )
    """,
    "CREATE UNIQUE INDEX probes_key ON probes (phase, step, grp, member) WHERE superseded = 0",
    """
    CREATE VIEW failures AS
    SELECT phase, step, image_id, question, answer, reference, skills, reason, evidence
    FROM probes WHERE superseded = 0 AND valid = 1 AND correct = 0
    """,
    """
    CREATE TABLE calls (
        seq INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        request TEXT NOT NULL,
        response TEXT NOT NULL,
        latency_s REAL NOT NULL,
        cost_usd REAL NOT NULL
    )
    """,
    "CREATE INDEX calls_role ON calls (role)",
    """
    CREATE TABLE metrics (
        seq INTEGER PRIMARY KEY,
        step INTEGER NOT NULL,
        name TEXT NOT NULL,
        value REAL,                     -- NULL: not a number
        superseded INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE UNIQUE INDEX metrics_key ON metrics (step, name) WHERE superseded = 0",
    "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

_002_PRICES_AND_FAILED_CALLS: Migration = (
    # SQLite cannot take NOT NULL from a column: the table is made again.
    """
    CREATE TABLE priced_calls (
        seq INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        request TEXT NOT NULL,
        response TEXT NOT NULL,
        latency_s REAL NOT NULL,
        cost_usd REAL,                  -- NULL: the price is not known
        prompt_tokens INTEGER,          -- NULL: nobody counted
        completion_tokens INTEGER
    )
    """,
    """
    INSERT INTO priced_calls (seq, key, role, request, response, latency_s, cost_usd)
    SELECT seq, key, role, request, response, latency_s, cost_usd FROM calls
    """,
    "DROP TABLE calls",
    "ALTER TABLE priced_calls RENAME TO calls",
    "CREATE INDEX calls_role ON calls (role)",
    """
    CREATE TABLE failed_calls (
        seq INTEGER PRIMARY KEY,
        key TEXT NOT NULL,              -- of the call that was attempted; many attempts may share it
        role TEXT NOT NULL,
        error TEXT NOT NULL,
        latency_s REAL NOT NULL,
        cost_usd REAL NOT NULL,
        tokens INTEGER NOT NULL
    )
    """,
    "CREATE INDEX failed_calls_role ON failed_calls (role)",
)

MIGRATIONS: tuple[Migration, ...] = (_001_FIRST, _002_PRICES_AND_FAILED_CALLS)


def schema_version(db: sqlite3.Connection) -> int:
    """How many migrations the database has seen."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection) -> None:
    """Apply what is missing, each in a transaction of its own, so that a kill leaves a whole version."""
    for number in range(schema_version(db) + 1, len(MIGRATIONS) + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in MIGRATIONS[number - 1]:
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
