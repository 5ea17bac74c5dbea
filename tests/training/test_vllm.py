"""Generation through vLLM, with stand-ins for it: a sound one trains, unsound ones are refused before a step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from grpo_runs import trained
from scotoma.config import load_config
from scotoma.discovery import discover
from scotoma.errors import ModelError
from scotoma.ledger import Ledger
from scotoma.training.grpo import GrpoSettings
from scotoma.training.vllm import LOGP_TOLERANCE, require_agreement, require_same_prompt
from tiny import build_llava

IMAGE = 4
"""The id of <image> in the tiny tokenizer."""


class StandIn:
    """Takes the place of TRL's VLLMGeneration: weights of its own, sampled token by token."""

    def __init__(
        self, model: Any, accelerator: Any, processing_class: Any, *, max_completion_length: int, **_: Any
    ) -> None:
        self._trained = model
        # Not a copy: TRL has patched the forward of the model, and that of a copy would be the original's.
        self._own = type(model).from_pretrained(model.name_or_path, dtype=model.dtype).eval()
        self._processor = processing_class
        self._longest = max_completion_length
        self.synced = 0

    def sync_weights(self) -> None:
        self._own.load_state_dict(self._trained.state_dict())
        self.synced += 1

    def generate(
        self, prompts: list[list[int]], images: list[list[Any]], num_generations: int, profiler: Any = None
    ) -> tuple[Any, ...]:
        drawn = [self._drawn(ids, shown) for ids, shown in zip(prompts, images, strict=True)]
        completions = [[token for token, _ in tokens] for tokens in drawn]
        logps = [[[logp] for _, logp in tokens] for tokens in drawn]
        return [self.seen(ids) for ids in prompts], completions, logps, completions

    def _drawn(self, prompt: list[int], shown: list[Any]) -> list[tuple[int, float | None]]:
        pixels = self.pixels(self._processor.image_processor(shown, return_tensors="pt")["pixel_values"])
        ids, drawn = list(prompt), []
        while len(drawn) < self._longest and (not drawn or ids[-1] != self._processor.tokenizer.eos_token_id):
            with torch.no_grad():
                logits = self._own(input_ids=torch.tensor([ids]), pixel_values=pixels).logits[0, -1]
            logps = logits.float().log_softmax(-1)
            allowed = logps.clone()
            allowed[IMAGE] = -torch.inf
            ids.append(int(torch.multinomial(allowed.exp(), 1)))
            drawn.append((ids[-1], self.told(float(logps[ids[-1]]))))
        return drawn

    def seen(self, prompt: Sequence[int]) -> list[int]:
        return list(prompt)

    def pixels(self, values: torch.Tensor) -> torch.Tensor:
        return values

    def told(self, logp: float) -> float | None:
        return logp


class ExpandsTwice(StandIn):
    """TRL issue 6294."""

    def seen(self, prompt: Sequence[int]) -> list[int]:
        first = list(prompt).index(IMAGE)
        return [*prompt[:first], *[IMAGE] * 4, *prompt[first + 1 :]]


class CutsPrompts(StandIn):
    def seen(self, prompt: Sequence[int]) -> list[int]:
        return list(prompt)[:-1]


class IsBlind(StandIn):
    def pixels(self, values: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(values)


class HasOtherWeights(StandIn):
    def sync_weights(self) -> None:
        with torch.no_grad():
            for parameter in self._own.parameters():
                parameter.copy_(parameter.roll(1, -1))


class GivesNoNumbers(StandIn):
    def told(self, logp: float) -> float | None:
        return None


class Breaks(StandIn):
    def generate(self, *arguments: Any, **options: Any) -> tuple[Any, ...]:
        raise RuntimeError("CUDA out of\nmemory")


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_llava(tmp_path_factory.mktemp("llava"))


def steps_and_probes(run_dir: Path, llava: Path) -> tuple[int, int]:
    """Steps made, and probes in the ledger; the ledger is closed, whatever happens."""
    settings = GrpoSettings(2, 2, 4, 0, learning_rate=1e-2, warmup_steps=0, question_tokens=6, use_vllm=True)
    with Ledger.create(run_dir, {}, {}) as ledger:
        steps = trained(ledger, llava, settings)
        return steps, ledger.probe_count("train")


def stand_in(monkeypatch: pytest.MonkeyPatch, kind: type[StandIn]) -> list[StandIn]:
    """Put it in place of vLLM; those that are made are listed."""
    made: list[StandIn] = []

    def make(**options: Any) -> StandIn:
        made.append(kind(**options))
        return made[-1]

    monkeypatch.setattr("trl.trainer.grpo_trainer.VLLMGeneration", make)
    return made


def test_a_sound_one_trains(llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = stand_in(monkeypatch, StandIn)
    assert steps_and_probes(tmp_path / "run", llava) == (2, 2 * 2 * 4)
    # Once for the test, and before each step, since the weights have changed.
    assert [one.synced for one in made] == [3]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (ExpandsTwice, "7 image tokens in place of 4"),
        (CutsPrompts, "other tokens than those"),
        (IsBlind, "nats a token"),
        (HasOtherWeights, "nats a token"),
        (GivesNoNumbers, "differ by nan nats"),
        (Breaks, "CUDA out of memory"),
    ],
)
def test_an_unsound_one_is_refused_before_anything_is_asked(
    kind: type[StandIn], told: str, llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, kind)
    with pytest.raises(ModelError, match=told) as refused:
        steps_and_probes(tmp_path / "run", llava)
    assert "\n" not in str(refused.value)
    assert "leave use_vllm out" in str(refused.value)
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        assert ledger.probe_count("train") == 0


def test_without_vllm_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scotoma.training.vllm.find_spec", lambda name: None)
    out = tmp_path / "run"
    config = load_config(flags={"use_vllm": True, "images": "tabletop:n=20", "out": str(out)})
    with pytest.raises(ModelError, match="pip install"):
        discover(config)
    assert not out.exists()


def test_the_tolerance_is_a_mean_over_a_completion() -> None:
    require_agreement([-1.0, -2.0], [-1.0 + LOGP_TOLERANCE, -2.0 - 0.9 * LOGP_TOLERANCE])
    for theirs in ([-1.0, -2.0 - 2.1 * LOGP_TOLERANCE], [-1.0, None], [-1.0, float("nan")]):
        with pytest.raises(ModelError):
            require_agreement([-1.0, -2.0], theirs)
    with pytest.raises(ModelError):
        require_agreement([], [])
    require_same_prompt([1, IMAGE, 2], (1, IMAGE, 2), IMAGE)
