"""Whole runs of the engines that choose what to ask: planted blind spots, kill and resume, counts, the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from runs import probes
from scenes import random_scene
from scotoma.config import DiscoverConfig, compared, load_config
from scotoma.discovery import discover, resume
from scotoma.discovery.budgets import evaluation_calls
from scotoma.errors import ImagesError, ModelError
from scotoma.ledger import Ledger
from scotoma.questioners.prompts import load, skills_asked
from scotoma.report import write_report
from scotoma.report.source import load_run
from tiny import build_llava

PAIR = ("counting", "occlusion")
PLANTED = (
    f'name = "weak"\naccuracy = 0.98\n[[blind_spot]]\nskills = {json.dumps(PAIR)}\nfailure_rate = 0.95\n'
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 scenes with truth, a candidate with a planted pair."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "images").mkdir()
    with (folder / "images" / "truth.jsonl").open("w", encoding="utf-8") as lines:
        for index in range(60):
            Picture.new("RGB", (28, 28), (index, 255 - index, 7)).save(folder / "images" / f"{index:02d}.png")
            truth = random_scene(index, 5 + index % 6).to_truth()
            lines.write(json.dumps({"file": f"{index:02d}.png", "truth": truth}) + "\n")
    (folder / "weak.toml").write_text(PLANTED)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The SPEC of a tiny model that asks nothing valid."""
    return f"hf:{build_llava(tmp_path_factory.mktemp('model') / 'llava')}"


def config(parts: Path, out: Path, **flags: Any) -> DiscoverConfig:
    defaults = {
        "images": str(parts / "images"),
        "candidate": f"planted:{parts / 'weak.toml'}",
        "questioner": "random",
        "engine": "bandit",
        "out": str(out),
        "steps": 2,
        "images_per_step": 4,
        "group_size": 4,
        "question_tokens": 8,
        "eval_images": 4,
        "eval_questions": 2,
    }
    return load_config(flags=defaults | flags)


def test_the_bandit_finds_a_planted_pair_in_a_few_hundred_questions(parts: Path, tmp_path: Path) -> None:
    run = config(
        parts, tmp_path / "run", steps=6, images_per_step=8, group_size=8, eval_images=10, eval_questions=4
    )
    summary = discover(run)
    assert summary.figures.combinations[0].discovered.skills == PAIR
    # Frozen, it asks held-out images for what it found: most of its questions expose the blind spot.
    bandit, random = summary.figures.phase("eval:bandit"), summary.figures.phase("eval:random")
    assert bandit is not None
    assert bandit.fdr_asked is not None
    assert bandit.fdr_asked.estimate > 0.5
    assert random is not None
    assert random.fdr_asked is not None
    assert random.fdr_asked.estimate < 0.2
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        assert ledger.metrics()[-1].values["arms_found"] >= 1


@pytest.mark.parametrize("engine", ["bandit", "feedback"])
def test_a_resumed_run_is_the_one_that_was_never_stopped(parts: Path, tmp_path: Path, engine: str) -> None:
    discover(config(parts, tmp_path / "stopped", engine=engine, steps=2, eval_images=0))
    assert resume(tmp_path / "stopped", steps=4).steps == 4
    discover(config(parts, tmp_path / "whole", engine=engine, steps=4, eval_images=0))
    stopped, whole = probes(tmp_path / "stopped", "train"), probes(tmp_path / "whole", "train")
    assert [probe.question for probe in stopped] == [probe.question for probe in whole]
    assert [probe.verdict for probe in stopped] == [probe.verdict for probe in whole]
    with (
        Ledger.open(tmp_path / "stopped", readonly=True) as one,
        Ledger.open(tmp_path / "whole", readonly=True) as other,
    ):
        names = ("arms", "arms_closed", "arms_found")
        assert [[step.values.get(name) for name in names] for step in one.metrics()] == [
            [step.values.get(name) for name in names] for step in other.metrics()
        ]


def test_each_probe_says_what_it_was_asked_for(parts: Path, tmp_path: Path) -> None:
    discover(config(parts, tmp_path / "run"))
    asked = probes(tmp_path / "run", "train")
    assert {probe.question.questioner for probe in asked} == {"bandit"}
    arms = [skills_asked(probe.question.prompt) for probe in asked]
    assert all(1 <= len(arm) <= 3 for arm in arms)
    assert len(set(arms)) > 10
    assert all(probe.verdict.valid for probe in asked)


def test_a_model_is_told_by_the_bandit(parts: Path, model: str, tmp_path: Path) -> None:
    summary = discover(config(parts, tmp_path / "run", questioner=model))
    names = [figures.phase for figures in summary.figures.phases]
    assert names == ["train", "eval:random", "eval:static", "eval:bandit"]
    assert summary.figures.headline is summary.figures.phase("eval:bandit")
    assert [(both.first, both.second) for both in summary.figures.comparisons] == [
        ("eval:bandit", "eval:random"),
        ("eval:bandit", "eval:static"),
    ]
    assert all(skills_asked(probe.question.prompt) for probe in probes(tmp_path / "run", "train"))
    assert {probe.question.prompt for probe in probes(tmp_path / "run", "eval:static")} == {load("base")}


def test_a_model_is_told_what_failed_by_feedback(parts: Path, model: str, tmp_path: Path) -> None:
    discover(config(parts, tmp_path / "run", engine="feedback", questioner=model, eval_images=2))
    first, second = (
        {probe.question.prompt for probe in probes(tmp_path / "run", "train") if probe.step == step}
        for step in (1, 2)
    )
    assert first == {load("base")}
    assert len(second) == 1
    assert "16 more were invalid" in second.pop()
    assert len(probes(tmp_path / "run", "eval:feedback")) == 4


def test_the_grammar_is_told_skills_by_feedback(parts: Path, tmp_path: Path) -> None:
    discover(config(parts, tmp_path / "run", engine="feedback", eval_images=0))
    arms = {
        skills_asked(probe.question.prompt) for probe in probes(tmp_path / "run", "train") if probe.step == 2
    }
    assert () not in arms
    assert len(arms) == 7


@pytest.mark.parametrize(
    ("engine", "questioner", "verifier", "names"),
    [
        ("grpo", "mini", "exact", ("trained", "untrained", "random")),
        ("bandit", "mini", "exact", ("bandit", "static", "random")),
        ("bandit", "random", "exact", ("bandit", "random")),
        ("feedback", "hf:m", "judge", ("feedback", "static")),
        ("static", "mini", "exact", ("static",)),
        ("random", "mini", "exact", ("random",)),
    ],
)
def test_what_is_compared_on_held_out_images(
    engine: str, questioner: str, verifier: str, names: tuple[str, ...]
) -> None:
    assert compared(engine, questioner, verifier) == names


def test_the_budget_covers_every_evaluation(parts: Path, tmp_path: Path) -> None:
    run = config(parts, tmp_path / "run", steps=50, max_calls=60)
    assert evaluation_calls(run) == 4 * 2 * 2
    summary = discover(run)
    assert summary.calls <= 60
    assert 1 <= summary.steps <= 3


def test_the_report_is_judged_by_the_engine(parts: Path, tmp_path: Path) -> None:
    discover(config(parts, tmp_path / "run", eval_images=12))
    page = write_report(load_run(tmp_path / "run")).read_text("utf-8")
    assert "the bandit" in page
    assert "Bandit beside random" in page
    assert "--engine bandit" in page


def test_without_truth_the_grammar_is_refused_before_a_folder_is_made(parts: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for index in range(12):
        Picture.new("RGB", (8, 8), (index, 0, 0)).save(tmp_path / "photos" / f"{index}.png")
    with pytest.raises(ImagesError, match="truth"):
        discover(config(parts, tmp_path / "run", images=str(tmp_path / "photos")))
    with pytest.raises(ModelError):
        discover(config(parts, tmp_path / "run", questioner="hf:./nowhere"))
    assert not (tmp_path / "run").exists()


def test_what_was_skipped_is_told_in_summary_ledger_and_report(parts: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    shutil.copytree(parts / "images", images)
    (images / "broken.png").write_bytes(b"no picture")
    shutil.copy(images / "00.png", images / "copy.png")
    with (images / "truth.jsonl").open("a", encoding="utf-8") as lines:
        lines.write((images / "truth.jsonl").read_text("utf-8").splitlines()[0].replace("00.png", "copy.png"))
    run = config(parts, tmp_path / "run", images=str(images), steps=1, eval_images=50, eval_questions=1)
    summary = discover(run)
    assert summary.seen is not None
    assert (summary.seen.skipped, summary.seen.duplicates) == (1, 1)
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        assert ledger.state("images")["listed"] == {"broken.png": "is no picture (PNG, JPEG, WEBP, GIF, BMP)"}
    page = write_report(load_run(tmp_path / "run")).read_text("utf-8")
    assert "1 duplicates dropped; 1 broken ones skipped" in page
    assert "broken.png is no picture" in page
