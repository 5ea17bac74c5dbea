"""TRL's completions -> probes -> one reward function a term: each generation batch is probed once.

TRL calls every reward function with the same completions. The first call probes them all; the others read its
result.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scotoma.images.split import Split
from scotoma.probing import TRAIN, Group, Prober
from scotoma.records import Probe
from scotoma.rewards import TERMS, Terms
from scotoma.training.metrics import probe_metrics

RewardFunction = Callable[..., list[float | None]]


@dataclass(frozen=True, slots=True)
class ProbedStep:
    """A probed generation batch. began_s, ended_s: `time.perf_counter()` around the probing."""

    step: int
    terms: list[Terms]
    metrics: dict[str, float]
    began_s: float
    ended_s: float


class RewardBridge:
    """Makes the reward functions of a trainer.

    group_size: G, rows of one image that follow one another.
    """

    def __init__(
        self,
        prober: Prober,
        split: Split,
        *,
        group_size: int,
        questioner: str,
        prompt: str,
        compositions: Callable[[], int],
    ) -> None:
        self._prober = prober
        self._split = split
        self._group_size = group_size
        self._questioner = questioner
        self._prompt = prompt
        self._compositions = compositions
        self._key: tuple[Any, ...] | None = None
        self.last: ProbedStep | None = None

    def functions(self) -> list[RewardFunction]:
        """One function for each term, in the order of TERMS, named after it."""
        return [self._function(term) for term in TERMS]

    def _function(self, term: str) -> RewardFunction:
        def reward(
            completions: list[list[dict[str, str]]], position: list[int], trainer_state: Any, **_: Any
        ) -> list[float | None]:
            texts = [completion[0]["content"] for completion in completions]
            probed = self._probed(int(trainer_state.global_step) + 1, position, texts)
            return [terms[term] for terms in probed.terms]

        reward.__name__ = term
        return reward

    def _probed(self, step: int, positions: Sequence[int], texts: Sequence[str]) -> ProbedStep:
        """step: the optimiser step, from 1, that these questions will feed."""
        key = (step, tuple(positions), tuple(texts))
        if self.last is None or key != self._key:
            self.last = self._probe(step, positions, texts)
            self._key = key
        return self.last

    def _probe(self, step: int, positions: Sequence[int], texts: Sequence[str]) -> ProbedStep:
        began_s = time.perf_counter()
        groups = self._groups(positions, texts)
        result = asyncio.run(
            self._prober.probe(TRAIN, step, groups, questioner=self._questioner, prompt=self._prompt)
        )
        metrics = probe_metrics(result.probes)
        metrics |= {"new_compositions": result.new_compositions, "compositions": self._compositions()}
        terms = [_terms(probe) for probe in result.probes]
        return ProbedStep(step, terms, metrics, began_s, time.perf_counter())

    def _groups(self, positions: Sequence[int], texts: Sequence[str]) -> list[Group]:
        groups = []
        for start in range(0, len(texts), self._group_size):
            end = start + self._group_size
            if len(set(positions[start:end])) != 1 or end > len(texts):
                raise AssertionError("the trainer's rows do not come in whole groups of one image")
            image = self._split.discover(positions[start])
            groups.append(Group(image, tuple(text.strip() for text in texts[start:end])))
        return groups


def _terms(probe: Probe) -> Terms:
    return {term: probe.rewards[term] for term in TERMS}
