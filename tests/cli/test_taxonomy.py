"""`scotoma taxonomy`: a tree, JSON, several runs, a model as labeller paid once, and bad input in one line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes import ScriptedModel
from planted_questions import FIRST, SECOND, planted_run, questions
from scotoma.cli import main
from scotoma.cli.taxonomy_table import short_names
from scotoma.ledger import Ledger


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("runs")
    asked = questions()
    return (
        str(planted_run(folder / "first", FIRST, asked)),
        str(planted_run(folder / "second", SECOND, asked)),
    )


def test_people_get_a_tree_and_what_is_universal(
    runs: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["taxonomy", *runs]) == 0
    shown = capsys.readouterr()
    assert "space and position" in shown.out
    assert "\n  orientation and facing" in shown.out
    (universal,) = [line for line in shown.out.splitlines() if line.startswith("fail in all 2 candidates: ")]
    assert "orientation and facing" in universal
    assert "another's point of view" not in universal
    first, second = [line for line in shown.out.splitlines() if "not in all: " in line]
    assert "another's point of view" in first
    assert second == "fail in planted:second.toml, not in all: none"
    assert "sorting 840 questions" in shown.err
    assert "\norientation and facing: known: Direction that something faces (Tong et al. (2024)" in shown.out
    assert "novel" not in shown.out


def test_machines_get_one_object_and_the_same_file(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "taxonomy.json"
    assert main(["taxonomy", runs[0], "--json", "--seed", "3", "--out", str(out)]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert shown.err == ""
    assert found == json.loads(out.read_text())
    assert (found["runs"], found["seed"], found["labeller"]) == ([runs[0]], 3, "catalogue")
    assert found["candidates"] == [FIRST]
    assert found["universal"] == []
    assert found["stages"]["questions"] == 420
    skills = [skill for meta in found["meta_skills"] for skill in meta["skills"]]
    assert sum(skill["figures"]["probes"] for skill in skills) == 420
    failing = {skill["name"] for skill in skills if skill["candidates"][0]["fails"]}
    assert any("orientation" in name for name in failing)
    assert {skill["spread"] for skill in skills} == {"single"}
    for skill in skills:
        assert skill["known"]["known"] == (skill["known"]["similarity"] >= 0.65)
        assert skill["known"]["nearest"]["arxiv"]


def test_a_model_labels_and_names_and_is_paid_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [one for one in questions() if len(one.skills) == 1]
    run = planted_run(tmp_path / "photos", FIRST, asked, exact=False)

    def script(text: str) -> str:
        if "families" in text:
            return json.dumps({"families": [{"name": "seeing", "skills": [1, 2, 3, 4, 5, 6, 7]}]})
        if "Keywords" in text:
            return json.dumps({"name": text.splitlines()[4], "definition": "So it is."})
        return json.dumps({"skills": re.findall(r"Question [0-9]+ about ([a-z_]+)\?", text)})

    model = ScriptedModel(script)
    monkeypatch.setattr("scotoma.labelling.opening.open_model", lambda spec, **settings: model)
    calls = []
    for _ in range(2):
        assert main(["taxonomy", str(run), "--labeller", "hf:labeller", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [meta["name"] for meta in found["meta_skills"]] == ["seeing"]
        assert "orientation and facing" in {skill["name"] for skill in found["meta_skills"][0]["skills"]}
        calls.append(found["labeller_calls"])
    assert calls == [len({one.text for one in asked if one.candidate == FIRST}) + 7 + 1, 0]
    with Ledger.open(run, readonly=True) as ledger:
        assert ledger.call_count("labeller") == calls[0]
        assert ledger.spent("labeller").usd == pytest.approx(calls[0] * 0.01)


def test_a_run_without_truth_is_labelled_by_the_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The made-up questions say nothing that the catalogue knows: all are unlabelled, and that is told."""
    run = planted_run(tmp_path / "photos", FIRST, questions(1), exact=False)
    assert main(["taxonomy", str(run)]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert "no question was both scored and labelled" in told
    assert "nothing_near" in told
    assert "--labeller SPEC" in told


def told_in_one_line(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["taxonomy", *arguments]) == 2
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert shown.out == ""
    return line


def test_bad_input_is_one_line(
    runs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = planted_run(tmp_path / "empty", FIRST, [])
    for arguments, told in (
        ([], "RUN"),
        ([str(tmp_path / "none")], "is not a run"),
        ([runs[0], runs[0] + "/."], "the same run is named twice"),
        ([runs[0], "--out", str(tmp_path)], "is a folder: name a file"),
        ([runs[0], "--labeller", "mini"], "unknown labeller 'mini'"),
        ([runs[0], "--seed", "-1"], "--seed"),
        ([str(empty)], "holds no scored question: run its discovery on"),
        ([runs[0], str(empty)], "empty: holds no scored question"),
    ):
        assert told in told_in_one_line(arguments, capsys)


def test_a_run_that_is_being_written_takes_no_calls_of_a_model(
    runs: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "scotoma.labelling.opening.open_model", lambda spec, **settings: ScriptedModel(lambda text: "{}")
    )
    with Ledger.open(Path(runs[1])):
        assert "is writing this run" in told_in_one_line([*runs, "--labeller", "hf:m"], capsys)


def test_the_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from scotoma.cli import main; main(['taxonomy', '--help']); "
        "print(sorted({'bertopic', 'umap', 'hdbscan', 'numba', 'torch', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_candidates_are_named_shortly_where_that_tells_them_apart() -> None:
    assert short_names(["mini", "planted:data/a.toml", "hf:x/m", "hf:y/m"]) == {
        "mini": "mini",
        "planted:data/a.toml": "planted:a.toml",
        "hf:x/m": "hf:x/m",
        "hf:y/m": "hf:y/m",
    }
