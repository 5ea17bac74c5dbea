"""run folder -> the right to write it, held by one process at a time.

An advisory `flock` on `ledger.lock`: the system drops it when the process dies, so a killed run leaves no
stale lock. A forked worker inherits the open file, and with it the lock; it closes its copy at once, so
that a worker outliving its killed parent does not keep the run from being resumed.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from pathlib import Path

from scotoma.errors import LedgerError

LOCK_NAME = "ledger.lock"

_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


class WriterLock:
    """The lock of one run folder, taken on construction. Raises LedgerError if another writer has it."""

    def __init__(self, run_dir: Path) -> None:
        descriptor = os.open(run_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise LedgerError(
                f"{run_dir}: process {holder} is writing this run: wait for it to end, or stop it"
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor: int | None = descriptor
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        _held.add(self)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _close_inherited() -> None:
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_close_inherited)
