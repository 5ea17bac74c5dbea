"""A SPEC -> a verifier that judges once the ledger is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fakes import SceneSource
from scotoma.errors import ImagesError, ModelError, SpecError
from scotoma.ledger import Ledger
from scotoma.models.cached import MemoryCalls
from scotoma.models.guard import Budget
from scotoma.records import Image
from scotoma.verifiers.exact import ExactVerifier
from scotoma.verifiers.judge import UNREADABLE, JudgeSettings
from scotoma.verifiers.opening import VERIFIER_CALLS, OpenedVerifier, verifier_from_spec
from tiny import build_llava

SOURCE = SceneSource(2)
PHOTO = Image("0" * 64, "photos", 10, 10, "cat.jpg")


def opened(spec: str, votes: int = 3, temperature: float = 0.7) -> OpenedVerifier:
    return verifier_from_spec(spec, SOURCE, JudgeSettings(votes), max_new_tokens=8, temperature=temperature)


def test_exact_needs_truth_and_no_store() -> None:
    exact = opened("exact", temperature=0.0)
    exact.require(SOURCE.record(0))
    with pytest.raises(ImagesError, match="needs images with truth"):
        exact.require(PHOTO)
    assert isinstance(exact.bind(MemoryCalls(), Budget(0)), ExactVerifier)


def test_a_local_model_judges_any_image_through_the_ledger(tmp_path: Path) -> None:
    spec = f"hf:{build_llava(tmp_path / 'llava')}"
    judge = opened(spec, votes=1, temperature=0.0)
    judge.require(PHOTO)
    with Ledger.create(tmp_path / "run", {}, {}) as ledger:
        budget = Budget(2)
        verifier = judge.bind(ledger, budget)
        assert verifier.name == spec
        # Random weights write no JSON: one call, one repair, no verdict.
        (verdict,) = asyncio.run(verifier.screen([SOURCE.record(0)], ["Is there a red cube?"]))
        assert verdict is not None
        assert (verdict.valid, verdict.reason) == (None, UNREADABLE)
        assert budget.calls == ledger.call_count(VERIFIER_CALLS) == 2


@pytest.mark.parametrize(
    ("spec", "votes", "temperature", "error", "told"),
    [
        ("gpt", 3, 0.7, SpecError, "unknown verifier"),
        ("mini", 3, 0.7, SpecError, "unknown verifier"),
        ("hf:./nowhere", 3, 0.0, SpecError, "judge_votes = 3 at judge_temperature = 0"),
        ("hf:./nowhere", 1, 0.0, ModelError, "cannot be loaded from ./nowhere"),
    ],
)
def test_what_cannot_be_opened(
    spec: str, votes: int, temperature: float, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        opened(spec, votes, temperature)
