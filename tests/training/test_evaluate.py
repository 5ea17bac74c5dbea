"""Discovery without learning, and evaluations, in one sitting and in several."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fakes import SceneSource, ScriptedModel, WordVerifier
from scotoma.candidate import Candidate, ModelAnswerer
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.novelty import NoveltyMemory, embedder
from scotoma.probing import Prober, RunMemory
from scotoma.questioners.random import RandomQuestioner
from scotoma.records import Probe
from scotoma.rewards import Weights
from scotoma.training.evaluate import collect, evaluate
from scotoma.training.progress import Silent

SOURCE = SceneSource(40)
IMAGES = [SOURCE.record(index) for index in range(40)]


class Watching(Silent):
    def __init__(self) -> None:
        self.told: list[object] = []

    def begin(self, stage: str, total: int, done: int = 0) -> None:
        self.told.append((stage, total, done))

    def advance(self, units: int, metrics: Mapping[str, float]) -> None:
        self.told.append(units)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "run", {}, {}) as opened:
        yield opened


def prober(ledger: Ledger, budget: Budget, memory: RunMemory | None = None) -> Prober:
    candidate = Candidate(ModelAnswerer(ScriptedModel(str.upper), SOURCE), ledger, budget)
    verifier = WordVerifier(valid="the", wrong="left")
    return Prober(candidate, verifier, ledger, memory=memory, weights=Weights(), seed=0)


def evaluated(ledger: Ledger, n_images: int, watch: Silent) -> list[Probe]:
    asyncio.run(
        evaluate(
            RandomQuestioner(),
            prober(ledger, Budget()),
            ledger,
            IMAGES[:n_images],
            name="random",
            questions_per_image=3,
            seed=5,
            progress=watch,
        )
    )
    return list(ledger.probes("eval:random"))


def test_an_evaluation_in_two_sittings_is_the_one_in_one(ledger: Ledger, tmp_path: Path) -> None:
    watch = Watching()
    evaluated(ledger, 16, watch)
    in_two = evaluated(ledger, 40, watch)
    assert watch.told == [("evaluate random", 16, 0), 16, ("evaluate random", 40, 16), 16, 8]
    with Ledger.create(tmp_path / "other", {}, {}) as other:
        assert [probe.question for probe in evaluated(other, 40, Silent())] == [
            probe.question for probe in in_two
        ]
    assert [probe.key for probe in in_two] == [
        ("eval:random", 0, group, member) for group in range(40) for member in range(3)
    ]
    assert [probe.image_id for probe in in_two[::3]] == [image.id for image in IMAGES]


def collected(ledger: Ledger, steps: int, first_step: int = 1, max_calls: int | None = None) -> int:
    memory = RunMemory(NoveltyMemory(embedder("hashed")))
    memory.remember(ledger.probes("train"))
    budget = Budget(max_calls)
    return asyncio.run(
        collect(
            RandomQuestioner(),
            prober(ledger, budget, memory),
            ledger,
            lambda position: IMAGES[position % 40],
            steps=steps,
            images_per_step=4,
            questions_per_image=2,
            first_step=first_step,
            distinct_compositions=lambda: len(memory.compositions),
            room=budget.room_for,
            calls=lambda: budget.calls,
            seed=0,
            progress=Silent(),
        )
    )


def test_discovery_goes_on_where_it_was_stopped(ledger: Ledger, tmp_path: Path) -> None:
    assert collected(ledger, 2) == 2
    assert collected(ledger, 5, first_step=3) == 5
    with Ledger.create(tmp_path / "other", {}, {}) as other:
        collected(other, 5)
        assert [probe.rewards for probe in other.probes()] == [probe.rewards for probe in ledger.probes()]
    assert [metrics.step for metrics in ledger.metrics()] == [1, 2, 3, 4, 5]
    assert {"fdr_asked", "compositions", "new_compositions", "seconds/ask"} <= set(
        ledger.metrics()[-1].values
    )


def test_discovery_ends_in_order_when_calls_run_out(ledger: Ledger) -> None:
    steps = collected(ledger, 50, max_calls=40)
    assert 5 <= steps < 50
    assert ledger.call_count() <= 40
    assert ledger.probe_count("train") == steps * 8
