"""Verdicts of a second verifier: kept under what they are about, asked for once, lost ones again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runs import synthetic_images, synthetic_probes, write_run
from scotoma.config import load_config
from scotoma.errors import BudgetSpent
from scotoma.ledger import Ledger
from scotoma.records import Answer, Image, Verdict
from scotoma.rejudging import BATCH, agreement_in, judged_phase, rejudge, sample_in
from scotoma.training.progress import Silent


class Second:
    """Finds every question valid and every answer right; `asked` holds what it was asked, `down` what it loses."""

    name = "second"

    def __init__(self, down: Sequence[str] = (), most: int | None = None) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._down, self._most = down, most

    def require(self, image: Image) -> None:
        pass

    async def screen(self, images: Sequence[Image], questions: Sequence[str]) -> list[Verdict | None]:
        self._ask([(question, None) for question in questions])
        return [self._lost(question) for question in questions]

    async def verify(
        self, images: Sequence[Image], questions: Sequence[str], answers: Sequence[Answer]
    ) -> list[Verdict]:
        self._ask([(question, answer.text) for question, answer in zip(questions, answers, strict=True)])
        return [self._lost(question) or Verdict(True, True, "x", "right") for question in questions]

    def _ask(self, asked: list[tuple[str, str | None]]) -> None:
        if self._most is not None and len(self.asked) + len(asked) > self._most:
            raise BudgetSpent("spent")
        self.asked += asked

    def _lost(self, question: str) -> Verdict | None:
        return Verdict(None, None, None, "call_failed") if question in self._down else None


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    images = synthetic_images(40)
    asked = synthetic_probes(images, steps=2, held_out=30)
    config = {"second_verifier": "hf:second", "second_sample": 60}
    return write_run(tmp_path / "run", images, asked, config=config, stand_in_pictures=False)


def judge(ledger: Ledger, verifier: Second, name: str = "hf:second") -> None:
    sample = sample_in(ledger, load_config(flags=ledger.config()))
    asyncio.run(rejudge(sample, name, verifier, ledger, Silent()))


def sample_keys(ledger: Ledger) -> set[tuple[str, str, str | None]]:
    """What there is to judge: image, question and answer."""
    sample = [one.probe for one in sample_in(ledger, load_config(flags=ledger.config()))]
    return {(one.image_id, one.question.text, one.answer.text if one.answer else None) for one in sample}


def test_each_probe_is_asked_about_once(run_dir: Path) -> None:
    verifier = Second()
    with Ledger.open(run_dir) as ledger:
        assert agreement_in(ledger) is None
        judge(ledger, verifier)
        found = agreement_in(ledger)
        assert found is not None
        assert found.drawn == found.judged == 60
        assert len(verifier.asked) == len(sample_keys(ledger))
        assert (found.phase, found.first, found.second, found.learned) == (
            "eval:trained", "exact", "hf:second", True)  # fmt: skip
        assert found.second_fdr is not None
        assert found.second_fdr.estimate == 0.0
        assert found.suspicious
        asked = list(verifier.asked)
        judge(ledger, verifier)
        assert verifier.asked == asked
    with Ledger.open(run_dir, readonly=True) as reader:
        assert agreement_in(reader) == found


def test_an_unanswered_question_is_screened_alone(run_dir: Path) -> None:
    verifier = Second()
    with Ledger.open(run_dir) as ledger:
        judge(ledger, verifier)
        sample = sample_in(ledger, load_config(flags=ledger.config()))
        unanswered = {one.probe.question.text for one in sample if one.probe.answer is None}
        assert {question for question, answer in verifier.asked if answer is None} == unanswered
        found = agreement_in(ledger)
    assert unanswered
    assert found is not None
    assert found.validity is not None
    assert found.validity.both == 60
    assert found.compared == 60 - sum(one.probe.answer is None for one in sample)


def test_what_failed_calls_left_open_is_asked_again(run_dir: Path) -> None:
    with Ledger.open(run_dir) as ledger:
        sample = sample_in(ledger, load_config(flags=ledger.config()))
        down = [sample[0].probe.question.text, sample[1].probe.question.text]
        judge(ledger, Second(down))
        lost = sum(one.probe.question.text in down for one in sample)
        found = agreement_in(ledger)
        assert found is not None
        assert found.judged == 60 - lost < 60
        verifier = Second()
        judge(ledger, verifier)
        assert {question for question, _ in verifier.asked} == set(down)
        found = agreement_in(ledger)
        assert found is not None
        assert found.judged == 60


def test_what_was_judged_before_a_budget_ended_is_kept(run_dir: Path) -> None:
    with Ledger.open(run_dir) as ledger:
        with pytest.raises(BudgetSpent):
            judge(ledger, Second(most=BATCH))
        found = agreement_in(ledger)
        assert found is not None
        assert BATCH <= found.judged < found.drawn == 60
        verifier = Second()
        judge(ledger, verifier)
        assert len(verifier.asked) == len(sample_keys(ledger)) - BATCH


def test_a_probe_with_another_answer_is_judged_anew(run_dir: Path) -> None:
    with Ledger.open(run_dir) as ledger:
        judge(ledger, Second())
        config = load_config(flags=ledger.config())
        probe = next(one.probe for one in sample_in(ledger, config) if one.probe.answer is not None)
        ledger.replace_probes([replace(probe, answer=Answer("something else", "mini"))])
        verifier = Second()
        judge(ledger, verifier)
    assert verifier.asked == [(probe.question.text, "something else")]


def test_verdicts_of_another_verifier_are_others(run_dir: Path) -> None:
    with Ledger.open(run_dir) as ledger:
        judge(ledger, Second(), "hf:other")
        assert agreement_in(ledger) is None
        judge(ledger, Second())
        assert agreement_in(ledger) is not None


def test_a_run_without_a_held_out_phase_is_judged_by_its_discovery(tmp_path: Path) -> None:
    images = synthetic_images(12)
    asked = [probe for probe in synthetic_probes(images, steps=2, held_out=2) if probe.phase == "train"]
    run = write_run(tmp_path / "run", images, asked, stand_in_pictures=False)
    with Ledger.open(run, readonly=True) as ledger:
        assert judged_phase(ledger, load_config(flags=ledger.config())) == "train"
        assert agreement_in(ledger) is None
