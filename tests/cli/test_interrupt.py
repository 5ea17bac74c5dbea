"""Ctrl-C in the middle of a run: it stops within a step, says how to go on, and the run does go on."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

from scotoma.errors import LedgerError
from scotoma.ledger import Ledger

STEPS = 100_000


def test_ctrl_c_stops_discovery_and_leaves_a_resumable_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "scotoma.cli", "discover", "--images", "tabletop:n=8,size=48"]
    command += ["--candidate", "oracle", "--engine", "random", "--out", str(run), "--steps", str(STEPS)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=_hear_ctrl_c
    )
    try:
        _wait_for_a_probe(run, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert f"scotoma resume {run}" in errors
    assert "Traceback" not in errors
    with Ledger.open(run, readonly=True) as ledger:
        done = ledger.probe_count("train")
    assert 0 < done < STEPS
    assert done % 64 == 0


def _hear_ctrl_c() -> None:
    """A shell's background jobs, and all that they start, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for_a_probe(run: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        # Until its schema is written, the file is not a ledger yet.
        with contextlib.suppress(LedgerError), Ledger.open(run, readonly=True) as ledger:
            if ledger.probe_count("train"):
                return
        time.sleep(0.5)
    raise AssertionError(f"no probe was stored; exit code {process.poll()}")
