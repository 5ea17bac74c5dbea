"""A run with a calibration of its verifier: corrected rates in the terminal, in --json and in the report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes import scene_folder
from judge_server import JudgeServer, serving
from scotoma.cli import main

SCENES = 40
WRONG_ITSELF = 0.3


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_folder(tmp_path_factory.mktemp("calibrated") / "scenes", SCENES)


@pytest.fixture
def harsh(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-1234567890")
    with serving(SCENES, {"answers_wrongly": WRONG_ITSELF}) as server:
        yield server


JUDGING = ("--set", "judge_votes=1", "--set", "judge_temperature=0.0")


def spec(server: JudgeServer) -> str:
    return f"openai:judge@http://127.0.0.1:{server.server_address[1]}/v1"


def command(images: Path, out: Path, *more: str) -> list[str]:
    given = ["--images", str(images), "--candidate", "oracle", "--engine", "random", "--out", str(out)]
    small = ["--steps", "1", "--set", "images_per_step=4", "--set", "group_size=4", "--eval-images", "16"]
    return [
        "discover",
        *given,
        *small,
        "--eval-questions",
        "3",
        "--held-out-share",
        "0.5",
        "--no-confirm",
        *more,
    ]


def test_a_candidate_that_is_always_right_is_found_to_be(
    images: Path, harsh: JudgeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The judge takes three in ten right answers for wrong ones; corrected, nothing is left of the failures."""
    file, out = tmp_path / "calibration.json", tmp_path / "run"
    measured = [
        "calibrate",
        "--verifier",
        spec(harsh),
        "--images",
        str(images),
        "--n",
        "40",
        "--out",
        str(file),
    ]
    assert main([*measured, *JUDGING, "--json"]) == 0
    capsys.readouterr()
    judged = command(images, out, "--verifier", spec(harsh), *JUDGING)
    assert main([*judged, "--calibration", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = told["corrected"]["phases"]["eval:random"]
    raw = next(phase for phase in told["phases"] if phase["phase"] == "eval:random")["fdr_valid"]
    assert found["raw"] == raw
    assert raw["estimate"] > 0.1
    assert found["corrected"]["low"] == 0.0
    assert found["corrected"]["estimate"] < raw["estimate"] / 2
    assert found["corrected"]["method"] == "rogan_gladen"
    page = (out / "report" / "index.html").read_text("utf-8")
    assert 'id="corrected"' in page
    # The run keeps what it needs: its report is made again without the file.
    file.rename(tmp_path / "moved.json")
    assert main(["report", str(out)]) == 0
    assert "corrected [95%]" in capsys.readouterr().out
    assert main(["resume", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["corrected"] == told["corrected"]


def test_a_report_can_be_corrected_afterwards(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "run", tmp_path / "exact.json"
    assert main(command(images, out)) == 0
    shown = capsys.readouterr().out
    assert "corrected [95%]" not in shown
    assert 'id="corrected"' not in (out / "report" / "index.html").read_text("utf-8")
    assert main(["report", str(out), "--json"]) == 0
    assert "corrected" not in json.loads(capsys.readouterr().out)
    measured = ["calibrate", "--verifier", "exact", "--images", str(images), "--n", "80", "--out", str(file)]
    assert main(measured) == 0
    capsys.readouterr()
    assert main(["report", str(out), "--calibration", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["corrected"]["phases"]["eval:random"]
    assert found["corrected"]["estimate"] == found["raw"]["estimate"] == 0.0
    assert 'id="corrected"' in (out / "report" / "index.html").read_text("utf-8")


def test_a_verifier_that_guesses_is_told_beside_the_raw_rate(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "run", tmp_path / "guess.json"
    assert main(command(images, out)) == 0
    half = {
        "estimate": 0.5,
        "low": 0.4,
        "high": 0.6,
        "n": 90,
        "images": 30,
        "method": "wilson",
        "level": 0.95,
    }
    both = {"bootstrap": half, "wilson": half}
    accuracy = {"sensitivity": both, "specificity": both, "abstention": None}
    file.write_text(json.dumps({"verifier": "exact", "figures": {"correctness": accuracy}}))
    capsys.readouterr()
    assert main(["report", str(out), "--calibration", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "rates cannot be corrected: the verifier finds 50% of wrong answers" in shown
    assert "0.0%" in shown
    page = (out / "report" / "index.html").read_text("utf-8")
    assert (
        "cannot be corrected for the verifier&#39;s mistakes" in page
        or "cannot be corrected for the verifier's" in page
    )


@pytest.mark.parametrize("begun", [False, True])
def test_a_calibration_of_another_verifier_is_one_line(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], begun: bool
) -> None:
    out, file = tmp_path / "run", tmp_path / "other.json"
    accuracy: dict[str, Any] = {"sensitivity": None, "specificity": None, "abstention": None}
    file.write_text(json.dumps({"verifier": "hf:other", "figures": {"correctness": accuracy}}))
    if begun:
        assert main(command(images, out)) == 0
    capsys.readouterr()
    asked = ["report", str(out)] if begun else command(images, out)
    assert main([*asked, "--calibration", str(file)]) == 2
    error = capsys.readouterr().err
    assert "is a calibration of hf:other, and this run is judged by exact" in error
    assert error.count("\n") == 1
    assert out.exists() is begun
