"""run folder -> Ledger: the one writer, and the readers, of a run.

What a kill leaves. Every method that writes is one transaction under `synchronous=FULL`: after `kill -9` or a
power cut it is there whole or not at all. Training saves a checkpoint every K steps, so a kill at step k + j
leaves probes of steps k + 1 ... k + j that no checkpoint knows of. Resuming at checkpoint k goes like this:

1. `drop_after(k)` marks those probes and metrics as superseded. They stay in the file, out of sight.
2. The policy of checkpoint k samples steps k + 1 ... again, perhaps other questions, and stores them under
   the same (phase, step, group, member) keys: free again, so nothing is doubled.
3. A question that comes out the same finds its model call by `call_key` and is not paid twice. Calls are
   never superseded: `call_count` is what was really paid.

Probes of an evaluation are not tied to checkpoints: `add_probes` ignores those that are already there.
A probe that is asked again, since a call of it had failed, sets the first one aside: `replace_probes`.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scotoma.errors import LedgerError
from scotoma.ledger import connect, files, rows
from scotoma.ledger.calls import FailedCall, Spent, StoredCall
from scotoma.ledger.faults import told_as_ledger_errors
from scotoma.ledger.lock import WriterLock
from scotoma.records import Image, Probe

_PAGE = 1000
"""Probes, images or keys read at a time: keeps memory flat and no cursor open while others write."""

_NEXT_GENERATION = "(SELECT 1 + coalesce(max(superseded), 0) FROM probes)"
"""What marks the probes that are set aside together."""


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """What was measured of one step: metric name -> value."""

    step: int
    values: Mapping[str, float]


class Ledger:
    """An open run. May be used from several threads; calls are serialised. Made by `create` or `open`."""

    def __init__(self, run_dir: Path, db: sqlite3.Connection, lock: WriterLock | None) -> None:
        self.run_dir = run_dir
        self._db = db
        self._lock = lock
        self._guard = threading.RLock()

    # ---- opening and closing ---------------------------------------------------------------------------

    @classmethod
    def create(cls, run_dir: Path, config: Mapping[str, Any], environment: Mapping[str, Any]) -> Ledger:
        """Start a run in a folder that does not exist yet, is empty, or holds a start that was killed.

        Raises LedgerError.
        """
        run_dir = Path(run_dir)
        files.refuse_secrets(config)
        with told_as_ledger_errors(run_dir):
            run_dir.mkdir(parents=True, exist_ok=True)
            files.require_free(run_dir)
            lock = WriterLock(run_dir)
            try:
                files.write_config(run_dir, config)
                files.write_environment(run_dir, environment)
                return cls(run_dir, connect.create(run_dir), lock)
            except BaseException:
                lock.release()
                raise

    @classmethod
    def open(cls, run_dir: Path, readonly: bool = False) -> Ledger:
        """Open a run to write on (one process at a time), or to read (any number, also while one writes).

        Raises LedgerError: no run, locked, not writable, or made by a newer version.
        """
        run_dir = Path(run_dir)
        with told_as_ledger_errors(run_dir):
            connect.require_run(run_dir)
            if readonly:
                return cls(run_dir, connect.to_read(run_dir), None)
            lock = WriterLock(run_dir)
            try:
                return cls(run_dir, connect.to_write(run_dir), lock)
            except BaseException:
                lock.release()
                raise

    @staticmethod
    def is_run(run_dir: Path) -> bool:
        """Does the folder hold a ledger?"""
        return connect.is_run(Path(run_dir))

    def close(self) -> None:
        """Close the file and give the lock back; a second call does nothing."""
        with self._guard, told_as_ledger_errors(self.run_dir):
            try:
                self._db.close()
            finally:
                if self._lock is not None:
                    self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- the files beside it ---------------------------------------------------------------------------

    def config(self) -> dict[str, Any]:
        """The run's configuration as it was created, less the fields that were None."""
        with told_as_ledger_errors(self.run_dir):
            return files.read_config(self.run_dir)

    def environment(self) -> dict[str, Any]:
        """Where the run was created: versions, commit, seeds, hardware."""
        with told_as_ledger_errors(self.run_dir):
            return files.read_environment(self.run_dir)

    # ---- images ----------------------------------------------------------------------------------------

    def add_images(self, images: Iterable[Image]) -> None:
        """Store images, in order. An id that is known keeps its first record: the pixels are the same."""
        sql = f"INSERT INTO images ({rows.IMAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        cells = [rows.image_row(image) for image in images]
        with self._transaction() as db:
            db.executemany(sql, cells)

    def image(self, image_id: str) -> Image:
        """The image of this id. Raises LedgerError if it is unknown."""
        found = self._read(f"SELECT {rows.IMAGE_COLUMNS} FROM images WHERE id = ?", (image_id,))
        if not found:
            raise LedgerError(f"{self.run_dir}: no image {image_id!r} in this run")
        return rows.image_from_row(found[0])

    def images(self) -> Iterator[Image]:
        """All images, in the order in which they were added."""
        last = 0
        sql = f"SELECT seq, {rows.IMAGE_COLUMNS} FROM images WHERE seq > ? ORDER BY seq LIMIT {_PAGE}"
        while page := self._read(sql, (last,)):
            for seq, *cells in page:
                last = seq
                yield rows.image_from_row(tuple(cells))

    # ---- probes ----------------------------------------------------------------------------------------

    def add_probes(self, probes: Sequence[Probe]) -> None:
        """Store probes in one transaction: all of them or none.

        A key that is stored already is skipped if the probe says the same (latency and cost aside), and
        raises LedgerError if it says something else, as does a probe of an image that was not added.
        """
        insert = (
            f"INSERT INTO probes ({rows.PROBE_COLUMNS}) VALUES ({_marks(rows.PROBE_COLUMNS)}) "
            "ON CONFLICT (phase, step, grp, member) WHERE superseded = 0 DO NOTHING"
        )
        stored = (
            f"SELECT {rows.PROBE_COLUMNS} FROM probes "
            "WHERE phase = ? AND step = ? AND grp = ? AND member = ? AND superseded = 0"
        )
        known_image = "SELECT 1 FROM images WHERE id = ?"
        with self._transaction() as db:
            for probe in probes:
                row = rows.probe_row(probe)
                if db.execute(known_image, (row[4],)).fetchone() is None:
                    raise LedgerError(f"{self.run_dir}: probe {probe.key} is of an image that was not added")
                if db.execute(insert, row).rowcount == 1:
                    continue
                if not rows.same_probe(row, db.execute(stored, row[:4]).fetchone()):
                    raise LedgerError(f"{self.run_dir}: another probe is stored as {probe.key} already")

    def replace_probes(self, probes: Sequence[Probe]) -> None:
        """Put probes in the place of those with their keys, which are set aside; all of them or none."""
        aside = (
            "UPDATE probes SET superseded = ? "
            "WHERE phase = ? AND step = ? AND grp = ? AND member = ? AND superseded = 0"
        )
        insert = f"INSERT INTO probes ({rows.PROBE_COLUMNS}) VALUES ({_marks(rows.PROBE_COLUMNS)})"
        with self._transaction() as db:
            number = db.execute(f"SELECT {_NEXT_GENERATION}").fetchone()[0]
            for probe in probes:
                row = rows.probe_row(probe)
                if db.execute(aside, (number, *row[:4])).rowcount != 1:
                    raise LedgerError(f"{self.run_dir}: no probe {probe.key} that could be replaced")
                db.execute(insert, row)

    def probes(self, phase: str | None = None, after_step: int | None = None) -> Iterator[Probe]:
        """Probes by (phase, step, group, member), superseded ones left out.

        phase: only this one.  after_step: only steps above it.
        """
        sql = (
            f"SELECT {rows.PROBE_COLUMNS} FROM probes WHERE superseded = 0 AND (?1 IS NULL OR phase = ?1) "
            "AND (?2 IS NULL OR step > ?2) AND (phase, step, grp, member) > (?3, ?4, ?5, ?6) "
            f"ORDER BY phase, step, grp, member LIMIT {_PAGE}"
        )
        last: rows.Row = ("", -1, -1, -1)
        while page := self._read(sql, (phase, after_step, *last)):
            yield from map(rows.probe_from_row, page)
            last = page[-1][:4]

    def probe_count(self, phase: str | None = None) -> int:
        """How many probes `probes(phase)` gives."""
        sql = "SELECT count(*) FROM probes WHERE superseded = 0 AND (?1 IS NULL OR phase = ?1)"
        return int(self._read(sql, (phase,))[0][0])

    def drop_after(self, step: int) -> int:
        """Set aside training probes and metrics of steps > `step`, to make them again from checkpoint `step`.

        Step s is the update that leads to checkpoint s, counted from 1. Nothing is deleted. Gives the number
        of probes set aside.
        """
        with self._transaction() as db:
            number = db.execute(f"SELECT {_NEXT_GENERATION}").fetchone()[0]
            db.execute(
                "UPDATE metrics SET superseded = ? WHERE superseded = 0 AND step > ?",
                (number, step),
            )
            return db.execute(
                "UPDATE probes SET superseded = ? WHERE superseded = 0 AND phase = 'train' AND step > ?",
                (number, step),
            ).rowcount

    def superseded_count(self) -> int:
        """How many probes were set aside, by resuming or by asking again."""
        return int(self._read("SELECT count(*) FROM probes WHERE superseded > 0")[0][0])

    # ---- model calls -----------------------------------------------------------------------------------

    def call(self, key: str) -> StoredCall | None:
        """The finished call under this key, or None."""
        return self.calls([key]).get(key)

    def calls(self, keys: Sequence[str]) -> dict[str, StoredCall]:
        """The finished calls among these keys."""
        found: dict[str, StoredCall] = {}
        for start in range(0, len(keys), _PAGE):
            some = keys[start : start + _PAGE]
            marks = ", ".join("?" * len(some))
            sql = f"SELECT {rows.CALL_COLUMNS} FROM calls WHERE key IN ({marks})"
            for row in self._read(sql, some):
                found[row[0]] = rows.call_from_row(row)
        return found

    def store_calls(self, calls: Iterable[StoredCall], failed: Iterable[FailedCall] = ()) -> None:
        """Keep finished calls, before their answers are used, and attempts that failed, in one transaction.

        The first answer under a key stays.
        """
        finished = f"INSERT INTO calls ({rows.CALL_COLUMNS}) VALUES ({_marks(rows.CALL_COLUMNS)})"
        lost = f"INSERT INTO failed_calls ({rows.FAILED_CALL_COLUMNS}) VALUES ({_marks(rows.FAILED_CALL_COLUMNS)})"
        cells = [rows.call_row(call) for call in calls]
        failed_cells = [rows.failed_call_row(call) for call in failed]
        with self._transaction() as db:
            db.executemany(f"{finished} ON CONFLICT DO NOTHING", cells)
            db.executemany(lost, failed_cells)

    def call_count(self, role: str | None = None) -> int:
        """How many calls were made and answered, those of superseded steps included."""
        sql = "SELECT count(*) FROM calls WHERE ?1 IS NULL OR role = ?1"
        return int(self._read(sql, (role,))[0][0])

    def spent(self, role: str | None = None) -> Spent:
        """What the calls of a role, or all, have come to; attempts that failed count."""
        done, lost = (self._read(sql, (role,))[0] for sql in rows.SPENT)
        return Spent(*(one + other for one, other in zip(done, lost, strict=True)))

    # ---- metrics and state -----------------------------------------------------------------------------

    def add_metrics(self, step: int, metrics: Mapping[str, float]) -> None:
        """Store what was measured of a step. More may be added later, none may change (LedgerError)."""
        insert = (
            "INSERT INTO metrics (step, name, value) VALUES (?, ?, ?) "
            "ON CONFLICT (step, name) WHERE superseded = 0 DO NOTHING"
        )
        stored = "SELECT value FROM metrics WHERE step = ? AND name = ? AND superseded = 0"
        with self._transaction() as db:
            for name, value in metrics.items():
                # SQLite keeps NaN as NULL. A metric, unlike a reward, may be NaN: a gradient that blew up.
                cell = None if math.isnan(value) else float(value)
                if db.execute(insert, (step, name, cell)).rowcount == 1:
                    continue
                if db.execute(stored, (step, name)).fetchone()[0] != cell:
                    raise LedgerError(f"{self.run_dir}: metric {name!r} of step {step} is stored already")

    def metrics(self) -> list[StepMetrics]:
        """All metrics by step, in the order in which they were added; superseded ones left out."""
        steps: dict[int, dict[str, float]] = {}
        sql = "SELECT step, name, value FROM metrics WHERE superseded = 0 ORDER BY step, seq"
        for step, name, value in self._read(sql):
            steps.setdefault(step, {})[name] = math.nan if value is None else value
        return [StepMetrics(step, values) for step, values in steps.items()]

    def set_state(self, name: str, value: Any) -> None:
        """Keep a JSON-ready value under a name, in place of an older one."""
        sql = (
            "INSERT INTO state (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
        with self._transaction() as db:
            db.execute(sql, (name, rows.to_json(value, f"state {name!r}")))

    def state(self, name: str) -> Any:
        """The value last set under a name, or None."""
        found = self._read("SELECT value FROM state WHERE name = ?", (name,))
        return json.loads(found[0][0]) if found else None

    # ---- the connection --------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard, told_as_ledger_errors(self.run_dir):
            if self._lock is None:
                raise LedgerError(f"{self.run_dir}: was opened for reading only")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk rolls back by itself; a second ROLLBACK would hide the first error.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _read(self, sql: str, parameters: Sequence[Any] = ()) -> list[rows.Row]:
        with self._guard, told_as_ledger_errors(self.run_dir):
            return self._db.execute(sql, parameters).fetchall()


def _marks(columns: str) -> str:
    return ", ".join("?" * len(columns.split(", ")))
