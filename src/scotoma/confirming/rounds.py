"""Claims + fresh images -> probes of phase "confirm", round after round, until all is decided or the budget is spent.

    standings ─► plan (calls go where a claim is least certain yet decidable) ─► two questions an image ─► Prober
              ─► ledger ─► observations ─► standings ...

A round is stored whole or not at all, and what is stored is what was observed: a run that was killed goes on from it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from scotoma.analysis.figures import scored
from scotoma.analysis.sequential import Confirmation, Standing, beside, plan
from scotoma.analysis.statistics import Interval, sums_by_image, wilson_interval
from scotoma.analysis.summary import CONFIRMATION
from scotoma.confirming.claims import ModeClaim, Outcome
from scotoma.confirming.fresh import FreshPair, fresh_pair
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.probing import Group, Prober
from scotoma.questioners.random import require_scene
from scotoma.records import Image, Probe
from scotoma.training.progress import Progress

CONFIRM = CONFIRMATION
"""The phase of fresh questions; step = round, group = pair of questions in it, member 0 = of the mode, 1 = its part."""

QUESTIONER = "grammar"
"""What its probes are filed under."""

ROUND_CALLS = 64
"""Candidate calls between two looks at the evidence."""

FRUITLESS = 60
"""Images in a row on which a claim has no question, after which it is left alone."""

_OF = re.compile(r"claim (\d+), image (\d+), (?:mode|part): ")


@dataclass
class Trial:
    """What one claim has seen. walked: images looked at. closed: are there no more questions of it to be found?"""

    claim: ModeClaim
    walked: int = 0
    closed: bool = False
    pairs: list[tuple[Probe, Probe]] = field(default_factory=list)

    def outcome(self, at: Standing) -> Outcome:
        """Where the claim stands."""
        judged = [pair for pair in self.pairs if all(map(scored, pair))]
        return Outcome(
            claim=self.claim,
            state=at.state,
            images=at.images,
            rate=_rate([mode for mode, _ in judged]),
            part=_rate([part for _, part in judged]),
            e_confirm=at.e_confirm,
            e_refute=at.e_refute,
            needed=at.needed,
            calls_left=at.calls_left,
            askable=len(self.pairs) / self.walked if self.walked else 0.0,
        )


class Rounds:
    """A confirmation under way.

    image_at: position -> fresh image, the same for every claim; None past the last one.
    budget:   of the prober's candidate.  limit: candidate calls that it may come to.
    alpha:    the chance that any claim at all is ever decided wrongly.
    """

    def __init__(
        self,
        claims: Sequence[ModeClaim],
        prober: Prober,
        ledger: Ledger,
        image_at: Callable[[int], Image | None],
        budget: Budget,
        *,
        limit: int,
        alpha: float,
        seed: int,
    ) -> None:
        self._prober, self._ledger, self._image_at, self._budget = prober, ledger, image_at, budget
        self._limit, self._seed = limit, seed
        self._test = Confirmation([claim.to_test() for claim in claims], alpha=alpha)
        self.trials = [Trial(claim) for claim in claims]
        self._round = 0
        for _, probes in groupby(ledger.probes(CONFIRM), key=lambda probe: probe.step):
            self._take_in(list(probes))

    async def run(self, progress: Progress) -> None:
        """Ask until nothing more can be decided with what is left of the budget.

        Raises BudgetSpent, ModelError, ImagesError or LedgerError; whole rounds stay.
        """
        progress.begin("confirm", len(self.trials), self._decided())
        try:
            while any(wanted := self._wanted()):
                groups = list(self._groups(wanted))
                if not groups:
                    continue  # the claims that found no question are closed now
                done = self._decided()
                told = await self._prober.probe(
                    CONFIRM, self._round + 1, groups, questioner=QUESTIONER, prompt=""
                )
                self._take_in(told.probes)
                progress.advance(self._decided() - done, {"calls": self._budget.calls})
        finally:
            progress.end()

    def outcomes(self) -> tuple[Outcome, ...]:
        """How the claims stand, in their order."""
        return tuple(trial.outcome(at) for trial, at in zip(self.trials, self._test.standings(), strict=True))

    def _decided(self) -> int:
        return sum(at.state != "undecided" for at in self._test.standings())

    def _wanted(self) -> tuple[int, ...]:
        """Pairs to ask next about each claim; all zeros: nothing more can be decided."""
        standings = [
            replace(at, calls_at_best=None) if trial.closed else at
            for trial, at in zip(self.trials, self._test.standings(), strict=True)
        ]
        left = self._limit - self._budget.calls
        return plan(standings, budget_calls=left, round_calls=ROUND_CALLS)

    def _groups(self, wanted: Sequence[int]) -> Iterator[Group]:
        for number, (trial, pairs) in enumerate(zip(self.trials, wanted, strict=True)):
            worse = [other.claim for other in self.trials[:number]]
            for position, image, pair in self._found(trial, worse, pairs):
                head = f"claim {number}, image {position}"
                told = (
                    f"{head}, mode: {trial.claim.name}",
                    f"{head}, part: {' + '.join(trial.claim.nearest) or 'anything else'}",
                )
                yield Group(image, (pair.mode, pair.part), told)

    def _found(
        self, trial: Trial, worse: Sequence[ModeClaim], pairs: int
    ) -> Iterator[tuple[int, Image, FreshPair]]:
        """The next pairs of questions of a claim; closes it where there are no more.

        A mode was found apart from the questions of those ranked before it, and is tested apart from them.
        """
        fruitless = 0
        while pairs and not trial.closed:
            image = self._image_at(trial.walked)
            if image is None or fruitless == FRUITLESS:
                trial.closed = True
                return
            rng = random.Random(f"{self._seed}:{image.id}:{trial.claim.name}")
            pair = fresh_pair(trial.claim, worse, require_scene(image), rng)
            trial.walked += 1
            fruitless = 0 if pair else fruitless + 1
            if pair is not None:
                pairs -= 1
                yield trial.walked - 1, image, pair

    def _take_in(self, probes: Sequence[Probe]) -> None:
        """Observe the probes of a round."""
        self._round = max(self._round, probes[0].step)
        for number, position, mode, part in _observed(probes):
            trial = self.trials[number]
            trial.walked = max(trial.walked, position + 1)
            trial.pairs.append((mode, part))
            share = _observed_share(mode, part)
            if share is not None:
                self._test.observe(number, share)


def observations(ledger: Ledger) -> Iterator[tuple[int, Probe, Probe, float | None]]:
    """What a confirmation has asked, in order: index of the claim, its two probes, and what was observed.

    None: no observation, since one of them could not be judged.
    """
    for number, _, mode, part in _observed(ledger.probes(CONFIRM)):
        yield number, mode, part, _observed_share(mode, part)


def _observed_share(mode: Probe, part: Probe) -> float | None:
    if not (scored(mode) and scored(part)):
        return None
    return beside(float(mode.verdict.failure), float(part.verdict.failure))


def _observed(probes: Iterable[Probe]) -> Iterator[tuple[int, int, Probe, Probe]]:
    """Index of the claim, position of the image, and the two probes of each pair."""
    for _, group in groupby(probes, key=lambda probe: (probe.step, probe.group)):
        mode, part = group
        found = _OF.match(mode.question.prompt)
        assert found is not None  # written by `_groups`
        yield int(found[1]), int(found[2]), mode, part


def _rate(probes: Sequence[Probe]) -> Interval | None:
    """One question an image: Wilson's interval is the clustered one."""
    _, (hits_C, trials_C) = sums_by_image(
        [probe.image_id for probe in probes],
        [float(probe.verdict.failure) for probe in probes],
        [1.0] * len(probes),
    )
    return wilson_interval(hits_C, trials_C)
