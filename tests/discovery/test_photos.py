"""A folder of photos without truth: questioner, candidate and judge behind a server, and the report of such a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hostile import Server, answering
from photos import PERSUASION, answered, photos
from runs import probes
from scotoma.cli import main
from scotoma.report import wording

TABLETOP = (
    "tabletop",
    "Verdicts are exact",
    "scene graph",
    "credibly more often",
    "Compositions",
    "Skills a question",
)
"""What the report of a run without truth must not speak of."""


@pytest.mark.parametrize("engine", ["bandit", "feedback"])
def test_a_run_without_truth_ends_in_a_report_that_claims_none(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, run = photos(tmp_path / "my photos", 6), tmp_path / "run"
    (folder / "broken.jpg").write_bytes(b"no picture")
    with Server(answering(answered)) as server:
        arguments = ["--images", str(folder), "--candidate", server.spec("candidate"), "--engine", engine]
        arguments += ["--questioner", server.spec("questioner"), "--verifier", server.spec("judge")]
        arguments += [
            "--steps",
            "3",
            "--eval-images",
            "2",
            "--held-out-share",
            "0.4",
            "--set",
            "images_per_step=2",
        ]
        assert main(["discover", *arguments, "--out", str(run), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    stored = probes(run)
    assert len(stored) == 3 * 16 + 2 * 2 * 4
    assert {probe.verdict.valid for probe in stored} >= {True, False}
    assert any(probe.verdict.failure for probe in stored)
    assert not any(
        probe.verdict.correct for probe in stored if probe.answer and probe.answer.text == PERSUASION
    )
    # The judge agrees with itself but for one picture in twenty.
    assert sum(probe.verdict.unscorable for probe in stored) < len(stored) / 4
    assert summary["images"]["skipped"] == 1
    check_page((run / "report" / "index.html").read_text("utf-8"))


def test_fewer_held_out_images_than_asked_for_are_announced_and_none_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = photos(tmp_path / "photos", 6)
    with Server(answering(answered)) as server:
        arguments = [
            "--images",
            str(folder),
            "--engine",
            "static",
            "--steps",
            "1",
            "--set",
            "images_per_step=1",
        ]
        for role in ("candidate", "questioner", "verifier"):
            arguments += [f"--{role}", server.spec("judge" if role == "verifier" else role)]
        assert (
            main(
                ["discover", *arguments, "--held-out-share", "0.4", "--out", str(tmp_path / "run"), "--json"]
            )
            == 0
        )
        calls = server.calls
        told = [record.message for record in caplog.records if "held out" in record.message]
        assert len(told) == 1
        assert "2 images are held out, fewer than the 200 that eval_images asks for" in told[0]
        assert (
            main(["discover", *arguments, "--held-out-share", "0.0001", "--out", str(tmp_path / "none")]) == 2
        )
        assert server.calls == calls
    assert "too few images to hold some out: add images or raise held_out_share" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def check_page(page: str) -> None:
    """Its title names model and folder, it says whose verdicts these are, and nothing of what is not known."""
    assert "<h1>What candidate gets wrong on my photos</h1>" in page
    assert wording.NO_SKILLS in page
    assert "broken.jpg" in page
    assert "Verdicts are those of a model (openai:judge@" in page
    assert [word for word in TABLETOP if word in page.partition("How this run was made")[0]] == []
