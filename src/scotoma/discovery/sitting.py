"""Opened + Ledger -> one sitting of a run: discovery from where the last one stopped, then the evaluation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from scotoma.analysis.summary import Summary, summarise
from scotoma.candidate import Candidate
from scotoma.config import DiscoverConfig
from scotoma.discovery.opened import Opened, discovery_calls, evaluated, evaluation_calls
from scotoma.images.split import SplitFigures
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.novelty import NoveltyMemory, embedder, self_bleu
from scotoma.probing import TRAIN, Prober, RunMemory
from scotoma.questioners.opening import (
    Weights,
    asker_from_spec,
    load_questioner,
    planner_for,
    prompt_from_spec,
    questioner_from_spec,
    weights_from_spec,
)
from scotoma.questioners.policy import FINAL
from scotoma.questioners.protocol import Questioner
from scotoma.questioners.random import RandomQuestioner
from scotoma.questioners.told import ToldQuestioner
from scotoma.rewards import Weights as RewardWeights
from scotoma.training.checkpoints import last_whole
from scotoma.training.evaluate import collect, evaluate
from scotoma.training.grpo import GrpoSettings, Start, train
from scotoma.training.progress import Progress

DEFAULT_STEPS = 100
"""Steps of a run without a limit on calls."""

TRAINING_CALLS = "candidate"
EVALUATION_CALLS = "candidate:evaluation"
"""Under what the ledger files the calls of the two parts, so that each keeps to its budget after a resume."""

IMAGES_SEEN = "images"
"""The ledger's state that says how far the image source was walked, and what was skipped."""

EVALUATION_SEED = 1_000_003
"""Added to a run's seed for the questions of its evaluation."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to.

    steps:     steps of discovery made.   calls: candidate calls paid, in all sittings.
    minutes:   of this sitting.
    self_bleu: by phase, over chunks of 64 questions in the order asked; phases of one question are left out.
    seen:      the images of this sitting; also in the ledger, as state IMAGES_SEEN.
    """

    run_dir: Path
    engine: str
    steps: int
    calls: int
    minutes: float
    figures: Summary
    self_bleu: Mapping[str, float]
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
        start_s = time.monotonic()
        steps = self._discover(discovery_calls(self._config))
        self._evaluate(evaluation_calls(self._config))
        return self._summary(steps, (time.monotonic() - start_s) / 60.0)

    # ---- discovery ---------------------------------------------------------------------------------------

    def _discover(self, max_calls: int | None) -> int:
        config = self._config
        steps = config.steps or (
            max(1, max_calls // config.questions_per_step) if max_calls else DEFAULT_STEPS
        )
        done = self._rewind()
        memory = self._memory()
        spent = self._ledger.call_count(TRAINING_CALLS)
        budget = Budget(max_calls, config.max_minutes, calls_so_far=spent)
        candidate = Candidate(self._opened.answerer, self._ledger, budget, role=TRAINING_CALLS)
        prober = Prober(
            candidate,
            self._opened.verifier,
            self._ledger,
            memory=memory,
            weights=self._weights,
            seed=config.seed,
        )
        if config.engine == "grpo":
            return self._train(prober, memory, budget, steps, done)
        return asyncio.run(
            collect(
                self._questioner(config.engine, exploring=True),
                prober,
                self._ledger,
                self._split.discover,
                steps=steps,
                images_per_step=config.images_per_step,
                questions_per_image=config.group_size,
                first_step=done + 1,
                distinct_compositions=lambda: len(memory.compositions),
                room=budget.room_for,
                seed=config.seed,
                progress=self._progress,
            )
        )

    def _rewind(self) -> int:
        """Set the ledger back to where discovery goes on, and give that step."""
        if self._config.engine != "grpo":
            # A step is stored in one transaction: there is nothing half done. Its metrics follow it.
            return max((probe.step for probe in self._ledger.probes(TRAIN)), default=0)
        checkpoint = last_whole(self._checkpoints)
        done = checkpoint[0] if checkpoint else 0
        self._ledger.drop_after(done)
        return done

    def _memory(self) -> RunMemory:
        """The run's memory, rebuilt from the probes that the ledger holds."""
        config = self._config
        novelty = NoveltyMemory(embedder(config.embedder), capacity=config.memory, seed=config.seed)
        memory = RunMemory(novelty, config.mix_formula, config.mix_right, config.mix_half_life)
        memory.remember(self._ledger.probes(TRAIN))
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
        )

    # ---- evaluation ----------------------------------------------------------------------------------------

    def _evaluate(self, max_calls: int) -> None:
        config = self._config
        if not config.eval_images:
            return
        images = self._split.held_out(config.eval_images)
        spent = self._ledger.call_count(EVALUATION_CALLS)
        budget = Budget(max_calls, calls_so_far=spent)
        candidate = Candidate(self._opened.answerer, self._ledger, budget, role=EVALUATION_CALLS)
        prober = Prober(
            candidate,
            self._opened.verifier,
            self._ledger,
            memory=None,
            weights=self._weights,
            seed=config.seed,
        )
        for name in evaluated(config):
            wanted = len(images) * config.eval_questions
            if self._ledger.probe_count(f"eval:{name}") >= wanted:
                continue
            asyncio.run(
                evaluate(
                    self._questioner(name),
                    prober,
                    self._ledger,
                    images,
                    name=name,
                    questions_per_image=config.eval_questions,
                    seed=config.seed + EVALUATION_SEED,
                    progress=self._progress,
                )
            )

    def _questioner(self, name: str, *, exploring: bool = False) -> Questioner | ToldQuestioner:
        """A questioner: random, trained, told by an engine, or (untrained, static) the one that the configuration
        names. exploring: in discovery, where an engine may still try what it knows little of."""
        config = self._config
        match name:
            case "random":
                return RandomQuestioner()
            case "bandit" | "feedback":
                return self._told(name, exploring)
        if name == "trained":
            return load_questioner(
                name,
                Weights(self._ledger.run_dir / FINAL),
                self._source,
                prompt_from_spec(config.questioner),
                temperature=config.temperature,
                question_tokens=config.question_tokens,
            )
        return questioner_from_spec(
            config.questioner,
            self._source,
            name=name,
            temperature=config.temperature,
            question_tokens=config.question_tokens,
        )

    def _told(self, engine: Literal["bandit", "feedback"], exploring: bool) -> ToldQuestioner:
        """An engine that has learned all that the ledger holds of discovery."""
        config = self._config
        planner = planner_for(
            engine,
            config.questioner,
            exploring=exploring,
            support=config.settle_support,
            examples=config.feedback_examples,
        )
        planner.learn(self._ledger.probes(TRAIN))
        asker = asker_from_spec(
            config.questioner,
            self._source,
            temperature=config.temperature,
            question_tokens=config.question_tokens,
        )
        return ToldQuestioner(engine, asker, planner)

    # ---- summary -------------------------------------------------------------------------------------------

    def _summary(self, steps: int, minutes: float) -> RunSummary:
        probes = list(self._ledger.probes())
        figures = summarise(probes, seed=self._config.seed)
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
            calls=self._ledger.call_count(),
            minutes=minutes,
            figures=figures,
            self_bleu={phase: self_bleu(asked) for phase, asked in texts.items() if len(asked) > 1},
            seen=seen,
        )
