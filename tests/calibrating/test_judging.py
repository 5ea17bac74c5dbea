"""Injected error rates come back within the intervals; a verifier that knows the truth is always right."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from fakes import SceneSource
from judges import SceneJudge, ScriptedJudge, always, judge, own
from scotoma.analysis.calibration import Calibration, JudgedQuestion, Rate, calibration
from scotoma.calibrating import Posed, judge_all, pose
from scotoma.records import Answer, Image, Verdict
from scotoma.tabletop.oracle import ask, grade
from scotoma.tabletop.scene import Scene
from scotoma.training.progress import Silent
from scotoma.verifiers.exact import ExactVerifier
from scotoma.verifiers.protocol import Verifier

SOURCE = SceneSource(100)


@cache
def posed(questions: int) -> tuple[Posed, ...]:
    return tuple(pose(SOURCE.record, len(SOURCE), questions, seed=0))


def judged(verifier: Verifier, questions: int = 80) -> list[JudgedQuestion]:
    return asyncio.run(judge_all(verifier, posed(questions), questions, Silent()))


def holds(rate: Rate | None, truth: float) -> tuple[bool, bool]:
    """Do the intervals hold the rate that was injected: that of resampled images, and Wilson's?"""
    assert rate is not None
    first, second = (interval.low <= truth <= interval.high for interval in (rate.bootstrap, rate.wilson))
    return first, second


@dataclass
class Noisy:
    """Judges by the oracle and errs at known rates; `late` judges validity with the answer, not before it.

    Counting is where it is worse: `blind_to_counting` is how often it calls a right count wrong.
    """

    seed: int
    valid_missed: float = 0.0
    invalid_missed: float = 0.0
    right_missed: float = 0.0
    wrong_missed: float = 0.0
    abstains: float = 0.0
    blind_to_counting: float | None = None
    late: bool = False

    name = "noisy"

    def require(self, image: Image) -> None:
        pass

    def validity(self, image: Image, question: str) -> Verdict:
        ruling = ask(question, Scene.from_truth(image.truth or {}))
        if self.draw("abstain", image.id, question) < self.abstains:
            return Verdict(None, None, None, "verifier_unsure")
        errs = self.draw("valid", image.id, question) < (
            self.valid_missed if ruling.valid else self.invalid_missed
        )
        return Verdict(ruling.valid != errs, None, ruling.answer, "noisy")

    async def screen(self, images: Sequence[Image], questions: Sequence[str]) -> list[Verdict | None]:
        verdicts = [self.validity(image, text) for image, text in zip(images, questions, strict=True)]
        return [None if self.late or verdict.valid else verdict for verdict in verdicts]

    async def verify(
        self, images: Sequence[Image], questions: Sequence[str], answers: Sequence[Answer]
    ) -> list[Verdict]:
        return [self.verdict(*entry) for entry in zip(images, questions, answers, strict=True)]

    def verdict(self, image: Image, question: str, answer: Answer) -> Verdict:
        validity = self.validity(image, question)
        if not validity.valid:
            return validity
        ruling = ask(question, Scene.from_truth(image.truth or {}))
        correct = grade(ruling, answer.text or "")[0]
        if correct is None or self.draw("unsure", image.id, question, answer.text) < self.abstains:
            return Verdict(True, None, ruling.answer, "verifier_unsure")
        missed = self.right_missed if correct else self.wrong_missed
        if correct and self.blind_to_counting is not None and "counting" in ruling.skills:
            missed = self.blind_to_counting
        errs = self.draw("correct", image.id, question, answer.text) < missed
        return Verdict(True, correct != errs, ruling.answer, "noisy")

    def draw(self, *what: str | None) -> float:
        return random.Random(f"{self.seed}:{what}").random()


def test_the_exact_verifier_is_always_right() -> None:
    found = calibration(judged(ExactVerifier()))
    for accuracy in (found.validity, found.correctness):
        assert accuracy.sensitivity is not None
        assert accuracy.specificity is not None
        assert accuracy.abstention is not None
        assert accuracy.sensitivity.bootstrap.estimate == accuracy.specificity.bootstrap.estimate == 1.0
        assert accuracy.abstention.bootstrap.estimate == 0.0
    assert found.hedges is not None
    assert found.hedges.bootstrap.estimate == 1.0


def rates(found: Calibration) -> list[Rate | None]:
    return [
        found.validity.sensitivity,
        found.validity.specificity,
        found.validity.abstention,
        found.correctness.sensitivity,
        found.correctness.specificity,
    ]


def test_injected_rates_are_recovered() -> None:
    injected = {
        "valid_missed": 0.15,
        "invalid_missed": 0.25,
        "right_missed": 0.1,
        "wrong_missed": 0.2,
        "abstains": 0.1,
    }
    truth = [0.85, 0.75, 0.1, 0.9, 0.8]
    hits = [
        holds(rate, value)
        for seed in range(8)
        for rate, value in zip(rates(calibration(judged(Noisy(seed, **injected)))), truth, strict=True)
    ]
    # 95% intervals: fewer than 35 of 40 would hold the truth about once in 70 times.
    assert len(hits) == 40
    assert sum(bootstrap for bootstrap, _ in hits) >= 35
    assert sum(wilson for _, wilson in hits) >= 35


def test_a_weakness_in_one_skill_shows_there() -> None:
    found = calibration(judged(Noisy(1, right_missed=0.05, blind_to_counting=0.6), 160))
    by_skill = {row.skill: row.correctness.sensitivity for row in found.skills}
    assert all(holds(by_skill["counting"], 0.4))
    assert all(holds(by_skill["existence"], 0.95))
    assert not any(holds(by_skill["counting"], 0.95))


def test_a_verifier_that_judges_validity_with_the_answer_is_measured_too() -> None:
    early, late = (calibration(judged(Noisy(3, 0.2, 0.3, late=late))) for late in (False, True))
    assert early == late


def test_a_judge_whose_model_errs_is_measured() -> None:
    images = [SOURCE.record(index) for index in range(len(SOURCE))]
    injected = {"calls_valid_invalid": 0.1, "calls_invalid_valid": 0.2, "answers_wrongly": 0.15}
    hits: list[tuple[bool, bool]] = []
    for seed in range(6):
        found = calibration(judged(judge(SceneJudge(images, **injected, seed=seed), SOURCE)))
        hits.append(holds(found.validity.sensitivity, 0.9))
        hits.append(holds(found.validity.specificity, 0.8))
        # A right answer is called wrong exactly where the judge's own is wrong.
        hits.append(holds(found.correctness.sensitivity, 0.85))
        assert found.correctness.specificity is not None
        assert found.correctness.specificity.bootstrap.estimate == 1.0
    # Fewer than 15 of 18 would hold the truth about once in 90 times.
    assert sum(bootstrap for bootstrap, _ in hits) >= 15
    assert sum(wilson for _, wilson in hits) >= 15


def test_what_a_judge_cannot_answer_is_abstention_not_error() -> None:
    model = ScriptedJudge(answer=always(own("", can_tell=False)))
    records = judged(judge(model, SOURCE), 16)
    found = calibration(records)
    assert found.validity.abstention is not None
    assert found.validity.abstention.bootstrap.estimate == 0.0
    assert found.correctness.sensitivity is None
    assert found.correctness.abstention is not None
    assert found.correctness.abstention.bootstrap.estimate == 1.0
    failing = judged(judge(ScriptedJudge(validity=always(None)), SOURCE), 16)
    assert {record.valid for record in failing} == {None}
    assert all(record.answers == () for record in failing)


class Watching(Silent):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def begin(self, stage: str, total: int, done: int = 0) -> None:
        self.told.append((stage, total))

    def advance(self, units: int, metrics: object) -> None:
        self.told.append(("advance", units))

    def end(self) -> None:
        self.told.append(("end", 0))


def test_progress_is_told_in_batches_and_ends() -> None:
    watching = Watching()
    asyncio.run(judge_all(ExactVerifier(), posed(40), 40, watching))
    assert watching.told == [("calibrate", 40), ("advance", 32), ("advance", 8), ("end", 0)]
