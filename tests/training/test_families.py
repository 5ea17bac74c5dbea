"""Real, short GRPO trainings of models whose pictures are cut into tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Picture
from transformers import AutoModelForImageTextToText

import grpo_runs
from fakes import SceneSource
from scotoma.ledger import Ledger
from scotoma.models.chat import Request
from scotoma.models.local import load_local
from scotoma.records import Image
from scotoma.training.grpo import GrpoSettings
from tiny import FAMILIES

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

REQUEST = Request(Picture.new("RGB", (56, 30), "red"), "0", "Ask one question.")


class ManySizes(SceneSource):
    """Scenes whose pictures, of noise, give different numbers of tiles."""

    def picture(self, image: Image) -> Picture.Image:
        index = int(image.uri.removeprefix("scene:"))
        width, height = ((56, 20), (30, 30), (28, 90))[index % 3]
        return Picture.fromarray(np.random.default_rng(index).integers(0, 256, (height, width, 3), np.uint8))


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    build: Callable[[Path], Path] = request.param
    return build(tmp_path_factory.mktemp("model"))


def trained(run: Path, folder: Path, settings: GrpoSettings) -> tuple[Path, list[dict[str, float]]]:
    """Where the trained questioner lies, and the metrics of each step."""
    with Ledger.create(run, {}, {}) as ledger:
        steps = grpo_runs.trained(ledger, folder, settings, source=ManySizes(12), valid="e", wrong="r")
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
