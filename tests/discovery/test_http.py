"""Whole runs against servers: hostile ones, budgets that are held, keys."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostile import Act, Asked, Server, answering, completion, failing, faulty
from http_runs import ANSWERS, run, sensible, told
from judges import VALID, compared, own
from runs import probes
from scotoma.cli import main
from scotoma.discovery import resume
from scotoma.errors import ModelError, SpecError
from scotoma.ledger import Ledger

# ---- a hostile server -------------------------------------------------------------------------------------


def test_every_probe_of_a_hostile_run_is_scored_or_unscorable_with_its_reason(
    scenes: Path, tmp_path: Path
) -> None:
    limit = 420
    with Server(faulty(0.3, seed=1, answer=sensible, stall_s=10.0)) as server:
        candidate = server.spec(concurrency=32, timeout=1, price_in=1, price_out=1)
        summary = run(
            scenes, tmp_path / "run", candidate, images_per_step=8, steps=4, eval_images=8, max_calls=limit
        )
        calls = server.calls
    made = probes(tmp_path / "run")
    phases = Counter(probe.phase for probe in made)
    assert phases["train"] == 4 * 64
    assert phases["eval:random"] >= 4 * 4
    assert phases == {phase.phase: phase.asked for phase in summary.figures.phases}
    lost = [probe for probe in made if probe.lost]
    for probe in made:
        if probe.answer is None:
            assert probe.verdict.valid is False
        elif probe.answer.text is None:
            assert probe.lost
            assert not probe.verdict.failure
            assert probe.verdict.correct is None
            assert probe.verdict.evidence == probe.answer.error
            assert probe.reward is None
        elif probe.answer.text == "":
            assert (probe.verdict.correct, probe.verdict.reason) == (None, "empty_answer")
        else:
            assert probe.answer.text in ANSWERS
    # An answer of a megabyte is not asked for again: some of these there are.
    assert 1 <= len(lost) <= len(made) // 10
    assert {(probe.answer.error or "")[:10] for probe in lost if probe.answer} == {"the answer"}
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        # An attempt that reaches nobody counts as well.
        assert calls <= ledger.spent().calls <= limit
    assert max(server.finished.values()) == 1
    assert server.most <= 32


def test_a_budget_of_calls_is_not_exceeded_by_repetitions(scenes: Path, tmp_path: Path) -> None:
    with Server(faulty(0.5, seed=2, answer=sensible, stall_s=0.0)) as server:
        summary = run(
            scenes, tmp_path / "run", server.spec(concurrency=8), steps=50, max_calls=120, eval_images=2
        )
        assert server.calls <= 120
    assert summary.steps < 50
    assert summary.figures.evaluations


def test_dollars_are_never_exceeded_and_more_of_them_finish_the_run(scenes: Path, tmp_path: Path) -> None:
    price = 1e-6 * (100 * 1000 + 2 * 3000)  # of one call
    with Server(answering(sensible)) as server:
        spec = server.spec(concurrency=8, price_in=1000, price_out=3000)
        summary = run(scenes, tmp_path / "run", spec, max_usd=20.5 * price)
        assert 5 <= server.calls <= 20
        assert summary.spent.usd == pytest.approx(server.calls * price)
        assert summary.stopped is None or "--max-usd" in summary.stopped
        finished = resume(tmp_path / "run", max_usd=1000.0)
        assert finished.stopped is None
        assert max(server.finished.values()) == 1
        run(scenes, tmp_path / "whole", spec)
    assert [told(probe) for probe in probes(tmp_path / "run")] == [
        told(probe) for probe in probes(tmp_path / "whole")
    ]


def test_dollars_need_prices(scenes: Path, tmp_path: Path) -> None:
    with pytest.raises(
        SpecError, match=r"max_usd = 5: what the candidate openai:m@http://h/v1 costs is not known"
    ):
        run(scenes, tmp_path / "run", "openai:m@http://h/v1,price_in=1", max_usd=5.0)
    assert not (tmp_path / "run").exists()


def test_a_server_that_nobody_can_use_ends_the_run_in_one_line(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server(failing(401, "who are you?")) as server:
        arguments = ["--candidate", server.spec(), "--images", str(scenes), "--engine", "random"]
        assert main(["discover", *arguments, "--out", str(tmp_path / "run"), "--json"]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "the server refuses the key (HTTP 401: who are you?)" in shown


# ---- keys -------------------------------------------------------------------------------------------------

CANARY = "sk-canary-5f1d0c"


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def echoing(asked: Asked) -> Act:
    """Sends the key back, in questions, answers, verdicts and errors; two requests on the way are refused."""
    key = asked.headers["authorization"]
    if asked.number in (40, 90):
        return Act(b'{"error": {"message": "%s"}}' % key.encode(), 401)
    if asked.number % 5 == 0:
        return Act(b'{"error": {"message": "%s is slow"}}' % key.encode(), 400)
    if asked.body["model"] != "verifier":
        return Act(completion(f"Is there a cup? says {key} {asked.number}"))
    if asked.text.startswith("Decide"):
        return Act(completion(VALID.replace("so it is", key)))
    said = compared("different") if asked.text.startswith("Compare") else own(f"none, says {key}")
    return Act(completion(said.replace("seen", key)))


def debugged(*arguments: str) -> str:
    """What a command shows with --debug, in a process of its own that ends in an error."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    ended = subprocess.run(
        [sys.executable, "-m", "scotoma.cli", "--debug", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert ended.returncode == 1
    return ended.stdout + ended.stderr


def test_a_key_is_nowhere_in_a_run(
    scenes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    everything_logged: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("CANARY_KEY", CANARY)
    out = tmp_path / "run"
    with Server(echoing) as server:
        arguments = ["--images", str(scenes), "--engine", "static", "--steps", "2", "--eval-images", "2"]
        for role in ("candidate", "questioner", "verifier"):
            arguments += [f"--{role}", server.spec(role, key_env="CANARY_KEY")]
        shown = [debugged("discover", *arguments, "--set", "images_per_step=2", "--out", str(out))]
        assert "Traceback" in shown[0]
        assert "the server refuses the key" in shown[0]
        with Ledger.open(out, readonly=True):
            # While somebody reads, the write-ahead log is not folded into the ledger.
            with pytest.raises(ModelError) as caught:
                main(["--debug", "resume", str(out)])
            assert main(["resume", str(out)]) == 0
            assert (out / "ledger.sqlite-wal").stat().st_size > 0
            check_files(out)
        assert {asked.headers["authorization"] for asked in server.seen} == {f"bearer {CANARY}"}
        assert {asked.body["model"] for asked in server.seen} == {"candidate", "questioner", "verifier"}
    assert (out / "report" / "index.html").is_file()
    check_files(out)
    made = probes(out)
    assert any("says bearer [key]" in probe.question.text for probe in made)
    assert any("says bearer [key]" in (probe.verdict.reference or "") for probe in made)
    assert any(probe.answer and "says bearer [key]" in (probe.answer.text or "") for probe in made)
    assert any("[key] is slow" in probe.verdict.evidence for probe in made)
    captured = capsys.readouterr()
    shown += ["".join(traceback.format_exception(caught.value)), everything_logged.text]
    assert not [text for text in (*shown, captured.out, captured.err) if "canary-5f" in text]


def check_files(run_dir: Path) -> None:
    """No file of a run holds the key."""
    files = [path for path in run_dir.rglob("*") if path.is_file()]
    assert {"config.toml", "environment.json", "ledger.sqlite"} <= {path.name for path in files}
    for path in files:
        assert b"canary-5f" not in path.read_bytes(), path
