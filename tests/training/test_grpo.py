"""Real, short GRPO trainings of a tiny LLaVA."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForImageTextToText

from grpo_runs import trained
from scotoma.errors import ModelError
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.rewards import Weights
from scotoma.training.grpo import GrpoSettings, grpo_config
from tiny import build_llava

SETTINGS = GrpoSettings(
    steps=2,
    images_per_step=2,
    group_size=4,
    seed=0,
    learning_rate=1e-2,
    question_tokens=6,
    checkpoint_every=2,
)


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "run", {}, {}) as opened:
        yield opened


def test_an_easy_reward_is_learned(ledger: Ledger, llava: Path) -> None:
    settings = GrpoSettings(
        steps=30,
        images_per_step=4,
        group_size=8,
        seed=0,
        weights=Weights(1.0, 0.0, 0.0, 0.0),
        learning_rate=1e-2,
        question_tokens=4,
        checkpoint_every=100,
    )
    assert trained(ledger, llava, settings) == 30
    shares = [step.values["fdr_asked"] for step in ledger.metrics()]
    assert sum(shares[-5:]) / 5 > 0.6 > 0.2 > sum(shares[:3]) / 3


def test_each_step_is_written_down(ledger: Ledger, llava: Path) -> None:
    settings = GrpoSettings(
        steps=3, images_per_step=2, group_size=4, seed=0, kl_beta=0.1, question_tokens=6, checkpoint_every=2
    )
    assert trained(ledger, llava, settings) == 3
    assert ledger.probe_count("train") == 3 * 2 * 4
    steps = ledger.metrics()
    assert [step.step for step in steps] == [1, 2, 3]
    wanted = {"reward", "valid_share", "fdr_asked", "compositions", "new_compositions", "self_bleu"}
    wanted |= {"kl", "entropy", "loss", "grad_norm", "question_tokens", "seconds/ask", "seconds/update"}
    assert all(wanted <= set(step.values) for step in steps)
    assert steps[0].values["kl"] == pytest.approx(0.0, abs=1e-5)
    assert sorted(path.name for path in (ledger.run_dir / "checkpoints").glob("checkpoint-*")) == [
        "checkpoint-2",
        "checkpoint-3",
    ]


def test_training_changes_the_weights_and_an_adapter_is_merged(ledger: Ledger, llava: Path) -> None:
    settings = GrpoSettings(
        steps=2,
        images_per_step=2,
        group_size=8,
        seed=0,
        learning_rate=0.1,
        warmup_steps=0,
        question_tokens=8,
        tuning="lora",
        lora_rank=2,
        checkpoint_every=2,
    )
    trained(ledger, llava, settings)
    before = AutoModelForImageTextToText.from_pretrained(llava).state_dict()
    after = AutoModelForImageTextToText.from_pretrained(ledger.run_dir / "checkpoints" / "final").state_dict()
    assert set(after) == set(before)
    changed = {name for name in before if not torch.allclose(before[name], after[name], rtol=1e-3, atol=1e-3)}
    assert any("q_proj" in name for name in changed)
    assert not any("vision" in name for name in changed)


def test_training_ends_in_order_when_there_is_no_room(ledger: Ledger, llava: Path) -> None:
    rooms = iter([True, True, False, False])
    assert trained(ledger, llava, SETTINGS_OF_20, room=lambda calls: next(rooms)) == 2
    assert ledger.probe_count("train") == 2 * 8
    assert (ledger.run_dir / "checkpoints" / "final" / "config.json").is_file()


def test_a_budget_that_runs_out_within_a_step_loses_that_step_alone(ledger: Ledger, llava: Path) -> None:
    assert trained(ledger, llava, SETTINGS_OF_20, budget=Budget(max_calls=3)) < 20
    steps = len(ledger.metrics())
    assert ledger.probe_count("train") == steps * 8
    assert (ledger.run_dir / "checkpoints" / "final" / "config.json").is_file()


SETTINGS_OF_20 = GrpoSettings(
    steps=20,
    images_per_step=2,
    group_size=4,
    seed=0,
    learning_rate=1e-2,
    question_tokens=6,
    checkpoint_every=50,
)


def test_settings_in_trl_words(tmp_path: Path) -> None:
    config = grpo_config(SETTINGS, tmp_path, 1e-3, on_cpu=True)
    assert (config.bf16, config.gradient_checkpointing, config.use_cpu) == (False, False, True)
    assert config.generation_batch_size == 8
    assert config.steps_per_generation == config.gradient_accumulation_steps == 1
    assert config.reward_weights == [1.0, 0.2, 0.1, 3.0]
    for ours, scale, aggregation in (
        ("none", "none", "sum_then_normalize"),
        ("batch", "batch", "sum_then_normalize"),
        ("sum_then_normalize", "group", "sum_then_normalize"),
        ("normalize_then_sum", "group", "normalize_then_sum"),
    ):
        settings = GrpoSettings(2, 2, 4, 0, scale_rewards=ours, micro_batch=4)
        config = grpo_config(settings, tmp_path, 1e-3, on_cpu=True)
        assert (config.scale_rewards, config.multi_objective_aggregation) == (scale, aggregation)
        assert (config.per_device_train_batch_size, config.steps_per_generation) == (4, 2)
    with pytest.raises(ModelError, match="micro_batch = 3"):
        grpo_config(GrpoSettings(2, 2, 4, 0, micro_batch=3), tmp_path, 1e-3, on_cpu=True)


def test_several_processes_are_refused(ledger: Ledger, llava: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ModelError, match="several processes"):
        trained(ledger, llava, SETTINGS)
