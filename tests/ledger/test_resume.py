"""Resuming loses nothing and doubles nothing; killing leaves whole transactions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.examples import probe
from scotoma.ledger import Ledger, StoredCall, call_key
from scotoma.records import Image

_GROUP = 7
_WRITER = """
import sys
from pathlib import Path
from ledger.examples import probe
from scotoma.ledger import Ledger, StoredCall
from scotoma.records import Image

ledger = Ledger.create(Path(sys.argv[1]), {}, {})
ledger.add_images([Image("i0", "test", 8, 8, "test:0")])
for step in range(1, 1_000_000):
    ledger.store_calls([StoredCall(f"{step}:{member}", "?", "yes") for member in range(7)])
    ledger.add_probes([probe(step=step, member=member) for member in range(7)])
    print(step, flush=True)
"""
_FORKER = """
import os, sys, time
from pathlib import Path
from scotoma.ledger import Ledger

ledger = Ledger.open(Path(sys.argv[1]))
worker = os.fork()
if worker == 0:
    print(os.getpid(), flush=True)  # only now has it run what runs after a fork
    time.sleep(60)
    os._exit(0)
time.sleep(60)
"""


def _start(script: str, run_dir: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(run_dir)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_kill_9_in_the_middle_of_writing_leaves_whole_transactions_and_no_lock(run_dir):
    with _start(_WRITER, run_dir) as writer:
        told = [int(writer.stdout.readline()) for _ in range(25)]
        writer.send_signal(signal.SIGKILL)
        told += [int(line) for line in writer.stdout.read().split("\n")[:-1]]
    with Ledger.open(run_dir) as ledger:
        kept = [one.key for one in ledger.probes("train")]
        steps = len(kept) // _GROUP
        assert kept == [("train", s, 0, m) for s in range(1, steps + 1) for m in range(_GROUP)]
        # What was told as done is there; one step more may have been committed before it could be told.
        assert steps - told[-1] in (0, 1)
        assert ledger.call_count() // _GROUP - steps in (0, 1)
        assert ledger.call_count() % _GROUP == 0
        ledger.add_probes([probe(step=steps + 1)])


def test_a_worker_that_outlives_its_killed_parent_does_not_keep_the_run_locked(run_dir):
    Ledger.create(run_dir, {}, {}).close()
    with _start(_FORKER, run_dir) as parent:
        worker = int(parent.stdout.readline())
        try:
            parent.send_signal(signal.SIGKILL)
            parent.wait()
            os.kill(worker, 0)  # it lives
            Ledger.open(run_dir).close()
        finally:
            os.kill(worker, signal.SIGKILL)


def _run_until(ledger: Ledger, after: int, until: int, every: int, attempt: int) -> None:
    """Train from checkpoint `after`, asking other questions at each attempt, and die after step `until`."""
    for step in range(after + 1, until + 1):
        for member in range(2):
            text = f"{step} {member} {attempt if member else ''}"
            key = call_key("mini", {}, "i0", text)
            if ledger.call(key) is None:
                ledger.store_calls([StoredCall(key, text, "yes")])
        texts = [f"{step} 0 ", f"{step} 1 {attempt}"]
        ledger.add_probes([probe(step=step, member=member, text=text) for member, text in enumerate(texts)])
        ledger.add_metrics(step, {"fdr": step + attempt / 10})
        if step % every == 0:
            ledger.set_state("checkpoint", step)


@settings(max_examples=12)
@given(every=st.integers(1, 4), deaths=st.lists(st.integers(0, 9), max_size=4))
def test_however_often_it_dies_every_step_is_there_once_and_no_call_is_paid_twice(every, deaths):
    last = 10
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder) / "run"
        with Ledger.create(run_dir, {}, {}) as ledger:
            ledger.add_images([Image("i0", "test", 8, 8, "test:0")])
        made = 0
        for attempt, until in enumerate([*deaths, last]):
            with Ledger.open(run_dir) as ledger:
                checkpoint = ledger.state("checkpoint") or 0
                ledger.drop_after(checkpoint)
                _run_until(ledger, checkpoint, until, every, attempt)
                made += 2 * max(0, until - checkpoint)
        with Ledger.open(run_dir, readonly=True) as ledger:
            assert [one.key for one in ledger.probes()] == [
                ("train", step, 0, member) for step in range(1, last + 1) for member in range(2)
            ]
            assert [entry.step for entry in ledger.metrics()] == list(range(1, last + 1))
            assert ledger.probe_count() + ledger.superseded_count() == made
            # The first question of a step comes out the same each time: one call. The second never does.
            assert ledger.call_count() == last + made // 2


def test_only_training_is_set_aside(ledger):
    ledger.add_probes([probe(step=2), probe(step=3), probe(step=9, phase="eval:trained")])
    assert ledger.drop_after(2) == 1
    assert ledger.drop_after(2) == 0
    assert [one.key for one in ledger.probes()] == [("eval:trained", 9, 0, 0), ("train", 2, 0, 0)]
