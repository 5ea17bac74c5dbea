"""Whole runs against servers: hostile ones, killed runs, budgets, keys, questions and answers asked again."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes import scene_folder
from hostile import Act, Asked, Script, Server, answering, completion, failing, faulty
from scotoma.cli import main
from scotoma.config import load_config
from scotoma.discovery import RunSummary, discover, resume
from scotoma.discovery.estimate import SAMPLES, estimate
from scotoma.errors import ModelError, SpecError
from scotoma.ledger import Ledger
from scotoma.models.chat import Request
from scotoma.models.compatible import prompt_bound
from scotoma.records import Probe
from scotoma.report import write_report
from scotoma.report.source import load_run

ANSWERS = ("yes", "no", "2", "red", "left")


def sensible(asked: Asked) -> str:
    """One of a few answers, always the same to the same request."""
    return ANSWERS[int(asked.digest[:8], 16) % len(ANSWERS)]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_folder(tmp_path_factory.mktemp("scenes") / "images", 40)


def flags_for(scenes: Path, out: Path, candidate: str, **flags: Any) -> dict[str, Any]:
    small = {"steps": 2, "images_per_step": 4, "group_size": 8, "eval_images": 4, "eval_questions": 4}
    given = {"images": str(scenes), "candidate": candidate, "engine": "random", "out": str(out)}
    return {**given, **small, **flags}


def run(scenes: Path, out: Path, candidate: str, **flags: Any) -> RunSummary:
    return discover(load_config(flags=flags_for(scenes, out, candidate, **flags)))


def probes(run_dir: Path) -> list[Probe]:
    with Ledger.open(run_dir, readonly=True) as ledger:
        return list(ledger.probes())


def told(probe: Probe) -> tuple[Any, ...]:
    """What a probe says, whatever the clock and the address of the server said."""
    answer = (probe.answer.text, probe.answer.error) if probe.answer else None
    return (probe.key, probe.question.text, answer, probe.verdict, probe.rewards, probe.reward)


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


# ---- killed runs ------------------------------------------------------------------------------------------

_DISCOVER = (
    "import sys; from pathlib import Path; from scotoma.config import DiscoverConfig;"
    "from scotoma.discovery import discover;"
    "discover(DiscoverConfig.model_validate_json(Path(sys.argv[1]).read_text()))"
)


def test_a_killed_run_goes_on_and_pays_for_nothing_twice(scenes: Path, tmp_path: Path) -> None:
    concurrency = 4
    with Server(answering(sensible, wait_s=0.05)) as server:
        spec = server.spec(concurrency=concurrency)
        flags = flags_for(scenes, tmp_path / "run", spec, group_size=64, steps=1, images_per_step=2)
        (tmp_path / "config.json").write_text(load_config(flags=flags).model_dump_json())
        process = subprocess.Popen([sys.executable, "-c", _DISCOVER, str(tmp_path / "config.json")])
        while server.calls < 30 and process.poll() is None:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        # In the middle of the first step: not a probe is stored yet, only calls.
        assert probes(tmp_path / "run") == []
        with Ledger.open(tmp_path / "run", readonly=True) as ledger:
            kept = ledger.call_count()
        answered = sum(server.finished.values())
        assert kept >= answered - concurrency
        resume(tmp_path / "run")
        assert sum(server.finished.values()) == len(server.finished) + (answered - kept)
        whole = {**flags, "out": str(tmp_path / "whole")}
        discover(load_config(flags=whole))
    assert [told(probe) for probe in probes(tmp_path / "run")] == [
        told(probe) for probe in probes(tmp_path / "whole")
    ]


# ---- asking again -----------------------------------------------------------------------------------------


def broken_for(share: int, reason: str = "too long") -> Script:
    """Refuses one request in `share`, by its digest."""
    good = answering(sensible)

    def script(asked: Asked) -> Act:
        if int(asked.digest[8:16], 16) % share == 0:
            return Act(b'{"error": {"message": "%s"}}' % reason.encode(), 400)
        return good(asked)

    return script


def test_what_failed_calls_left_is_asked_again_and_nothing_else(scenes: Path, tmp_path: Path) -> None:
    with Server(broken_for(4)) as server:
        run(scenes, tmp_path / "run", server.spec(concurrency=8))
        lost = [probe for probe in probes(tmp_path / "run") if probe.lost]
        assert len(lost) > 5
        assert {probe.verdict.evidence for probe in lost} == {"HTTP 400: too long"}
        server._script = answering(sensible)
        before = server.calls
        again = resume(tmp_path / "run", retry_errors=True)
        wanted = {(probe.image_id, probe.question.text) for probe in lost}
        assert server.calls - before == len(wanted)
        assert again.retried == (len(lost), len(lost))
        assert resume(tmp_path / "run", retry_errors=True).retried == (0, 0)
        run(scenes, tmp_path / "whole", server.spec(concurrency=8))
    assert [told(probe) for probe in probes(tmp_path / "run")] == [
        told(probe) for probe in probes(tmp_path / "whole")
    ]
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        assert ledger.superseded_count() == len(lost)


def test_what_fails_again_stays_as_it_was(scenes: Path, tmp_path: Path) -> None:
    with Server(broken_for(4)) as server:
        run(scenes, tmp_path / "run", server.spec())
        before = probes(tmp_path / "run")
        asked, scored = resume(tmp_path / "run", retry_errors=True).retried or (0, 0)
    assert (asked, scored) == (sum(probe.lost for probe in before), 0)
    assert probes(tmp_path / "run") == before


# ---- a questioner behind a server ---------------------------------------------------------------------------


def asking_about(asked: Asked) -> str:
    """A question that depends on the picture, and on the seed where it is sampled."""
    colours = ("red", "blue", "green", "yellow", "purple", "cyan")
    return f"Is there a {colours[(int(asked.digest[:8], 16)) % len(colours)]} object?"


def test_a_questioner_behind_a_server_asks_is_kept_and_is_asked_again(scenes: Path, tmp_path: Path) -> None:
    good = answering(asking_about)

    def refusing(asked: Asked) -> Act:
        if int(asked.digest[8:16], 16) % 5 == 0:
            return Act(b'{"error": {"message": "busy"}}', 400)
        return good(asked)

    with Server(refusing) as server:
        flags = {"engine": "static", "questioner": server.spec("asker")}
        run(scenes, tmp_path / "run", "oracle", **flags)
        made = probes(tmp_path / "run")
        unasked = [probe for probe in made if probe.verdict.reason == "not_asked"]
        assert 3 < len(unasked) < len(made) // 2
        for probe in unasked:
            assert (probe.question.text, probe.answer, probe.reward) == ("", None, None)
            assert probe.verdict.unscorable
            assert probe.verdict.evidence == "HTTP 400: busy"
        assert {probe.question.questioner for probe in made} == {"static"}
        seeds = Counter(asked.body["seed"] for asked in server.seen)
        assert max(seeds.values()) <= 4  # images of a step: samples of one image never share a seed
        assert {asked.body["temperature"] for asked in server.seen} == {1.0}
        server._script, before = good, server.calls
        again = resume(tmp_path / "run", retry_errors=True)
        assert again.retried == (len(unasked), len(unasked))
        assert server.calls - before == len(unasked)
        run(scenes, tmp_path / "whole", "oracle", **flags)
    # Novelty was paid in view of the questions that there were.
    assert [told(probe)[:4] for probe in probes(tmp_path / "run")] == [
        told(probe)[:4] for probe in probes(tmp_path / "whole")
    ]


def test_what_cannot_be_trained_is_refused_in_one_line(scenes: Path, tmp_path: Path) -> None:
    with pytest.raises(
        SpecError, match="questioner 'asker' answers behind a server and cannot be trained"
    ) as caught:
        run(scenes, tmp_path / "run", "oracle", engine="grpo", questioner="openai:asker@http://h/v1")
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="variable NO_SUCH_KEY is not set"):
        run(
            scenes,
            tmp_path / "run",
            "oracle",
            engine="static",
            questioner="openai:asker@http://h/v1,key_env=NO_SUCH_KEY",
        )
    assert not (tmp_path / "run").exists()


# ---- keys -------------------------------------------------------------------------------------------------

CANARY = "sk-canary-5f1d0c"


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_a_key_is_nowhere_in_a_run(
    scenes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    everything_logged: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("CANARY_KEY", CANARY)

    def echoing(asked: Asked) -> Act:
        key = asked.headers["authorization"]
        if asked.number == 20:
            return Act(b'{"error": {"message": "%s"}}' % key.encode(), 401)
        if asked.number % 3 == 0:
            return Act(b'{"error": {"message": "%s is slow"}}' % key.encode(), 400)
        return Act(completion(f"yes, says {key}"))

    out = tmp_path / "run"
    with Server(echoing) as server:
        spec = server.spec(key_env="CANARY_KEY")
        arguments = ["--candidate", spec, "--images", str(scenes), "--engine", "random", "--out", str(out)]
        with pytest.raises(ModelError) as caught:
            main(["--debug", "discover", *arguments, "--max-calls", "900"])
        assert {asked.headers["authorization"] for asked in server.seen} == {f"bearer {CANARY}"}
        resume(out)
    write_report(load_run(out))
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {"config.toml", "environment.json", "ledger.sqlite", "index.html"} <= {path.name for path in files}
    for path in files:
        assert b"canary-5f" not in path.read_bytes(), path
    with Ledger.open(out, readonly=True) as ledger:
        answers = [probe.answer for probe in ledger.probes() if probe.answer]
    assert "yes, says bearer [key]" in {answer.text for answer in answers}
    assert any("[key] is slow" in (answer.error or "") for answer in answers)
    import traceback

    captured = capsys.readouterr()
    shown = [
        "".join(traceback.format_exception(caught.value)),
        everything_logged.text,
        captured.out,
        captured.err,
    ]
    assert not [text for text in shown if "canary-5f" in text]


# ---- the estimate -------------------------------------------------------------------------------------------


def test_the_estimate_counts_what_there_may_be_at_most_and_sends_nothing(
    scenes: Path, tmp_path: Path
) -> None:
    with Server(answering()) as server:
        spec = server.spec(price_in=2, price_out=10, concurrency=10)
        config = load_config(
            flags=flags_for(scenes, tmp_path / "run", spec, steps=3, answer_tokens=8, question_tokens=20)
        )
        figures = estimate(config)
        assert server.calls == 0
    assert [(row.phase, row.role, row.calls) for row in figures.rows] == [
        ("discovery", "candidate", 3 * 4 * 8),
        ("evaluation, random", "candidate", 4 * 4),
    ]
    text = " Answer with one word or a short phrase."
    # Pictures of 28 x 28 pixels are four patches.
    each = prompt_bound(Request(None, "", text), 1024) + 4 + 20
    discovery = figures.rows[0]
    assert (discovery.prompt_tokens, discovery.completion_tokens) == (96 * each, 96 * 8)
    assert discovery.usd == pytest.approx((96 * each * 2 + 96 * 8 * 10) / 1e6)
    assert discovery.minutes == pytest.approx(96 * 2.0 / 10 / 60)
    assert figures.usd == pytest.approx(discovery.usd * 112 / 96)
    assert not (tmp_path / "run").exists()
    assert SAMPLES == 12


def test_the_estimate_says_what_is_not_known(scenes: Path, tmp_path: Path) -> None:
    asker = "openai:asker@http://h/v1,rpm=10,tpm=1000"
    flags = flags_for(scenes, tmp_path / "run", "mini", engine="static", questioner=asker, eval_images=0)
    figures = estimate(load_config(flags=flags))
    questioner, candidate = figures.rows
    assert (questioner.role, questioner.calls, questioner.usd) == ("questioner", 64, None)
    assert (candidate.role, candidate.calls, candidate.usd, candidate.minutes) == ("candidate", 64, 0.0, None)
    assert figures.usd is None
    tokens = (questioner.prompt_tokens or 0) + (questioner.completion_tokens or 0)
    assert figures.minutes == pytest.approx(tokens / 1000)
    assert any("What the questioner costs is not known" in line for line in figures.assumptions)
    local = estimate(load_config(flags=flags | {"questioner": "mini", "max_calls": 40, "steps": 9}))
    assert [row.calls for row in local.rows] == [40]
    assert (local.usd, local.minutes) == (0.0, None)


def test_the_estimate_on_the_command_line(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    spec = "openai:m@http://127.0.0.1:1/v1,price_in=1,price_out=1"
    arguments = ["discover", "--images", str(scenes), "--candidate", spec, "--engine", "random", "--estimate"]
    assert main([*arguments, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "nothing was sent or written" in shown
    assert "$" in shown
    assert main([*arguments, "--out", str(out), "--json"]) == 0
    assert '"usd": 0.' in capsys.readouterr().out
    assert not out.exists()
    assert main(["discover", "--retry-errors"]) == 2
    assert "name it with --resume RUN" in capsys.readouterr().err
    assert main(["discover", "--resume", str(out), "--estimate"]) == 2
    assert "--estimate cannot change a run" in capsys.readouterr().err
