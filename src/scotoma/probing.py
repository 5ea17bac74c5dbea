"""Groups of questions -> screened, answered, verified, scored and stored Probes: one step of any engine.

    images_P, questions_P_G ─► screen ─► answer (one batch) ─► verify ─► novelty, rewards ─► ledger (one
    transaction)

Score first, then remember: a step's questions are compared with the run before them, and join it only when
stored.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby

from scotoma.candidate import Candidate
from scotoma.ledger import Ledger
from scotoma.novelty import CompositionMemory, NoveltyMemory
from scotoma.records import NOT_ASKED, Answer, Composition, Image, Probe, Question, Unasked, Verdict
from scotoma.rewards import (
    TERMS,
    MixFormula,
    Terms,
    Weights,
    composition_bonus,
    group_terms,
    weighted,
)
from scotoma.verifiers.protocol import Verifier

TRAIN = "train"
"""The phase of probes that discovery makes; the only one that is remembered and rewarded."""

STAGES = ("render", "ask", "answer", "verify", "novelty", "record")
"""Stages of a step whose seconds are measured. Screening counts as verifying."""


@dataclass(frozen=True, slots=True)
class Group:
    """The questions about one image in one step. prompts: what each was asked with, where they differ; else empty."""

    image: Image
    questions: tuple[str, ...]
    prompts: tuple[str, ...] = ()


class Stopwatch:
    """Seconds spent in each stage since they were last taken."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time within as the stage's."""
        start_s = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - start_s)

    def add(self, name: str, seconds: float) -> None:
        """Count seconds measured elsewhere."""
        self._seconds[name] = self._seconds.get(name, 0.0) + seconds

    def take(self) -> dict[str, float]:
        """The seconds of each stage, and start again."""
        seconds = dict.fromkeys(STAGES, 0.0) | self._seconds
        self._seconds = {}
        return seconds


class RunMemory:
    """What the run has asked: valid questions for novelty, compositions of skills for their frequency.

    Rebuilt from stored probes, it is equal to the one that scored them.
    """

    def __init__(
        self,
        novelty: NoveltyMemory,
        formula: MixFormula = "share",
        mix_right: float = 1.0,
        half_life: float | None = None,
    ) -> None:
        self._novelty = novelty
        self._formula: MixFormula = formula
        self._mix_right = mix_right
        self._compositions = CompositionMemory(half_life)

    @property
    def compositions(self) -> Counter[Composition]:
        """How often the run has asked each composition."""
        return self._compositions.seen

    def terms(
        self, questions_P_G: Sequence[Sequence[str]], verdicts_P_G: Sequence[Sequence[Verdict]]
    ) -> list[Terms]:
        """Reward terms of all questions, flat in order, against the run so far."""
        novelty = self._novelty.score(questions_P_G)
        flat: list[Terms] = []
        for index, verdicts in enumerate(verdicts_P_G):
            mix = composition_bonus(
                [_composition(verdict) for verdict in verdicts], self._compositions.recent, self._formula
            )
            semantic, lexical = novelty.semantic_P_G[index], novelty.lexical_P_G[index]
            flat += group_terms(verdicts, semantic, lexical, mix, self._mix_right)
        return flat

    def remember(self, probes: Iterable[Probe]) -> int:
        """Add probes, in order; only valid ones are remembered. Gives the number of new compositions."""
        new = 0
        for _, step in groupby(probes, key=lambda probe: probe.step):
            valid = [probe for probe in step if probe.verdict.valid is True]
            self._novelty.remember([probe.question.text for probe in valid])
            known = (_composition(probe.verdict) for probe in valid)
            new += self._compositions.remember(skills for skills in known if skills is not None)
        return new


@dataclass(frozen=True, slots=True)
class StepResult:
    """A stored step: its probes by group and member, and how many compositions of skills were new in it."""

    probes: list[Probe]
    new_compositions: int


class Prober:
    """Takes groups through the stages.

    memory: None for an evaluation, which neither rewards novelty nor adds to the run's memory.
    """

    def __init__(
        self,
        candidate: Candidate,
        verifier: Verifier,
        ledger: Ledger,
        *,
        memory: RunMemory | None,
        weights: Weights,
        seed: int,
        stopwatch: Stopwatch | None = None,
    ) -> None:
        self._candidate = candidate
        self._verifier = verifier
        self._ledger = ledger
        self._memory = memory
        self._weights = weights
        self._seed = seed
        self.stopwatch = stopwatch or Stopwatch()

    async def probe(
        self,
        phase: str,
        step: int,
        groups: Sequence[Group],
        *,
        questioner: str,
        prompt: str,
        first_group: int = 0,
    ) -> StepResult:
        """Probe all groups of a step and store them.

        prompt:      what was asked with, where a group says nothing else.
        first_group: number of the first group, where an evaluation is stored in several parts.
        Raises BudgetSpent, ModelError, ImagesError or LedgerError; then nothing of the step is stored but
        paid calls.
        """
        images = [group.image for group in groups for _ in group.questions]
        texts = [question for group in groups for question in group.questions]
        prompts = [told for group in groups for told in group.prompts or [prompt] * len(group.questions)]
        answers, verdicts = await self._judged(images, texts)
        with self.stopwatch.stage("novelty"):
            terms = self._terms(groups, verdicts)
        probes = [
            Probe(
                phase=phase,
                step=step,
                group=first_group + group,
                member=member,
                image_id=images[index].id,
                question=Question(texts[index], questioner, prompts[index]),
                answer=answers[index],
                verdict=verdicts[index],
                rewards=terms[index],
                reward=weighted(terms[index], self._weights),
                seed=self._seed,
            )
            for index, (group, member) in enumerate(_places(groups))
        ]
        with self.stopwatch.stage("record"):
            self._ledger.add_images(group.image for group in groups)
            self._ledger.add_probes(probes)
        with self.stopwatch.stage("novelty"):
            new = self._memory.remember(probes) if self._memory is not None else 0
        return StepResult(probes, new)

    async def again(self, step: Sequence[Probe], retried: Mapping[int, str]) -> list[Probe]:
        """Ask the candidate and the verifier again about some probes of a stored step, and store what is new.

        step:    all probes of it, by group and member; the run's memory must stand where it stood before them.
        retried: place in `step` -> the question, which is asked anew where it had never come.
        Gives the step as it now stands, which joins the memory. What fails again stays as it was. Raises as `probe`.
        """
        places = sorted(retried)
        images = {identity: self._ledger.image(identity) for identity in {probe.image_id for probe in step}}
        texts = [retried[place] for place in places]
        answers, verdicts = await self._judged([images[step[place].image_id] for place in places], texts)
        renewed = list(step)
        for place, text, answer, verdict in zip(places, texts, answers, verdicts, strict=True):
            question = replace(step[place].question, text=text)
            renewed[place] = replace(step[place], question=question, answer=answer, verdict=verdict)
        groups = [
            Group(images[probes[0].image_id], tuple(probe.question.text for probe in probes))
            for _, group in groupby(renewed, key=lambda probe: probe.group)
            for probes in [list(group)]
        ]
        terms = self._terms(groups, [probe.verdict for probe in renewed])
        better = [place for place in places if not renewed[place].lost]
        for place in places:
            reward = weighted(terms[place], self._weights)
            scored = replace(renewed[place], rewards=terms[place], reward=reward)
            renewed[place] = scored if place in better else step[place]
        self._ledger.replace_probes([renewed[place] for place in better])
        if self._memory is not None:
            self._memory.remember(renewed)
        return renewed

    async def _judged(
        self, images: list[Image], texts: list[str]
    ) -> tuple[list[Answer | None], list[Verdict]]:
        screened = await self._screened(images, texts)
        open_ = [index for index, verdict in enumerate(screened) if verdict is None]
        open_images, open_texts = [images[i] for i in open_], [texts[i] for i in open_]
        with self.stopwatch.stage("answer"):
            open_answers = await self._candidate.answer(open_images, open_texts)
        with self.stopwatch.stage("verify"):
            open_verdicts = await self._verifier.verify(open_images, open_texts, open_answers)
        answers: list[Answer | None] = [None] * len(texts)
        verdicts = dict(enumerate(screened))
        for index, answer, verdict in zip(open_, open_answers, open_verdicts, strict=True):
            answers[index] = answer
            verdicts[index] = verdict
        return answers, [verdict for _, verdict in sorted(verdicts.items()) if verdict is not None]

    async def _screened(self, images: list[Image], texts: list[str]) -> list[Verdict | None]:
        """What the verifier says before anybody answers; a question that never came is not put to it."""
        came = [index for index, text in enumerate(texts) if not isinstance(text, Unasked)]
        with self.stopwatch.stage("verify"):
            said = await self._verifier.screen([images[i] for i in came], [texts[i] for i in came])
        screened: list[Verdict | None] = [
            Verdict(None, None, None, NOT_ASKED, text.reason) if isinstance(text, Unasked) else None
            for text in texts
        ]
        for index, verdict in zip(came, said, strict=True):
            screened[index] = verdict
        return screened

    def _terms(self, groups: Sequence[Group], verdicts: list[Verdict]) -> list[Terms]:
        if self._memory is None:
            zeros = [0.0] * len(verdicts)
            return [
                terms | {name: None for name in TERMS if name != "failure"}
                for terms in group_terms(verdicts, zeros, zeros, zeros)
            ]
        verdicts_P_G = []
        start = 0
        for group in groups:
            verdicts_P_G.append(verdicts[start : start + len(group.questions)])
            start += len(group.questions)
        return self._memory.terms([group.questions for group in groups], verdicts_P_G)


def _places(groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    """(group, member) of each question, in order."""
    for index, group in enumerate(groups):
        for member in range(len(group.questions)):
            yield index, member


def _composition(verdict: Verdict) -> Composition | None:
    """What a valid question needs; None for any other, and where the verifier does not know skills."""
    return (verdict.skills or None) if verdict.valid is True else None
