"""DiscoverConfig -> a run: images split, a questioner trained or asked, then compared on held-out images.

    open source, candidate, verifier ─► discover (grpo | static | random) ─► evaluate beside baselines ─►
    RunSummary

Every part goes on where an earlier sitting was stopped, so that `resume` is `discover` on a run that exists.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scotoma.analysis.summary import Summary, summarise
from scotoma.candidate import Answerer, Candidate, answerer_from_spec
from scotoma.config import DiscoverConfig, load_config
from scotoma.environment import environment
from scotoma.errors import SpecError
from scotoma.images.folder import FolderSource
from scotoma.images.source import ImageSource
from scotoma.images.split import Split
from scotoma.images.tabletop import TabletopSource
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.novelty import NoveltyMemory, embedder, self_bleu
from scotoma.probing import TRAIN, Prober, RunMemory
from scotoma.questioners.opening import (
    Weights,
    load_questioner,
    prompt_from_spec,
    questioner_from_spec,
    weights_from_spec,
)
from scotoma.questioners.policy import FINAL
from scotoma.questioners.protocol import Questioner
from scotoma.questioners.random import RandomQuestioner
from scotoma.rewards import Weights as RewardWeights
from scotoma.specs import Tabletop, parse_images
from scotoma.training.checkpoints import last_whole
from scotoma.training.evaluate import collect, evaluate
from scotoma.training.grpo import GrpoSettings, Start, train
from scotoma.training.progress import Progress, Silent
from scotoma.verifiers.exact import ExactVerifier
from scotoma.verifiers.protocol import Verifier

DEFAULT_STEPS = 100
"""Steps of a run without a limit on calls."""

TRAINING_CALLS = "candidate"
EVALUATION_CALLS = "candidate:evaluation"
"""Under what the ledger files the calls of the two parts, so that each keeps to its budget after a resume."""

_EVALUATION_SEED = 1_000_003


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to.

    steps:     steps of discovery made.   calls: candidate calls paid, in all sittings.
    minutes:   of this sitting.
    self_bleu: by phase, over chunks of 64 questions in the order asked; phases of one question are left out.
    """

    run_dir: Path
    engine: str
    steps: int
    calls: int
    minutes: float
    figures: Summary
    self_bleu: Mapping[str, float]


def discover(config: DiscoverConfig, *, progress: Progress | None = None) -> RunSummary:
    """Start a run in `config.out` and take it to its end. Raises ScotomaError; what was done stays
    resumable."""
    source = open_source(config.images)
    try:
        seeds = {"seed": config.seed, "evaluation": config.seed + _EVALUATION_SEED}
        with Ledger.create(Path(config.out), config.model_dump(), environment(seeds)) as ledger:
            return _Run(config, ledger, source, progress or Silent()).go()
    finally:
        source.close()


def resume(
    run_dir: Path,
    *,
    max_calls: int | None = None,
    max_minutes: float | None = None,
    steps: int | None = None,
    progress: Progress | None = None,
) -> RunSummary:
    """Go on with a run from its last checkpoint, and finish it.

    max_calls, max_minutes, steps: in place of those that the run was started with. Raises ScotomaError.
    """
    with Ledger.open(Path(run_dir)) as ledger:
        given = {"max_calls": max_calls, "max_minutes": max_minutes, "steps": steps}
        config = load_config(flags=ledger.config() | {name: value for name, value in given.items() if value})
        source = open_source(config.images)
        try:
            return _Run(config, ledger, source, progress or Silent()).go()
        finally:
            source.close()


def open_source(images: str) -> ImageSource:
    """The image source that IMAGES names. Raises SpecError, ImagesError."""
    spec = parse_images(images)
    if isinstance(spec, Tabletop):
        return TabletopSource(spec.n, spec.seed, spec.size)
    return FolderSource(Path(spec.path))


class _Run:
    """One sitting of a run."""

    def __init__(
        self, config: DiscoverConfig, ledger: Ledger, source: ImageSource, progress: Progress
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._source = source
        self._progress = progress
        self._checkpoints = ledger.run_dir / "checkpoints"
        # A tabletop stream is random already and is rendered ahead in its own order.
        shuffle = None if isinstance(source, TabletopSource) else config.seed
        self._split = Split(source, config.held_out_share, shuffle)
        self._questions = config.images_per_step * config.group_size
        self._evaluated = ("trained", "untrained", "random") if config.engine == "grpo" else (config.engine,)
        self._weights = RewardWeights(config.w_fail, config.w_sem, config.w_lex, config.w_mix)

    def go(self) -> RunSummary:
        start_s = time.monotonic()
        evaluation_calls = self._evaluation_calls()
        discovery_calls = self._discovery_calls(evaluation_calls)
        verifier = ExactVerifier()
        verifier.require(self._split.discover(0))
        config = self._config
        answerer = answerer_from_spec(
            config.candidate,
            self._source,
            template=config.candidate_prompt,
            answer_tokens=config.answer_tokens,
        )
        steps = self._discover(answerer, verifier, discovery_calls)
        self._evaluate(answerer, verifier, evaluation_calls)
        return self._summary(steps, (time.monotonic() - start_s) / 60.0)

    # ---- discovery ---------------------------------------------------------------------------------------

    def _discover(self, answerer: Answerer, verifier: Verifier, max_calls: int | None) -> int:
        config = self._config
        steps = config.steps or (max(1, max_calls // self._questions) if max_calls else DEFAULT_STEPS)
        done = self._rewind()
        memory = self._memory()
        spent = self._ledger.call_count(TRAINING_CALLS)
        budget = Budget(max_calls, config.max_minutes, calls_so_far=spent)
        candidate = Candidate(answerer, self._ledger, budget, role=TRAINING_CALLS)
        prober = Prober(
            candidate, verifier, self._ledger, memory=memory, weights=self._weights, seed=config.seed
        )
        if config.engine == "grpo":
            return self._train(prober, memory, budget, steps, done)
        return asyncio.run(
            collect(
                self._questioner(config.engine),
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
        memory = RunMemory(novelty, config.mix_formula)
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

    def _evaluate(self, answerer: Answerer, verifier: Verifier, max_calls: int) -> None:
        config = self._config
        if not config.eval_images:
            return
        images = self._split.held_out(config.eval_images)
        spent = self._ledger.call_count(EVALUATION_CALLS)
        budget = Budget(max_calls, calls_so_far=spent)
        candidate = Candidate(answerer, self._ledger, budget, role=EVALUATION_CALLS)
        prober = Prober(
            candidate, verifier, self._ledger, memory=None, weights=self._weights, seed=config.seed
        )
        for name in self._evaluated:
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
                    seed=config.seed + _EVALUATION_SEED,
                    progress=self._progress,
                )
            )

    def _questioner(self, name: str) -> Questioner:
        """A frozen questioner: random, trained, or (untrained, static) the one that the configuration
        names."""
        config = self._config
        if name == "random":
            return RandomQuestioner()
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

    # ---- budget and summary --------------------------------------------------------------------------------

    def _evaluation_calls(self) -> int:
        """Calls that the evaluation may need."""
        return self._config.eval_images * self._config.eval_questions * len(self._evaluated)

    def _discovery_calls(self, evaluation_calls: int) -> int | None:
        """What the budget leaves for discovery. Raises SpecError if that is less than one step."""
        if self._config.max_calls is None:
            return None
        left = self._config.max_calls - evaluation_calls
        if left < self._questions:
            raise SpecError(
                f"max_calls = {self._config.max_calls} leaves {max(0, left)} calls for discovery beside "
                f"{evaluation_calls} for the evaluation, less than one step of {self._questions}: "
                "raise it, or lower eval_images, eval_questions, images_per_step or group_size"
            )
        return left

    def _summary(self, steps: int, minutes: float) -> RunSummary:
        probes = list(self._ledger.probes())
        figures = summarise(probes, seed=self._config.seed)
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
        )
