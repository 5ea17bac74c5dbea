"""TRL's completions become probes once, whatever number of reward functions asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from fakes import SceneSource, ScriptedModel, WordVerifier
from scotoma.candidate import Candidate, ModelAnswerer
from scotoma.images.split import Split
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.novelty import NoveltyMemory, embedder
from scotoma.probing import Prober, RunMemory
from scotoma.rewards import TERMS, Weights
from scotoma.training.bridge import RewardBridge

SOURCE = SceneSource(20)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "run", {}, {}) as opened:
        yield opened


def bridge(ledger: Ledger) -> RewardBridge:
    candidate = Candidate(ModelAnswerer(ScriptedModel(str.upper), SOURCE), ledger, Budget())
    memory = RunMemory(NoveltyMemory(embedder("hashed")))
    verifier = WordVerifier(valid="red", wrong="hard")
    prober = Prober(candidate, verifier, ledger, memory=memory, weights=Weights(), seed=0)
    return RewardBridge(
        prober, Split(SOURCE, 0.2), group_size=2, questioner="tiny", prompt="Ask.", compositions=lambda: 1
    )


def call(of: RewardBridge, texts: list[str], positions: list[int], step: int = 0) -> list[list[float | None]]:
    completions = [[{"role": "assistant", "content": text}] for text in texts]
    state = SimpleNamespace(global_step=step)
    return [
        function(
            prompts=texts, completions=completions, completion_ids=[], position=positions, trainer_state=state
        )
        for function in of.functions()
    ]


def test_one_function_a_term_over_one_probing(ledger: Ledger) -> None:
    of = bridge(ledger)
    assert [function.__name__ for function in of.functions()] == list(TERMS)
    rewards = call(of, ["red hard", " junk ", "red", "red"], [0, 0, 1, 1])
    assert rewards[0] == [1.0, -1.0, 0.0, 0.0]
    assert [row[1] for row in rewards[1:]] == [None, None, None]
    probes = list(ledger.probes("train"))
    assert [(probe.step, probe.group, probe.member, probe.question.text) for probe in probes] == [
        (1, 0, 0, "red hard"), (1, 0, 1, "junk"), (1, 1, 0, "red"), (1, 1, 1, "red"),
    ]  # fmt: skip
    assert probes[0].question.prompt == "Ask."
    assert of.last is not None
    assert of.last.metrics["fdr_asked"] == 0.25


def test_the_next_batch_is_probed_anew(ledger: Ledger) -> None:
    of = bridge(ledger)
    call(of, ["red", "red"], [0, 0])
    call(of, ["red", "red"], [0, 0], step=1)
    assert [probe.step for probe in ledger.probes("train")] == [1, 1, 2, 2]


def test_groups_that_are_torn_apart_are_a_bug(ledger: Ledger) -> None:
    with pytest.raises(AssertionError, match="whole groups"):
        call(bridge(ledger), ["red", "red", "red", "red"], [0, 1, 0, 1])
    with pytest.raises(AssertionError, match="whole groups"):
        call(bridge(ledger), ["red", "red", "red"], [0, 0, 1])
