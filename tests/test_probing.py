"""One step through the stages: what is asked, judged, rewarded, stored and remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import SceneSource, ScriptedModel, WordVerifier
from scotoma.candidate import Candidate, ModelAnswerer
from scotoma.errors import BudgetSpent
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.novelty import NoveltyMemory, embedder
from scotoma.probing import STAGES, TRAIN, Group, Prober, RunMemory, StepResult, Stopwatch
from scotoma.records import Unasked
from scotoma.rewards import TERMS, Weights

SOURCE = SceneSource(4)
WEIGHTS = Weights(1.0, 0.2, 0.1, 0.5)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "run", {}, {}) as opened:
        yield opened


def run_memory() -> RunMemory:
    return RunMemory(NoveltyMemory(embedder("hashed"), seed=1), mix_right=1.0, half_life=20.0)


def prober(
    ledger: Ledger,
    memory: RunMemory | None = None,
    model: ScriptedModel | None = None,
    max_calls: int | None = None,
) -> Prober:
    answerer = ModelAnswerer(model or ScriptedModel(str.upper), SOURCE)
    candidate = Candidate(answerer, ledger, Budget(max_calls))
    verifier = WordVerifier(valid="red", wrong="hard")
    return Prober(candidate, verifier, ledger, memory=memory, weights=WEIGHTS, seed=9)


def groups(*questions_P_G: tuple[str, ...]) -> list[Group]:
    return [Group(SOURCE.record(index), questions) for index, questions in enumerate(questions_P_G)]


def step(of: Prober, number: int, *questions_P_G: tuple[str, ...], phase: str = TRAIN) -> StepResult:
    return asyncio.run(of.probe(phase, number, groups(*questions_P_G), questioner="tiny", prompt="Ask."))


def test_probes_come_back_as_stored_in_order(ledger: Ledger) -> None:
    result = step(prober(ledger, run_memory()), 1, ("red easy", "nonsense"), ("red hard", "red easy"))
    assert list(ledger.probes()) == result.probes
    assert [probe.key for probe in result.probes] == [
        (TRAIN, 1, 0, 0),
        (TRAIN, 1, 0, 1),
        (TRAIN, 1, 1, 0),
        (TRAIN, 1, 1, 1),
    ]
    assert [probe.verdict.failure for probe in result.probes] == [False, False, True, False]
    assert [probe.image_id for probe in result.probes[::2]] == [image.id for image in ledger.images()]
    assert all(probe.seed == 9 and probe.question.questioner == "tiny" for probe in result.probes)
    assert result.new_compositions == 1


def test_invalid_questions_are_not_put_to_the_candidate(ledger: Ledger) -> None:
    model = ScriptedModel(str.upper)
    result = step(prober(ledger, run_memory(), model), 1, ("nonsense", "red easy", "gibberish"))
    assert model.asked == ["red easy"]
    assert [probe.answer is None for probe in result.probes] == [True, False, True]
    assert [probe.reward for probe in result.probes][::2] == [-1.0, -1.0]


def test_reward_is_the_weighted_sum(ledger: Ledger) -> None:
    hard = step(prober(ledger, run_memory()), 1, ("red hard", "blue thing")).probes[0]
    terms = {name: hard.rewards[name] or 0.0 for name in TERMS}
    assert terms["failure"] == terms["novelty_mix"] == 1.0
    expected = 1.0 + 0.2 * terms["novelty_sem"] + 0.1 * terms["novelty_lex"] + 0.5
    assert hard.reward == pytest.approx(expected)


def test_a_candidate_that_does_not_answer_earns_nothing(ledger: Ledger) -> None:
    probe = step(prober(ledger, run_memory(), ScriptedModel(lambda text: None)), 1, ("red hard",)).probes[0]
    assert probe.reward is None
    assert set(probe.rewards.values()) == {None}
    assert probe.verdict.unscorable


def test_score_first_then_remember(ledger: Ledger) -> None:
    memory = run_memory()
    of = prober(ledger, memory)
    first = step(of, 1, ("red easy one",), ("red easy one",)).probes
    again = step(of, 2, ("red easy one",)).probes[0]
    assert [probe.rewards["novelty_sem"] for probe in first] == [1.0, 1.0]
    assert again.rewards["novelty_sem"] == pytest.approx(0.0, abs=1e-6)
    assert again.rewards["novelty_mix"] == 0.5


def test_the_bonus_for_rare_compositions_is_paid_in_full_on_failures(ledger: Ledger) -> None:
    of = prober(ledger, RunMemory(NoveltyMemory(embedder("hashed")), mix_right=0.25))
    right, wrong, invalid = step(of, 1, ("red easy one", "red hard one", "junk")).probes
    assert right.rewards["novelty_mix"] == pytest.approx(0.25 * 0.5**0.5)
    assert wrong.rewards["novelty_mix"] == pytest.approx(0.5**0.5)  # never asked, but two siblings share it
    assert invalid.rewards["novelty_mix"] is None


def test_memory_rebuilt_from_the_ledger_scores_alike(ledger: Ledger) -> None:
    memory = run_memory()
    of = prober(ledger, memory)
    for number in range(1, 6):
        step(of, number, (f"red thing {number}", "junk", "red hard"), (f"red {number} cats",))
    rebuilt = run_memory()
    rebuilt.remember(ledger.probes(TRAIN))
    assert rebuilt.compositions == memory.compositions
    verdicts = [[probe.verdict for probe in list(ledger.probes())[:2]]]
    assert rebuilt.terms([["red thing 9", "x"]], verdicts) == memory.terms([["red thing 9", "x"]], verdicts)


def test_an_evaluation_pays_no_novelty(ledger: Ledger) -> None:
    probes = step(prober(ledger), 0, ("red hard", "red easy", "junk"), phase="eval:x").probes
    assert [probe.reward for probe in probes] == [1.0, 0.0, -1.0]
    assert {probe.rewards["novelty_mix"] for probe in probes} == {None}


def test_a_step_beyond_the_budget_leaves_no_probe(ledger: Ledger) -> None:
    of = prober(ledger, run_memory(), max_calls=3)
    step(of, 1, ("red a", "red b"))
    with pytest.raises(BudgetSpent):
        step(of, 2, ("red c", "red d"))
    assert ledger.probe_count() == 2
    step(of, 2, ("red c", "junk"))
    assert ledger.probe_count() == 4


def test_stopwatch_counts_each_stage_and_starts_again(ledger: Ledger) -> None:
    of = prober(ledger, run_memory())
    step(of, 1, ("red a",))
    of.stopwatch.add("render", 1.5)
    seconds = of.stopwatch.take()
    assert set(STAGES) <= set(seconds)
    assert seconds["render"] == 1.5
    assert seconds["answer"] > 0.0
    assert seconds["record"] > 0.0
    assert set(of.stopwatch.take().values()) == {0.0}


def test_stopwatch_counts_a_stage_that_fails() -> None:
    watch = Stopwatch()
    with pytest.raises(ValueError, match="x"), watch.stage("ask"):
        raise ValueError("x")
    assert watch.take()["ask"] > 0.0


def test_a_question_that_never_came_is_unscorable_and_put_to_nobody(ledger: Ledger) -> None:
    model = ScriptedModel(str.upper)
    memory = run_memory()
    probes = step(prober(ledger, memory, model), 1, (Unasked("HTTP 500"), "red easy")).probes
    assert model.asked == ["red easy"]
    assert (probes[0].verdict.valid, probes[0].verdict.reason) == (None, "not_asked")
    assert probes[0].verdict.evidence == "HTTP 500"
    assert (probes[0].answer, probes[0].reward) == (None, None)
    assert memory.compositions.total() == 1


def test_asked_again_a_step_is_what_it_would_have_been(ledger: Ledger, tmp_path: Path) -> None:
    first = ("red hard", "red easy"), ("red easy again", "nonsense")
    second = ("red easy", "red other"), ("red hard now", "red easy")
    fails = ScriptedModel(lambda text: None if text in ("red hard", "red other") else text.upper())
    broken = prober(ledger, run_memory(), fails)
    stored = [step(broken, number, *asked).probes for number, asked in ((1, first), (2, second))]
    assert [probe.lost for probe in [*stored[0], *stored[1]]] == [True, *[False] * 4, True, False, False]
    healthy = prober(ledger, run_memory())
    for probes in stored:
        retried = {place: probe.question.text for place, probe in enumerate(probes) if probe.lost}
        renewed = asyncio.run(healthy.again(probes, retried))
        assert not any(probe.lost for probe in renewed)
    with Ledger.create(tmp_path / "whole", {}, {}) as other:
        whole = prober(other, run_memory())
        expected = [*step(whole, 1, *first).probes, *step(whole, 2, *second).probes]
    assert list(ledger.probes()) == expected
    assert ledger.superseded_count() == 2


def test_what_is_lost_again_stays_and_an_evaluation_has_no_memory(ledger: Ledger) -> None:
    silent = prober(ledger, None, ScriptedModel(lambda text: None))
    stored = step(silent, 0, ("red hard", "red easy"), phase="eval:random").probes
    assert asyncio.run(silent.again(stored, {0: "red hard", 1: "red easy"})) == stored
    half = prober(ledger, None, ScriptedModel(lambda text: text.upper() if "hard" in text else None))
    renewed = asyncio.run(half.again(stored, {0: "red hard", 1: "red easy"}))
    assert [probe.lost for probe in renewed] == [False, True]
    assert renewed[0].verdict.failure
    assert list(ledger.probes()) == renewed
