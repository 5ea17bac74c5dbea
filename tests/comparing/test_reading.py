"""What is read of a run, and what it is called."""

from __future__ import annotations

from pathlib import Path

from comparing.compared_runs import made_run, outcome
from scotoma.comparing.reading import labels_of, read_run
from scotoma.ledger import Ledger, StoredCall


def test_folders_of_one_name_are_called_by_their_paths() -> None:
    assert labels_of([Path("runs/a"), Path("old/b"), Path("runs/b")]) == ["a", "old/b", "runs/b"]


def test_a_run_is_read_as_it_stands(tmp_path: Path) -> None:
    run_dir = made_run(tmp_path / "run", [outcome("counting")], seed=3, engine="bandit")
    with Ledger.open(run_dir) as ledger:
        ledger.store_calls([StoredCall("f" * 64, "q", "a", 0.1, 0.25, "candidate:confirmation")])
    run = read_run(run_dir, "run")
    assert (run.setting.engine, run.setting.candidate, run.setting.seed) == ("bandit", "mini", 3)
    assert (run.judged, list(run.held_out)) == ("eval:bandit", [])
    assert run.claims == 1
    assert (run.confirmation_calls, run.calls) == (1, run.discovery_calls + 1)
    assert run.spent.usd == 0.25
    assert [probe.key for probe in run.discovery] == sorted(probe.key for probe in run.discovery)
