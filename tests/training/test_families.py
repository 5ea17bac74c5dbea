"""Real, short GRPO trainings of models whose pictures are cut into tiles."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Picture
from transformers import AutoModelForImageTextToText

from fakes import SceneSource, ScriptedModel, WordVerifier
from scotoma.candidate import Candidate, ModelAnswerer
from scotoma.images.split import Split
from scotoma.ledger import Ledger
from scotoma.models.chat import Request
from scotoma.models.guard import Budget
from scotoma.models.local import load_local
from scotoma.novelty import NoveltyMemory, embedder
from scotoma.probing import Prober, RunMemory
from scotoma.records import Image
from scotoma.training.grpo import GrpoSettings, Start, train
from scotoma.training.progress import Silent
from tiny import build_idefics3, build_qwen25vl, build_smolvlm

SETTINGS = GrpoSettings(
    steps=2,
    images_per_step=3,
    group_size=4,
    seed=0,
    learning_rate=0.02,
    warmup_steps=0,
    question_tokens=6,
    checkpoint_every=2,
    lora_rank=2,
)

BUILDS = [
    pytest.param(build_idefics3, id="idefics3"),
    pytest.param(build_smolvlm, id="smolvlm"),
    pytest.param(
        partial(build_smolvlm, own_processor=True),
        id="smolvlm-processor",
        marks=pytest.mark.skipif(
            not all(importlib.util.find_spec(name) for name in ("torchvision", "num2words")),
            reason="needs torchvision, num2words",
        ),
    ),
    pytest.param(
        build_qwen25vl,
        id="qwen25vl",
        marks=pytest.mark.skipif(importlib.util.find_spec("torchvision") is None, reason="needs torchvision"),
    ),
]


REQUEST = Request(Picture.new("RGB", (56, 30), "red"), "0", "Ask one question.")


class ManySizes(SceneSource):
    """Scenes whose pictures, of noise, give different numbers of tiles."""

    def picture(self, image: Image) -> Picture.Image:
        index = int(image.uri.removeprefix("scene:"))
        width, height = ((56, 20), (30, 30), (28, 90))[index % 3]
        return Picture.fromarray(np.random.default_rng(index).integers(0, 256, (height, width, 3), np.uint8))


@pytest.fixture(scope="module", params=BUILDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    build: Callable[[Path], Path] = request.param
    return build(tmp_path_factory.mktemp("model"))


def trained(run: Path, folder: Path, settings: GrpoSettings) -> tuple[Path, list[dict[str, float]]]:
    """Where the trained questioner lies, and the metrics of each step."""
    source = ManySizes(12)
    with Ledger.create(run, {}, {}) as ledger:
        memory = RunMemory(NoveltyMemory(embedder("hashed")))
        candidate = Candidate(ModelAnswerer(ScriptedModel(str.upper), source), ledger, Budget())
        verifier = WordVerifier(valid="e", wrong="r")
        prober = Prober(candidate, verifier, ledger, memory=memory, weights=settings.weights, seed=0)
        steps = train(
            Start("hf:tiny", folder),
            prober,
            ledger,
            Split(source, 0.2),
            source,
            prompt="Ask one question.",
            settings=settings,
            checkpoints=run / "checkpoints",
            compositions=lambda: len(memory.compositions),
            room=lambda calls: True,
            progress=Silent(),
        )
        assert steps == settings.steps
        return run / "checkpoints" / "final", [step.values for step in ledger.metrics()]


@pytest.mark.parametrize("tuning", ["full", "lora"])
def test_training_changes_the_language_model_alone(tmp_path: Path, folder: Path, tuning: str) -> None:
    final, steps = trained(tmp_path / "run", folder, replace(SETTINGS, tuning=tuning))  # type: ignore[arg-type]
    assert all(step["grad_norm"] > 0 for step in steps)
    before = AutoModelForImageTextToText.from_pretrained(folder).state_dict()
    after = AutoModelForImageTextToText.from_pretrained(final, dtype=torch.float32).state_dict()
    assert set(after) == set(before)
    changed = {name for name in before if not torch.allclose(before[name], after[name], rtol=1e-3, atol=1e-3)}
    assert any("q_proj" in name for name in changed)
    assert not any("vision" in name or "visual" in name for name in changed)
    (reply,) = load_local("hf:trained", final, max_new_tokens=4).generate([REQUEST])
    assert reply.text is not None


def test_micro_batches_change_nothing(tmp_path: Path, folder: Path) -> None:
    """A batch is cut where tiles and patches of a picture end, not in between."""
    settings = replace(SETTINGS, tuning="full", steps=1, kl_beta=0.1)
    _, whole = trained(tmp_path / "whole", folder, settings)
    _, cut = trained(tmp_path / "cut", folder, replace(settings, micro_batch=4))
    assert cut[0]["reward"] == whole[0]["reward"]
    assert cut[0]["grad_norm"] == pytest.approx(whole[0]["grad_norm"], rel=1e-3)
