"""A labeller behind HTTP, with faults on the way, and one in this process: the same path as other models."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from hostile import Asked, Server, answering, failing, faulty
from scotoma.errors import ModelError
from scotoma.labelling import Label, open_labeller
from scotoma.labelling.labels import UNREADABLE
from scotoma.labelling.opening import LABELLER_CALLS, open_labelling_model
from scotoma.ledger import Ledger
from scotoma.models.cached import CachedCalls, MemoryCalls
from scotoma.models.guard import Budget
from tiny import build_llava

QUESTIONS = [f"Is thing {number} {what}?" for number in range(15) for what in ("red", "large")]


def sorted_by(asked: Asked) -> str:
    """What a model would say of one of QUESTIONS."""
    return json.dumps({"skills": ["colour" if " red?" in asked.text else "size"]})


def labels(spec: str, calls: CachedCalls) -> list[Label]:
    return asyncio.run(open_labeller(open_labelling_model(spec), calls).label(QUESTIONS))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-1234567890")


def test_a_server_labels_and_is_asked_once(tmp_path: Path) -> None:
    with Server(answering(sorted_by)) as server, Ledger.create(tmp_path / "run", {}, {}) as ledger:
        calls = CachedCalls(ledger, Budget(), LABELLER_CALLS)
        found = labels(server.spec(), calls)
        assert [label.skills for label in found] == [("colour",), ("size",)] * 15
        assert ledger.call_count(LABELLER_CALLS) == len(QUESTIONS)
        body = server.seen[0].body
        assert body["response_format"]["json_schema"]["schema"]["title"] == "skills"
        assert "counting: counting" in body["messages"][0]["content"]
        assert labels(server.spec(), calls) == found
        assert server.calls == len(QUESTIONS)


def test_faults_are_tried_again_and_what_is_lost_has_a_reason() -> None:
    with Server(faulty(0.3, 1, sorted_by, stall_s=0.1)) as server:
        found = labels(server.spec(timeout=5), CachedCalls(MemoryCalls(), Budget(), LABELLER_CALLS))
    for label, skill in zip(found, ("colour", "size") * 15, strict=True):
        assert label.skills == (skill,) or label.reason
    assert sum(bool(label.skills) for label in found) >= 25


def test_a_server_that_refuses_is_one_error() -> None:
    with Server(failing(401)) as server, pytest.raises(ModelError, match="refuses the key"):
        labels(server.spec(), CachedCalls(MemoryCalls(), Budget(), LABELLER_CALLS))


def test_a_model_in_this_process_is_asked_without_a_picture(tmp_path: Path) -> None:
    """Random weights say nothing that can be read: that is told, question by question."""
    build_llava(tmp_path / "llava")
    calls = CachedCalls(MemoryCalls(), Budget(), LABELLER_CALLS)
    labeller = open_labeller(open_labelling_model(f"hf:{tmp_path / 'llava'}", max_new_tokens=4), calls)
    found = asyncio.run(labeller.label(QUESTIONS[:3]))
    assert [label.reason for label in found] == [UNREADABLE] * 3
    assert all(label.told.startswith("asked 3 times") for label in found)
    assert calls.budget.calls == 9
