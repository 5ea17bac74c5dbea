"""Whole runs on a folder of scenes: each engine, kill and resume, bad input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlavaForConditionalGeneration

from fakes import scene_folder
from runs import probes
from scotoma.config import DiscoverConfig, load_config
from scotoma.discovery import discover, resume
from scotoma.errors import ImagesError, LedgerError, ScotomaError, SpecError
from scotoma.questioners.opening import questioner_from_spec
from scotoma.questioners.policy import FINAL
from tiny import build_llava

PLANTED = 'name = "weak"\naccuracy = 0.5\n[[blind_spot]]\nskills = ["counting"]\nfailure_rate = 0.9\n'


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    build_llava(folder / "llava")
    scene_folder(folder / "images", 24)
    (folder / "weak.toml").write_text(PLANTED)
    return folder


def config(parts: Path, out: Path, **flags: Any) -> DiscoverConfig:
    defaults = {
        "images": str(parts / "images"),
        "candidate": f"planted:{parts / 'weak.toml'}",
        "questioner": f"hf:{parts / 'llava'}",
        "out": str(out),
        "steps": 3,
        "images_per_step": 2,
        "group_size": 4,
        "question_tokens": 8,
        "eval_images": 4,
        "eval_questions": 2,
        "checkpoint_every": 1,
        "learning_rate": 1e-3,
    }
    return load_config(flags=defaults | flags)


def weights(directory: Path) -> torch.Tensor:
    """Every weight of a model directory, fp16, in one row."""
    model = LlavaForConditionalGeneration.from_pretrained(directory, dtype=torch.float16)
    return torch.cat([parameter.flatten() for parameter in model.parameters()])


def test_random_engine(parts: Path, tmp_path: Path) -> None:
    summary = discover(config(parts, tmp_path / "run", engine="random"))
    assert summary.steps == 3
    assert [figures.phase for figures in summary.figures.phases] == ["train", "eval:random"]
    assert len(probes(tmp_path / "run", "train")) == 24
    assert summary.calls == len(
        {
            (p.image_id, p.question.text)
            for phase in ("train", "eval:random")
            for p in probes(tmp_path / "run", phase)
            if p.answer
        }
    )
    assert any(probe.verdict.failure for probe in probes(tmp_path / "run", "train"))


def test_held_out_images_are_never_trained_on(parts: Path, tmp_path: Path) -> None:
    discover(config(parts, tmp_path / "run", engine="random", steps=12, eval_images=20))
    seen = {probe.image_id for probe in probes(tmp_path / "run", "train")}
    held_out = {probe.image_id for probe in probes(tmp_path / "run", "eval:random")}
    assert seen
    assert held_out
    assert not seen & held_out


def test_static_engine_with_a_model_as_candidate(parts: Path, tmp_path: Path) -> None:
    summary = discover(config(parts, tmp_path / "run", engine="static", candidate=f"hf:{parts / 'llava'}"))
    assert [figures.phase for figures in summary.figures.phases] == ["train", "eval:static"]
    assert {probe.question.questioner for probe in probes(tmp_path / "run", "train")} == {"static"}


def test_grpo_engine_trains_compares_and_leaves_a_questioner(parts: Path, tmp_path: Path) -> None:
    summary = discover(config(parts, tmp_path / "run"))
    names = [figures.phase for figures in summary.figures.phases]
    assert names == ["train", "eval:random", "eval:untrained", "eval:trained"]
    assert {figures.asked for figures in summary.figures.evaluations} == {8}
    groups = [{probe.image_id for probe in probes(tmp_path / "run", name)} for name in names[1:]]
    assert groups[0] == groups[1] == groups[2]
    from scotoma.discovery import open_source

    trained = questioner_from_spec(str(tmp_path / "run"), open_source(str(parts / "images")))
    assert trained.name == str(tmp_path / "run")
    # What is finished stays as it is.
    assert resume(tmp_path / "run").figures == summary.figures


def test_resume_with_more_steps(parts: Path, tmp_path: Path) -> None:
    discover(config(parts, tmp_path / "run", engine="random", steps=2))
    assert resume(tmp_path / "run", steps=4).steps == 4
    whole = discover(config(parts, tmp_path / "whole", engine="random", steps=4))
    assert whole.steps == 4
    assert [p.question for p in probes(tmp_path / "run", "train")] == [
        p.question for p in probes(tmp_path / "whole", "train")
    ]
    assert [p.rewards for p in probes(tmp_path / "run", "train")] == [
        p.rewards for p in probes(tmp_path / "whole", "train")
    ]


def test_killed_training_goes_on_and_ends_as_if_nothing_had_been(parts: Path, tmp_path: Path) -> None:
    killed = config(parts, tmp_path / "killed", steps=8, checkpoint_every=2, eval_images=0)
    (tmp_path / "config.json").write_text(killed.model_dump_json())
    code = (
        "import sys; from pathlib import Path; from scotoma.config import DiscoverConfig;"
        "from scotoma.discovery import discover;"
        "discover(DiscoverConfig.model_validate_json(Path(sys.argv[1]).read_text()))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "config.json")])
    mark = tmp_path / "killed" / "checkpoints" / "checkpoint-4" / "whole"
    waited_s = 0.0
    while not mark.exists() and process.poll() is None and waited_s < 600.0:
        time.sleep(0.02)
        waited_s += 0.02
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    summary = resume(tmp_path / "killed")
    assert summary.steps == 8
    resumed = probes(tmp_path / "killed", "train")
    assert len(resumed) == len({probe.key for probe in resumed}) == 8 * 8
    whole = config(parts, tmp_path / "whole", steps=8, checkpoint_every=2, eval_images=0)
    discover(whole)
    expected = probes(tmp_path / "whole", "train")
    assert [probe.question.text for probe in resumed] == [probe.question.text for probe in expected]
    assert [probe.rewards for probe in resumed] == [probe.rewards for probe in expected]
    # It went on from weights that training had moved, not from where it started.
    start, ends = (
        weights(parts / "llava"),
        [weights(tmp_path / name / FINAL) for name in ("killed", "whole")],
    )
    assert not torch.equal(ends[0], start)
    assert torch.equal(ends[0], ends[1])


def test_budget_covers_discovery_and_evaluation(parts: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="leaves 6 calls for discovery beside 24"):
        discover(config(parts, tmp_path / "small", max_calls=30, confirm_calls=0))
    with pytest.raises(
        SpecError, match="leaves 0 calls for discovery beside 24 for the evaluation and 6 for"
    ):
        discover(config(parts, tmp_path / "small", max_calls=30))
    summary = discover(config(parts, tmp_path / "run", engine="random", steps=50, max_calls=40))
    assert summary.calls <= 40
    assert 1 <= summary.steps < 50


def test_bad_input_leaves_no_run(parts: Path, tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match="does not exist"):
        discover(config(parts, tmp_path / "run", images=str(tmp_path / "missing") + "/"))
    assert not (tmp_path / "run").exists()
    blank = scene_folder(tmp_path / "blank", 3)
    (blank / "truth.jsonl").unlink()
    with pytest.raises(ImagesError, match="exact verifier needs images with truth"):
        discover(config(parts, tmp_path / "no-truth", images=str(blank) + "/"))
    with pytest.raises(LedgerError, match="is not a run"):
        resume(tmp_path / "blank")


@pytest.mark.parametrize(
    "flags",
    [
        {"candidate": "planted:nowhere.toml"},
        {"questioner": "hf:./nowhere"},
        {"max_calls": 3},
        {"images": "./nowhere"},
    ],
    ids=str,
)
def test_what_cannot_start_leaves_no_folder(parts: Path, tmp_path: Path, flags: dict[str, Any]) -> None:
    with pytest.raises(ScotomaError):
        discover(config(parts, tmp_path / "run", **flags))
    assert not (tmp_path / "run").exists()
