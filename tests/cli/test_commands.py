"""The commands on runs that exist, and on a discovery that is made up."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

import scotoma.discovery
from runs import synthetic_images, synthetic_probes, write_run
from scotoma.analysis.summary import summarise
from scotoma.cli import main
from scotoma.cli.progress import Watch
from scotoma.config import DiscoverConfig
from scotoma.discovery import RunSummary
from scotoma.errors import ModelError
from scotoma.ledger import Ledger
from scotoma.report.source import load_run
from scotoma.training.progress import Progress


def made_up(run_dir: Path, *, stop: type[BaseException] | None = None) -> RunSummary:
    """A run as a discovery leaves it; `stop` is raised when it is written."""
    images = synthetic_images(40)
    write_run(run_dir, images, synthetic_probes(images, steps=8, held_out=12))
    if stop is not None:
        raise stop
    figures = summarise(load_run(run_dir).probes)
    return RunSummary(run_dir, "grpo", 8, 300, 1.5, figures, {"train": 0.4})


@pytest.fixture
def discovery(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[DiscoverConfig]]:
    """Replace the discovery by a made-up one; gives the list of configurations that it was started with."""

    def replace(stop: type[BaseException] | None = None) -> list[DiscoverConfig]:
        asked: list[DiscoverConfig] = []

        def discover(config: DiscoverConfig, *, progress: Progress | None = None) -> RunSummary:
            asked.append(config)
            if progress is not None:
                progress.begin("discover", 8)
                progress.end()
            return made_up(Path(config.out), stop=stop)

        monkeypatch.setattr(scotoma.discovery, "discover", discover)
        return asked

    return replace


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "first"
    images = synthetic_images(60)
    return write_run(folder, images, synthetic_probes(images, steps=12, held_out=20))


# ---- discover -------------------------------------------------------------------------------------------


def test_discover_ends_with_a_table_and_the_report(
    discovery: Callable[..., list[DiscoverConfig]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = discovery()
    out = tmp_path / "run"
    flags = ["--seed", "3", "--max-calls", "900", "--set", "w_mix=0.4", "--images", "tabletop:n=40"]
    assert main(["discover", "--out", str(out), *flags]) == 0
    assert asked == [DiscoverConfig(out=str(out), seed=3, max_calls=900, w_mix=0.4, images="tabletop:n=40")]
    captured = capsys.readouterr()
    for told in (
        "FDR asked [95%]",
        "trained, held out",
        "random, held out",
        "fails most where",
        "8 steps, 300",
    ):
        assert told in captured.out
    report = out / "report" / "index.html"
    assert captured.out.splitlines()[-1] == f"report: {report}"
    assert report.is_file()
    assert "\x1b" not in captured.out + captured.err


def test_discover_as_json(
    discovery: Callable[..., list[DiscoverConfig]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    discovery()
    assert main(["discover", "--out", str(tmp_path / "run"), "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err == ""
    assert told["calls"] == 300
    assert [phase["phase"] for phase in told["phases"]] == [
        "train",
        "eval:random",
        "eval:untrained",
        "eval:trained",
    ]
    assert told["phases"][-1]["fdr_asked"]["low"] <= told["phases"][-1]["fdr_asked"]["estimate"]
    assert Path(told["report"]).is_file()


def test_flags_win_over_the_file(discovery: Callable[..., list[DiscoverConfig]], tmp_path: Path) -> None:
    asked = discovery()
    file = tmp_path / "run.toml"
    file.write_text("seed = 1\nengine = 'random'\n")
    assert (
        main(["discover", "--config", str(file), "--seed", "2", "--out", str(tmp_path / "run"), "--json"])
        == 0
    )
    assert (asked[0].seed, asked[0].engine) == (2, "random")


def test_ctrl_c_says_how_to_go_on(
    discovery: Callable[..., list[DiscoverConfig]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    discovery(stop=KeyboardInterrupt)
    out = tmp_path / "run"
    assert main(["discover", "--out", str(out)]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == f"stopped; go on with: scotoma resume {out}"


def test_ctrl_c_before_the_run_began(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(config: DiscoverConfig, *, progress: Progress | None = None) -> RunSummary:
        raise KeyboardInterrupt

    monkeypatch.setattr(scotoma.discovery, "discover", interrupted)
    assert main(["discover", "--out", str(tmp_path / "run")]) == 130
    assert capsys.readouterr().err == "stopped before the run began\n"


def test_a_model_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def failing(config: DiscoverConfig, *, progress: Progress | None = None) -> RunSummary:
        raise ModelError("the model said:\n\x1b[2Jno")

    monkeypatch.setattr(scotoma.discovery, "discover", failing)
    assert main(["discover", "--out", str(tmp_path / "run"), "--json"]) == 2
    assert capsys.readouterr().err == "error: the model said: \\x1b[2Jno\n"


@pytest.mark.parametrize("command", [["resume", "{}"], ["discover", "--resume", "{}"]])
def test_resume_passes_the_budgets_on(
    command: list[str],
    run_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = []

    def resume(run: Path, *, progress: Progress | None = None, **budget: float | None) -> RunSummary:
        asked.append((run, budget))
        return RunSummary(run, "grpo", 12, 500, 0.1, summarise(load_run(run).probes), {})

    monkeypatch.setattr(scotoma.discovery, "resume", resume)
    assert main([*(part.format(run_dir) for part in command), "--max-calls", "4000", "--json"]) == 0
    untouched = dict.fromkeys(("max_usd", "max_tokens", "max_minutes", "steps"))
    assert asked == [(run_dir, {"max_calls": 4000, "retry_errors": False, **untouched})]
    assert json.loads(capsys.readouterr().out)["run"] == str(run_dir)


# ---- report, runs ---------------------------------------------------------------------------------------


def test_report_writes_and_shows(run_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert main(["report", str(run_dir), "--out", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "FDR valid [95%]" in shown
    assert shown.splitlines()[-1] == f"report: {page}"
    assert page.is_file()
    assert main(["report", str(run_dir), "--json", "--out", str(page)]) == 0
    assert json.loads(capsys.readouterr().out)["report"] == str(page)


def test_report_of_a_run_on_a_full_disk_is_one_line(
    run_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["report", str(run_dir), "--out", str(blocked / "page.html")]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


def test_runs_lists_states(run_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    images = synthetic_images(20)
    half_done = [probe for probe in synthetic_probes(images, steps=2, held_out=6) if probe.phase == "train"]
    write_run(tmp_path / "a-stopped", images, half_done, config={"candidate": "planted:\x1b[31m.toml"})
    write_run(tmp_path / "b-finished", images, synthetic_probes(images, steps=2, held_out=6))
    write_run(tmp_path / "c-damaged", images, [])
    (tmp_path / "c-damaged" / "config.toml").write_text("= broken")
    (tmp_path / "not-a-run").mkdir()
    assert main(["runs", str(tmp_path), "--json"]) == 0
    rows = {Path(row["run"]).name: row for row in json.loads(capsys.readouterr().out)["runs"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "a-stopped": "stopped",
        "b-finished": "finished",
        "c-damaged": "unreadable",
    }
    assert rows["b-finished"]["phase"] == "eval:trained"
    assert rows["b-finished"]["calls"] > 0
    assert 0 < rows["b-finished"]["fdr_asked"] <= rows["b-finished"]["fdr_valid"]
    assert main(["runs", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\\x1b[31m" in shown


def test_runs_sees_a_run_that_is_being_written(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Ledger.open(run_dir):
        assert main(["runs", str(run_dir.parent), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["state"] == "running"


# ---- progress -------------------------------------------------------------------------------------------


def watched(*, terminal: bool) -> str:
    """What a short run shows."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=160, color_system=None)
    watch = Watch(console, lambda: 1234)
    watch.begin("train", 20, 4)
    watch.advance(1, {"step": 5, "valid_share": 0.9, "seconds/ask": 0.5})
    watch.advance(1, {})
    watch.end()
    watch.end()
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_pipe_gets_plain_lines() -> None:
    assert watched(terminal=False).splitlines() == [
        "train: 20, 4 done before",
        "step    5 · valid 90% · 0.5 s (ask 0.5)",
        "train: 6 of 20 done, 1,234 calls",
    ]


def test_a_terminal_gets_a_bar_with_rate_calls_and_time_left() -> None:
    shown = watched(terminal=True)
    for told in ("step    5", "6/20", "1,234 calls", "/s", "left"):
        assert told in shown


# ---- images ---------------------------------------------------------------------------------------------


def test_images_tabletop(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "images"
    arguments = ["images", "tabletop", "--n", "2", "--seed", "7", "--size", "32", "--workers", "1"]
    assert main([*arguments, "--out", str(out)]) == 0
    assert "2 images and truth.jsonl" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == ["000000.png", "000001.png", "truth.jsonl"]
    assert main([*arguments, "--out", str(tmp_path / "again"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 2
    for name in ("000000.png", "000001.png", "truth.jsonl"):
        assert (out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
