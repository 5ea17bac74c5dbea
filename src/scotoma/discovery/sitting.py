"""Opened + Ledger -> one sitting of a run: discovery from where the last one stopped, then the evaluation."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from scotoma.analysis.agreement import Agreement
from scotoma.analysis.conditions import conditions_on
from scotoma.analysis.summary import Summary, summarise
from scotoma.candidate import CANDIDATE_CALLS, EVALUATION_CALLS, TRAINING_CALLS, Candidate
from scotoma.config import DiscoverConfig
from scotoma.confirming.claims import Outcome
from scotoma.confirming.kept import outcomes_in
from scotoma.discovery.again import ask_again
from scotoma.discovery.asking import open_questioner
from scotoma.discovery.budgets import (
    discovery_budget,
    discovery_share,
    evaluated,
    evaluation_budget,
    money_budget,
    planned_steps,
    verifier_budget,
)
from scotoma.discovery.confirmation import confirm
from scotoma.discovery.opened import Opened
from scotoma.discovery.second import judge_again
from scotoma.errors import BudgetSpent
from scotoma.images.split import SplitFigures
from scotoma.ledger import Ledger, Spent
from scotoma.models.guard import Budget
from scotoma.novelty import NoveltyMemory, embedder, self_bleu
from scotoma.probing import TRAIN, Prober, RunMemory
from scotoma.questioners.opening import prompt_from_spec, weights_from_spec
from scotoma.questioners.protocol import Questioner
from scotoma.questioners.told import ToldQuestioner
from scotoma.records import Probe
from scotoma.rejudging import agreement_in
from scotoma.rewards import Weights as RewardWeights
from scotoma.training.checkpoints import last_whole
from scotoma.training.evaluate import collect, evaluate
from scotoma.training.grpo import GrpoSettings, Start, train
from scotoma.training.progress import Progress
from scotoma.verifiers.opening import SECOND_CALLS, VERIFIER_CALLS

_log = logging.getLogger(__name__)

IMAGES_SEEN = "images"
"""The ledger's state that says how far the image source was walked, and what was skipped."""

EVALUATION_SEED = 1_000_003
"""Added to a run's seed for the questions of its evaluation."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to.

    steps:     steps of discovery made.
    calls, verifier_calls: calls of the candidate and of the verifier paid, in all sittings.
    minutes:   of this sitting.
    self_bleu: by phase, over chunks of 64 questions in the order asked; phases of one question are left out.
    seen:      the images of this sitting; also in the ledger, as state IMAGES_SEEN.
    spent:     what all models came to, in all sittings.
    stopped:   why evaluation, second opinion or confirmation are not whole, if a budget ran out.
    outcomes:  how the run's claims came out, as far as they were tested.
    second, second_calls: what the second verifier says of a sample, if there is one, and its calls paid.
    retried:   where probes with failed calls were asked again: how many, and how many of them are no longer lost.
    """

    run_dir: Path
    engine: str
    steps: int
    calls: int
    minutes: float
    figures: Summary
    self_bleu: Mapping[str, float]
    spent: Spent = field(default_factory=Spent)
    stopped: str | None = None
    retried: tuple[int, int] | None = None
    verifier_calls: int = 0
    outcomes: tuple[Outcome, ...] = ()
    second: Agreement | None = None
    second_calls: int = 0
    seen: SplitFigures | None = None


class Sitting:
    """One sitting of a run."""

    def __init__(self, config: DiscoverConfig, ledger: Ledger, opened: Opened, progress: Progress) -> None:
        self._config = config
        self._ledger = ledger
        self._source = opened.source
        self._opened = opened
        self._split = opened.split
        self._progress = progress
        self._checkpoints = ledger.run_dir / "checkpoints"
        self._weights = RewardWeights(config.w_fail, config.w_sem, config.w_lex, config.w_mix)

    def go(self) -> RunSummary:
        """Discovery, then evaluation and confirmation; each from where it stopped."""
        start_s = time.monotonic()
        steps = self._discover()
        if steps:
            # What earlier sittings walked belongs to the run's figures of its images.
            self._split.discover(steps * self._config.images_per_step - 1)
        stopped = None
        try:
            self._evaluate()
            judge_again(self._config, self._ledger, self._opened, self._progress)
            confirm(self._config, self._ledger, self._opened, self._progress)
        except BudgetSpent as spent:
            stopped = str(spent)
        return self._summary(steps, start_s, stopped=stopped)

    def confirm(self, calls: int | None) -> RunSummary:
        """Nothing but the confirmation, within so many calls in all."""
        start_s = time.monotonic()
        stopped = None
        try:
            confirm(self._config, self._ledger, self._opened, self._progress, calls=calls)
        except BudgetSpent as spent:
            stopped = str(spent)
        steps = max((probe.step for probe in self._ledger.probes(TRAIN)), default=0)
        return self._summary(steps, start_s, stopped=stopped)

    def ask_again(self) -> RunSummary:
        """Ask again what failed calls left unscorable, and nothing else. Discovery that learned is left as it was."""
        start_s = time.monotonic()
        phases = [f"eval:{name}" for name in evaluated(self._config)]
        if self._config.engine in ("static", "random"):
            phases.insert(0, TRAIN)
        retried, scored = asyncio.run(self._asked_again(phases))
        steps = max((probe.step for probe in self._ledger.probes(TRAIN)), default=0)
        return self._summary(steps, start_s, retried=(retried, scored))

    # ---- discovery ---------------------------------------------------------------------------------------

    def _discover(self) -> int:
        config = self._config
        steps = planned_steps(config)
        done = self._rewind()
        memory = self._memory(self._ledger.probes(TRAIN))
        money = money_budget(config, self._ledger, discovery_share(config))
        budget = discovery_budget(config, self._ledger, money)
        prober = self._prober(TRAINING_CALLS, budget, money, memory)
        if config.engine == "grpo":
            return self._train(prober, memory, budget, steps, done)
        return asyncio.run(
            collect(
                self._questioner(config.engine, money, exploring=True),
                prober,
                self._ledger,
                self._split.discover,
                steps=steps,
                images_per_step=config.images_per_step,
                questions_per_image=config.group_size,
                first_step=done + 1,
                distinct_compositions=lambda: len(memory.compositions),
                room=budget.room_for,
                calls=lambda: budget.calls,
                seed=config.seed,
                progress=self._progress,
            )
        )

    def _prober(self, role: str, budget: Budget, money: Budget, memory: RunMemory | None) -> Prober:
        return Prober(
            Candidate(self._opened.answerer, self._ledger, budget, role=role),
            self._opened.verifier.bind(self._ledger, verifier_budget(self._ledger, money)),
            self._ledger,
            memory=memory,
            weights=self._weights,
            seed=self._config.seed,
        )

    def _rewind(self) -> int:
        """Set the ledger back to where discovery goes on, and give that step."""
        if self._config.engine == "grpo":
            checkpoint = last_whole(self._checkpoints)
            done = checkpoint[0] if checkpoint else 0
        else:
            # A step's metrics are stored last. One that has none was killed before them: it is made again, of stored
            # calls.
            done = max((entry.step for entry in self._ledger.metrics()), default=0)
        self._ledger.drop_after(done)
        return done

    def _memory(self, probes: Iterable[Probe]) -> RunMemory:
        """The run's memory after these probes."""
        config = self._config
        novelty = NoveltyMemory(embedder(config.embedder), capacity=config.memory, seed=config.seed)
        memory = RunMemory(novelty, config.mix_formula, config.mix_right, config.mix_half_life)
        memory.remember(probes)
        return memory

    def _train(self, prober: Prober, memory: RunMemory, budget: Budget, steps: int, done: int) -> int:
        config = self._config
        weights = weights_from_spec(config.questioner)
        if done >= steps and (self._checkpoints / "final").is_dir():
            return done
        return train(
            Start(config.questioner, weights.source, weights.dtype, weights.device),
            prober,
            self._ledger,
            self._split,
            self._source,
            prompt=prompt_from_spec(config.questioner),
            settings=self._settings(steps),
            checkpoints=self._checkpoints,
            compositions=lambda: len(memory.compositions),
            room=budget.room_for,
            progress=self._progress,
        )

    def _settings(self, steps: int) -> GrpoSettings:
        config = self._config
        return GrpoSettings(
            steps=steps,
            images_per_step=config.images_per_step,
            group_size=config.group_size,
            seed=config.seed,
            weights=self._weights,
            learning_rate=config.learning_rate,
            warmup_steps=config.warmup_steps,
            decay_share=config.decay_share,
            temperature=config.temperature,
            micro_batch=config.micro_batch,
            question_tokens=config.question_tokens,
            kl_beta=config.kl_beta,
            entropy_coef=config.entropy_coef,
            loss=config.loss,
            scale_rewards=config.scale_rewards,
            tuning=config.tuning,
            lora_rank=config.lora_rank,
            checkpoint_every=config.checkpoint_every,
            use_vllm=config.use_vllm,
        )

    # ---- evaluation ----------------------------------------------------------------------------------------

    def _evaluate(self) -> None:
        config = self._config
        if not config.eval_images:
            return
        images = self._split.held_out(config.eval_images)
        if len(images) < config.eval_images:
            _log.warning(
                "%s: %d images are held out, fewer than the %d that eval_images asks for: the evaluation is smaller",
                self._source.name, len(images), config.eval_images,
            )  # fmt: skip
        money = money_budget(self._config, self._ledger)
        budget = evaluation_budget(config, self._ledger, money)
        prober = self._prober(EVALUATION_CALLS, budget, money, None)
        for name in evaluated(config):
            wanted = len(images) * config.eval_questions
            if self._ledger.probe_count(f"eval:{name}") >= wanted:
                continue
            asyncio.run(
                evaluate(
                    self._questioner(name, money),
                    prober,
                    self._ledger,
                    images,
                    name=name,
                    questions_per_image=config.eval_questions,
                    seed=config.seed + EVALUATION_SEED,
                    progress=self._progress,
                )
            )

    # ---- asking again --------------------------------------------------------------------------------------

    async def _asked_again(self, phases: Sequence[str]) -> tuple[int, int]:
        """Probes asked again, and how many of them are lost no more."""
        money = money_budget(self._config, self._ledger)
        totals = [0, 0]
        for phase in phases:
            training = phase == TRAIN
            role, limits = (
                (TRAINING_CALLS, discovery_budget) if training else (EVALUATION_CALLS, evaluation_budget)
            )
            memory = self._memory(()) if training else None
            prober = self._prober(role, limits(self._config, self._ledger, money), money, memory)
            name = self._config.engine if training else phase.removeprefix("eval:")
            counts = await ask_again(
                list(self._ledger.probes(phase)),
                prober,
                self._ledger,
                partial(self._questioner, name, money),
                memory=memory,
                seed=self._config.seed + (0 if training else EVALUATION_SEED),
                progress=self._progress,
            )
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
        return totals[0], totals[1]

    def _questioner(
        self, name: str, money: Budget, *, exploring: bool = False
    ) -> Questioner | ToldQuestioner:
        return open_questioner(name, self._config, self._ledger, self._source, money, exploring=exploring)

    # ---- summary -------------------------------------------------------------------------------------------

    def _summary(
        self,
        steps: int,
        start_s: float,
        *,
        stopped: str | None = None,
        retried: tuple[int, int] | None = None,
    ) -> RunSummary:
        probes = list(self._ledger.probes())
        conditions = conditions_on(self._ledger.images())
        figures = summarise(probes, seed=self._config.seed, conditions=conditions)
        seen = self._split.figures()
        self._ledger.set_state(IMAGES_SEEN, asdict(seen))
        texts = {
            phase.phase: [probe.question.text for probe in probes if probe.phase == phase.phase]
            for phase in figures.phases
        }
        return RunSummary(
            run_dir=self._ledger.run_dir,
            engine=self._config.engine,
            steps=steps,
            calls=sum(self._ledger.call_count(role) for role in CANDIDATE_CALLS),
            minutes=(time.monotonic() - start_s) / 60.0,
            figures=figures,
            self_bleu={phase: self_bleu(asked) for phase, asked in texts.items() if len(asked) > 1},
            seen=seen,
            spent=self._ledger.spent(),
            stopped=stopped,
            retried=retried,
            verifier_calls=self._ledger.call_count(VERIFIER_CALLS),
            outcomes=outcomes_in(self._ledger),
            second=agreement_in(self._ledger),
            second_calls=self._ledger.call_count(SECOND_CALLS),
        )
