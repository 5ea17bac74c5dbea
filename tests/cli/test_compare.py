"""`scotoma compare`: tables, JSON, the matrix, and bad input in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from comparing.compared_runs import made_run, outcome
from fakes import scene_folder
from scotoma.cli import main

HASHED = ("--embedder", "hashed")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """Two engines on `mini`, and one on another candidate."""
    folder = tmp_path_factory.mktemp("runs")
    pair, reading = outcome("counting", "occlusion"), outcome("text_reading", rate=0.7)
    return (
        str(made_run(folder / "trained", [pair, reading], steps=6)),
        str(made_run(folder / "told", [pair], steps=8, seed=2, engine="feedback")),
        str(made_run(folder / "half", [pair], steps=6, candidate="mini:half")),
    )


def test_people_get_tables(runs: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *runs, *HASHED]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert shown.err == ""
    assert [line.split()[0] for line in lines[1:4]] == ["trained", "told", "half"]
    assert "confirmed modes" in shown.out
    (difference,) = [line for line in lines if line.startswith("trained") and "points" in line]
    assert difference.split()[1:3] == ["told", "discovery"]
    assert "paired on" in difference
    (pair,) = [line for line in lines if line.startswith("counting + occlusion")]
    assert pair.count("confirmed 90%") == 3
    (reading,) = [line for line in lines if line.startswith("reading ")]
    assert "confirmed 70%" in reading
    assert reading.count("not claimed, ") == 2
    assert "confirmed for all 2 candidates: counting + occlusion" in lines
    assert "confirmed for mini alone: reading" in lines
    assert "confirmed for mini:half alone: none" in lines


def test_machines_get_one_object_and_the_same_file(
    runs: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "comparison.json"
    assert main(["compare", *runs[:2], *HASHED, "--calls", "40", "--json", "--out", str(out)]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert shown.err == ""
    assert found == json.loads(out.read_text())
    assert (found["calls"], found["embedder"], found["candidates"]) == (40, "hashed", ["mini"])
    assert [run["cut_calls"] for run in found["runs"]] == [40, 40]
    assert [run["setting"]["engine"] for run in found["runs"]] == ["grpo", "feedback"]
    assert [run["confirmed"] for run in found["runs"]] == [2, 1]
    (difference,) = found["differences"]
    # 40 calls are about fewer images than an honest interval needs.
    assert (difference["where"], difference["over_asked"]) == ("discovery", None)
    assert 1 < difference["shared"] <= difference["images"] < 10
    assert main(["compare", *runs[:2], *HASHED, "--calls", "40"]) == 0
    assert "too few to tell" in capsys.readouterr().out


def test_the_matrix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene_folder(tmp_path / "images", 20)
    weak = tmp_path / "weak.toml"
    weak.write_text(
        'name = "weak"\naccuracy = 0.5\n[[blind_spot]]\nskills = ["colour"]\nfailure_rate = 0.9\n'
    )
    run = made_run(
        tmp_path / "grammar", steps=1, engine="random", candidate="oracle", images_from=tmp_path / "images"
    )
    out = tmp_path / "cells"
    matrix = ["compare", "--matrix", str(run), "--out", str(out), "--eval-images", "3"]
    matrix += ["--candidates", f"oracle,planted:{weak}"]
    assert main(matrix) == 0
    shown = capsys.readouterr()
    (heading,) = [line for line in shown.out.splitlines() if line.startswith("FDR over asked")]
    assert heading.split()[-2:] == ["oracle", "planted:weak.toml"]
    (row,) = [line for line in shown.out.splitlines() if line.startswith("grammar")]
    assert row.split()[1] == "0.0%"
    assert shown.err.count("\ncell ") + shown.err.startswith("cell ") == 2
    assert main([*matrix, "--json"]) == 0
    again = capsys.readouterr()
    found = json.loads(again.out)
    assert again.err == ""
    assert found == json.loads((out / "matrix.json").read_text())
    assert [cell["figures"]["asked"] for cell in found["cells"]] == [12, 12]


def told_in_one_line(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["compare", *arguments]) == 2
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert shown.out == ""
    return line


def test_bad_input_is_one_line(
    runs: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, _ = runs
    (tmp_path / "file").write_text("")
    for arguments, told in (
        ([], "RUN"),
        ([one], "needs two runs or more"),
        ([one, one], "named twice"),
        ([one, str(tmp_path)], "is not a run"),
        ([one, two, "--calls", "999999"], "has made only"),
        ([one, two, "--calls", "0"], "--calls"),
        ([one, two, "--embedder", "nobody"], "unknown embedder 'nobody'"),
        ([one, two, "--out", str(tmp_path)], "is a folder: name a file"),
        ([one, two, "--candidates", "mini"], "--candidates is for --matrix"),
        ([one, two, "--eval-images", "9"], "--eval-images is for --matrix"),
        ([one, two, "--matrix"], "needs --candidates"),
        ([one, "--matrix", "--candidates", "mini", "--calls", "9"], "--calls is not for --matrix"),
        ([one, "--matrix", "--candidates", "nobody"], "unknown candidate 'nobody'"),
        ([one, "--matrix", "--candidates", "mini"], "holds no trained questioner"),
        ([two, "--matrix", "--candidates", "mini"], "engine feedback learned is about its own candidate"),
        ([one, "--matrix", "--candidates", "mini", "--out", str(tmp_path / "file")], "is a file"),
    ):
        assert told in told_in_one_line(arguments, capsys)


def test_the_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from scotoma.cli import main; main(['compare', '--help']); "
        "print(sorted({'torch', 'numpy', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
