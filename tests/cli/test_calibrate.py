"""`scotoma calibrate`: tables, JSON, a file, a ledger that pays once, and bad input in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes import SceneSource, scene_folder
from judges import SceneJudge, ScriptedJudge
from scotoma.cli import main
from scotoma.ledger import Ledger


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(scene_folder(tmp_path_factory.mktemp("images") / "scenes", 10))


def calibrate(images: str, *arguments: str, verifier: str = "exact") -> int:
    return main(["calibrate", "--verifier", verifier, "--images", images, "--n", "24", *arguments])


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> SceneJudge:
    """A judge that knows the scenes stands behind every SPEC of a model."""
    source = SceneSource(10)
    known = SceneJudge([source.record(index) for index in range(10)])
    monkeypatch.setattr("scotoma.verifiers.opening.open_model", lambda spec, **settings: known)
    return known


def test_people_get_tables(images: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate(images) == 0
    shown = capsys.readouterr().out
    for told in (
        "validity: sensitivity",
        "correctness: specificity",
        "100.0%",
        "95%, Wilson",
        "hedged answers",
    ):
        assert told in shown
    assert "counting" in shown
    assert "no referent" in shown
    assert "24 questions about 6 images, 0 verifier calls" in shown


def test_machines_get_one_object_and_a_file(
    images: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "calibration.json"
    assert calibrate(images, "--json", "--seed", "3", "--out", str(out)) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["verifier"], found["seed"], found["verifier_calls"]) == ("exact", 3, 0)
    for what in ("validity", "correctness"):
        assert found["figures"][what]["sensitivity"]["bootstrap"]["estimate"] == 1.0
        assert found["figures"][what]["specificity"]["wilson"]["estimate"] == 1.0
    written = json.loads(out.read_text())
    assert {name: written[name] for name in found} == found
    assert len(written["judged"]) == 24
    assert {answer["kind"] for question in written["judged"] for answer in question["answers"]} == {
        "right",
        "wrong",
        "hedged",
    }


def test_a_judge_that_knows_is_right_and_a_ledger_pays_once(
    images: str, tmp_path: Path, model: SceneJudge, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    calls = []
    for _ in range(2):
        assert calibrate(images, "--json", "--ledger", str(kept), verifier="hf:judge") == 0
        found = json.loads(capsys.readouterr().out)
        assert found["figures"]["correctness"]["sensitivity"]["bootstrap"]["estimate"] == 1.0
        assert found["figures"]["validity"]["specificity"]["bootstrap"]["estimate"] == 1.0
        assert found["figures"]["hedges"]["bootstrap"]["estimate"] == 1.0
        calls.append(found["verifier_calls"])
    assert calls[0] > 0
    assert calls[1] == 0
    with Ledger.open(kept, readonly=True) as ledger:
        assert ledger.call_count("verifier") == calls[0]


def test_votes_are_set_as_in_a_run(
    images: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ScriptedJudge()
    given: list[dict[str, object]] = []

    def opened(spec: object, **settings: object) -> ScriptedJudge:
        given.append(settings)
        return asked

    monkeypatch.setattr("scotoma.verifiers.opening.open_model", opened)
    settings = ("--set", "judge_votes=1", "--set", "judge_temperature=0.0", "--set", "judge_tokens=99")
    assert calibrate(images, "--json", *settings, verifier="hf:judge") == 0
    capsys.readouterr()
    assert given == [{"max_new_tokens": 99, "temperature": 0.0}]
    assert {seed for _, _, seed in asked.asked} == {0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "w_mix=0.3"], "calibrate takes judge_votes"),
        (["--set", "judge_votes=0"], "judge_votes = 0: allowed is at least 1"),
        (
            ["--set", "judge_temperature=0.0"],
            "judge_votes = 3 at judge_temperature = 0 asks the same thing 3 times",
        ),
        (["--out", "."], "is a folder: name a file"),
        (["--n", "1"], "greater than or equal to 2"),
    ],
)
def test_bad_input_is_one_line(
    images: str, model: SceneJudge, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calibrate(images, *arguments, verifier="hf:judge") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert told in line


def test_images_without_truth_and_unknown_verifiers_are_refused(
    images: str, tmp_path: Path, model: SceneJudge, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = scene_folder(tmp_path / "blank", 2)
    (blank / "truth.jsonl").unlink()
    for verifier in ("exact", "hf:judge"):
        assert calibrate(str(blank), verifier=verifier) == 2
        assert "images" in capsys.readouterr().err.splitlines()[-1]
    assert calibrate(images, verifier="gpt") == 2
    assert "unknown verifier 'gpt'" in capsys.readouterr().err
    assert main(["calibrate"]) == 2
    assert "--verifier" in capsys.readouterr().err
