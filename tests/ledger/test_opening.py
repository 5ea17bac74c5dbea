"""Creating and opening runs, and every way in which the disk can say no: one line each."""

from __future__ import annotations

import errno
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from ledger.examples import probe
from scotoma.errors import LedgerError
from scotoma.ledger import Ledger, StoredCall
from scotoma.ledger.connect import DATABASE_NAME
from scotoma.ledger.faults import told_as_ledger_errors
from scotoma.ledger.migrations import MIGRATIONS
from scotoma.records import Image


def one_line(caught: pytest.ExceptionInfo[LedgerError]) -> str:
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_create_makes_parents_and_takes_an_empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    for run_dir in (tmp_path / "a" / "b", tmp_path / "empty"):
        assert not Ledger.is_run(run_dir)
        Ledger.create(run_dir, {}, {}).close()
        assert Ledger.is_run(run_dir)


def test_create_refuses_a_folder_that_holds_something_and_leaves_it_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(LedgerError, match="is not empty") as caught:
        Ledger.create(tmp_path, {}, {})
    one_line(caught)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_open_refuses_what_is_no_run(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(LedgerError, match="is not a run") as caught:
            Ledger.open(path)
        one_line(caught)


@pytest.mark.parametrize("readonly", [True, False])
def test_open_refuses_a_foreign_or_damaged_database(tmp_path, readonly):
    with sqlite3.connect(tmp_path / DATABASE_NAME) as other:
        other.execute("CREATE TABLE recipes (name)")
    other.close()
    with pytest.raises(LedgerError, match="not a ledger of Scotoma"):
        Ledger.open(tmp_path, readonly=readonly)
    (tmp_path / DATABASE_NAME).write_bytes(b"no database at all " * 400)
    with pytest.raises(LedgerError, match="is not a ledger"):
        Ledger.open(tmp_path, readonly=readonly)


@pytest.mark.parametrize("readonly", [True, False])
def test_open_refuses_a_newer_schema(run_dir, readonly):
    Ledger.create(run_dir, {}, {}).close()
    with sqlite3.connect(run_dir / DATABASE_NAME) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LedgerError, match=r"newer version .* upgrade scotoma"):
        Ledger.open(run_dir, readonly=readonly)


def test_an_older_ledger_is_brought_up_to_date_with_its_records(run_dir, monkeypatch):
    with Ledger.create(run_dir, {}, {}) as ledger:
        ledger.add_images([Image("i0", "test", 8, 8, "test:0")])
        ledger.add_probes([probe()])
    newer = (*MIGRATIONS, ("CREATE TABLE notes (text TEXT)", "INSERT INTO notes VALUES ('new')"))
    monkeypatch.setattr("scotoma.ledger.connect.MIGRATIONS", newer)
    monkeypatch.setattr("scotoma.ledger.migrations.MIGRATIONS", newer)
    with pytest.raises(LedgerError, match="older version"):
        Ledger.open(run_dir, readonly=True)
    with Ledger.open(run_dir) as ledger:
        assert list(ledger.probes()) == [probe()]
    with Ledger.open(run_dir, readonly=True) as ledger:
        assert list(ledger.probes()) == [probe()]


def test_a_ledger_of_the_first_schema_keeps_its_calls(run_dir, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("scotoma.ledger.migrations.MIGRATIONS", MIGRATIONS[:1])
        patched.setattr("scotoma.ledger.connect.MIGRATIONS", MIGRATIONS[:1])
        Ledger.create(run_dir, {}, {}).close()
    with closing(sqlite3.connect(run_dir / DATABASE_NAME)) as db:
        db.execute(
            "INSERT INTO calls (key, role, request, response, latency_s, cost_usd) VALUES (?, ?, ?, ?, ?, ?)",
            ("k", "candidate", "Is it red?", "yes", 0.5, 0.25),
        )
        db.commit()
    with pytest.raises(LedgerError, match="older version: resume it once"):
        Ledger.open(run_dir, readonly=True)
    with Ledger.open(run_dir) as ledger:
        assert ledger.call("k") == StoredCall("k", "Is it red?", "yes", 0.5, 0.25)
        ledger.store_calls([StoredCall("k", "?", "no"), StoredCall("l", "?", "no", cost_usd=None)])
        assert ledger.call_count("candidate") == 2


def test_a_migration_that_fails_leaves_the_older_version_whole(run_dir, monkeypatch):
    Ledger.create(run_dir, {}, {}).close()
    broken = (*MIGRATIONS, ("CREATE TABLE notes (text TEXT)", "CREATE TABLE images (again)"))
    with monkeypatch.context() as patched:
        patched.setattr("scotoma.ledger.connect.MIGRATIONS", broken)
        patched.setattr("scotoma.ledger.migrations.MIGRATIONS", broken)
        with pytest.raises(LedgerError, match="images already exists"):
            Ledger.open(run_dir)
    with Ledger.open(run_dir) as ledger:
        assert list(ledger.images()) == []


def test_a_second_writer_is_told_who_writes_and_a_reader_reads_on(ledger, run_dir):
    with pytest.raises(LedgerError, match=r"process \d+ is writing this run") as caught:
        Ledger.open(run_dir)
    one_line(caught)
    ledger.add_probes([probe()])
    with Ledger.open(run_dir, readonly=True) as reader:
        assert list(reader.probes()) == [probe()]
        ledger.add_probes([probe(member=1)])
        assert reader.probe_count() == 2
    ledger.close()
    Ledger.open(run_dir).close()


def test_a_second_writer_in_another_process_is_refused_too(ledger, run_dir):
    script = "import sys; from scotoma.ledger import Ledger; Ledger.open(sys.argv[1])"
    result = subprocess.run(
        [sys.executable, "-c", script, str(run_dir)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert result.returncode == 1
    assert "is writing this run" in result.stderr


def test_a_reader_cannot_write(ledger, run_dir):
    with Ledger.open(run_dir, readonly=True) as reader:
        for write in (
            lambda: reader.add_probes([probe()]),
            lambda: reader.add_images([]),
            lambda: reader.store_calls([StoredCall("k", "?", "yes")]),
            lambda: reader.add_metrics(1, {"fdr": 0.5}),
            lambda: reader.set_state("a", 1),
            lambda: reader.drop_after(0),
        ):
            with pytest.raises(LedgerError, match="reading only"):
                write()


def test_threads_share_one_ledger(ledger):
    def write(group: int) -> None:
        for step in range(1, 6):
            ledger.add_probes([probe(step=step, group=group)])

    threads = [threading.Thread(target=write, args=(group,)) for group in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.probe_count() == 20


# ---- the disk says no -------------------------------------------------------------------------------------


def test_a_full_disk_while_writing_keeps_what_was_there(ledger):
    ledger.add_probes([probe()])
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match="the disk is full: free some space") as caught:
        ledger.add_probes([probe(step=step, text="long " * 500) for step in range(2, 50)])
    one_line(caught)
    assert list(ledger.probes()) == [probe()]
    ledger._db.execute("PRAGMA max_page_count = 1000000")
    ledger.add_probes([probe(step=2)])
    assert ledger.probe_count() == 2


def test_a_full_device_is_told_as_such():
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(LedgerError, match="/dev/full: the disk is full"), told_as_ledger_errors(device):
        device.write_text("something")


@pytest.mark.parametrize(
    "code", [errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT, errno.EIO, errno.ENAMETOOLONG]
)
def test_every_fault_of_the_system_becomes_one_line(code):
    with pytest.raises(LedgerError, match="runs/x: ") as caught, told_as_ledger_errors(Path("runs/x")):
        raise OSError(code, "as the system says it")
    one_line(caught)


def test_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="a file stands where a folder is needed"):
        Ledger.create(tmp_path / "file", {}, {})
    with pytest.raises(LedgerError, match="is a file, not a folder"):
        Ledger.create(tmp_path / "file" / "run", {}, {})


@pytest.fixture
def closed_run(open_folder):
    """A finished run that this process owns, in a folder that `nobody` may enter but not write."""
    with Ledger.create(open_folder / "run", {}, {}) as ledger:
        ledger.add_images([Image("i0", "test", 8, 8, "test:0")])
        ledger.add_probes([probe()])
    for path in [*open_folder.rglob("*"), open_folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return open_folder / "run"


def test_a_folder_without_rights(closed_run, as_nobody):
    with pytest.raises(LedgerError, match="missing rights"):
        Ledger.create(closed_run.parent / "another", {}, {})
    with pytest.raises(LedgerError, match="missing rights"):
        Ledger.open(closed_run)


def test_a_run_on_a_read_only_disk_can_be_read(closed_run, as_nobody):
    with Ledger.open(closed_run, readonly=True) as ledger:
        assert list(ledger.probes()) == [probe()]


def test_a_database_that_is_read_only_says_so(run_dir):
    Ledger.create(run_dir, {}, {}).close()
    db = sqlite3.connect(f"{(run_dir / DATABASE_NAME).as_uri()}?mode=ro", uri=True)
    with pytest.raises(LedgerError, match="read-only disk"), told_as_ledger_errors(run_dir):
        db.execute("CREATE TABLE more (name)")
    db.close()


def test_a_copied_run_is_a_run(ledger, run_dir, tmp_path):
    ledger.add_probes([probe()])
    ledger.close()
    shutil.copytree(run_dir, tmp_path / "copy")
    with Ledger.open(tmp_path / "copy") as copy:
        assert list(copy.probes()) == [probe()]


_KILLED_START = """
import os, signal, sys
from pathlib import Path
from scotoma.ledger import Ledger, connect, files

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

module, name = sys.argv[2].split(".")
setattr({"connect": connect, "files": files, "os": os}[module], name, kill)
Ledger.create(Path(sys.argv[1]), {"seed": 7}, {"python": "3.11"})
"""


@pytest.mark.parametrize(
    "moment", ["files.write_config", "files.write_environment", "connect.migrate", "os.rename"]
)
def test_a_start_that_is_killed_can_be_made_again(run_dir, moment):
    killed = subprocess.run([sys.executable, "-c", _KILLED_START, str(run_dir), moment], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not Ledger.is_run(run_dir)
    with pytest.raises(LedgerError, match="is not a run"):
        Ledger.open(run_dir)
    with Ledger.create(run_dir, {"seed": 8}, {}) as ledger:
        assert ledger.config() == {"seed": 8}
    assert sorted(path.name for path in run_dir.iterdir()) == sorted(
        ["config.toml", "environment.json", "ledger.lock", "ledger.sqlite"]
    )


def test_what_a_killed_start_left_is_not_taken_from_a_folder_with_more_in_it(run_dir):
    run_dir.mkdir()
    for name in ("ledger.lock", "ledger.sqlite.new", "thesis.txt"):
        (run_dir / name).write_text("mine")
    with pytest.raises(LedgerError, match="is not empty"):
        Ledger.create(run_dir, {}, {})
    (run_dir / "thesis.txt").rename(run_dir / "config.toml")
    (run_dir / "ledger.lock").unlink()
    with pytest.raises(LedgerError, match="is not empty"):
        Ledger.create(run_dir, {}, {})
