"""`scotoma certify` and `scotoma confirm` from the command line: tables, JSON, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes import scene_folder
from scotoma.cli import main

HEAD = 'name = "x"\naccuracy = 1.0\n'


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    return scene_folder(tmp_path / "scenes", 24)


def small(scenes: Path, out: Path) -> list[str]:
    settings = ["images_per_step=2", "group_size=2", "steps=1", "confirm_calls=8"]
    return [
        *("--images", str(scenes), "--engine", "random", "--out", str(out)),
        *(part for setting in settings for part in ("--set", setting)),
    ]


def test_a_suite_is_scored(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "none.toml").write_text(HEAD)
    (suite / "reads.toml").write_text(
        f'{HEAD}[[blind_spot]]\nskills = ["text_reading"]\nfailure_rate = 1.0\n'
    )
    arguments = ["certify", "--planted", str(suite), *small(scenes, tmp_path / "runs"), "--max-calls", "100"]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in told["scores"]] == ["none", "reads"]
    assert (told["recall"], told["precision"]) == (0.0, None)
    assert told["scores"][1]["missed"] == [["text_reading"]]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "recall 0%, precision none" in shown
    assert "text_reading" in shown


def test_no_suite_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certify", "--planted", str(tmp_path / "nowhere"), "--out", str(tmp_path / "runs")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_confirm_ends_with_table_and_report(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    discover = ["discover", *small(scenes, tmp_path / "run"), "--candidate", "oracle", "--eval-images", "0"]
    assert main([*discover, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"] == []
    assert main(["confirm", str(tmp_path / "run"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"] == []
    assert main(["confirm", str(tmp_path / "nothing")]) == 2
    assert "is not a run" in capsys.readouterr().err
