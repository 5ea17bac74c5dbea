"""a taught questioner -> one that asks what it can see: reinforced by the exact oracle, under base and skill prompts.

    each step:  P images x (skill prompts, now and then the base prompt) x G sampled questions ─► oracle
                ─► advantages within each group ─► one update, beside imitation of the grammar, which keeps it broad

The reward is 1 for a valid question, less what it leaves out of the skills that its prompt named; under the base prompt
a bonus for compositions that are seldom asked takes their place. Advantages are the reward less the group's mean, over
a constant, not over the group's own deviation as in GRPO (Liu et al. 2025, "Understanding R1-Zero-like training"):
where no question of a group obeys its prompt, being valid must not be worth as much as obeying is elsewhere.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from mini.dense import to_pixels
from mini.loop import Figures, loop
from mini.packed import PackedModel
from mini.packing import Segment, collate
from mini.questioner import (
    asking_segments,
    base_prompt,
    begin_from,
    draw_skills,
    held_out_quality,
    sample_questions,
)
from mini.training import World, seeing_model
from scotoma.novelty.compositions import CompositionMemory
from scotoma.questioners.prompts import for_skills
from scotoma.rewards import composition_bonus
from scotoma.tabletop.oracle import Ruling, ask
from scotoma.tabletop.scene import Scene

GROUP = 8
SPREAD = 0.4
"""What advantages are divided by: about the deviation of a group half of which obeys."""
BASE_SHARE = 0.4
"""Images that are asked about under the base prompt too, which is learned soonest."""
IMITATED = 4
"""Questions of the grammar that are imitated beside each image's own."""
IMITATION = 0.1
"""Weight of imitating the grammar beside practising."""
RARITY = 0.2
"""Largest bonus under the base prompt, for a composition that nobody has asked lately; valid alone is worth 0.6."""
HALF_LIFE = 300
"""Questions under the base prompt after which the memory of the compositions asked has halved."""


@dataclass(frozen=True)
class Group:
    """One prompt about one image, of which GROUP questions are asked."""

    row: int
    prompt: str
    named: frozenset[str]

    def rewards(self, questions: Sequence[str], scene: Scene, memory: CompositionMemory) -> list[float]:
        """What each question earns; the memory takes in the compositions asked under the base prompt."""
        rulings = [ask(question, scene) for question in questions]
        if self.named:
            return [self._obeying(ruling) for ruling in rulings]
        asked = [ruling.skills if ruling.valid else None for ruling in rulings]
        bonus = composition_bonus(asked, memory.recent, "share")
        memory.remember(skills for skills in asked if skills is not None)
        return [
            0.6 + RARITY * rare if ruling.valid else 0.0 for ruling, rare in zip(rulings, bonus, strict=True)
        ]

    def _obeying(self, ruling: Ruling) -> float:
        if not ruling.valid:
            return 0.0
        missing = len(self.named - set(ruling.skills)) / len(self.named)
        return 1.0 if not missing else 0.1 + 0.2 * (1.0 - missing)


def advantages(rewards: list[float]) -> list[float]:
    """(reward - mean) / SPREAD of a group."""
    values = np.array(rewards)
    return [float(value) for value in (values - values.mean()) / SPREAD]


@dataclass(frozen=True)
class Exercise:
    """Images (rows of the world), the groups to ask about them, and what is imitated beside, by row."""

    rows: NDArray[np.intp]
    groups: list[Group]
    taught: dict[int, list[Segment]]
    seed: int


def exercise(world: World, options: argparse.Namespace, step: int) -> Exercise:
    """Two skill prompts for every image of a step, and the base prompt for some."""
    rng = np.random.default_rng((options.seed, step))
    seed = int(rng.integers(2**31))
    rows = rng.choice(len(world.texts), options.batch, replace=False)
    groups: list[Group] = []
    for row in map(int, rows):
        for _ in range(2):
            named = draw_skills(rng)
            groups.append(Group(row, for_skills(named), frozenset(named)))
        if rng.random() < BASE_SHARE:
            groups.append(Group(row, base_prompt(rng), frozenset()))
    taught = {
        row: asking_segments(world.train.scenes[row], world.packer, rng, IMITATED, 0.1)
        for row in map(int, rows)
    }
    return Exercise(rows, groups, taught, seed)


def asked_in(model: PackedModel, world: World, groups: Sequence[Group]) -> list[list[str]]:
    """GROUP sampled questions for each group."""
    many = [group for group in groups for _ in range(GROUP)]
    pixels = world.train.pixels[[group.row for group in many]]
    questions = sample_questions(model, pixels, [group.prompt for group in many], world.packer)
    return [questions[at : at + GROUP] for at in range(0, len(questions), GROUP)]


def practice_loss(
    model: PackedModel, world: World, work: Exercise, asked: list[list[str]], rewards: list[list[float]]
) -> torch.Tensor:
    """Policy gradient, a mean over the words asked, and the weighted imitation of the grammar's."""
    packer, said = world.packer, 0
    own: dict[int, list[tuple[str, str, float]]] = {int(row): [] for row in work.rows}
    for group, questions, earned in zip(work.groups, asked, rewards, strict=True):
        for question, advantage in zip(questions, advantages(earned), strict=True):
            said += len(packer.tokens(question)) + 1
            if abs(advantage) > 1e-6:
                own[group.row].append((group.prompt, question, advantage))
    shown = sum(weight for row in work.taught.values() for segment in row for weight in segment.weights)
    packed = [
        [packer.segment(prompt, question, 0.0, share / said) for prompt, question, share in own[row]]
        + [segment.weighing(IMITATION / shown) for segment in work.taught[row]]
        for row in own
    ]
    batch = collate(packed).to(model.llava.device)
    logits, _ = model(to_pixels(world.train.pixels[work.rows], model.side).to(model.llava.device), batch)
    return (functional.cross_entropy(logits, batch.targets, reduction="none") * batch.weights).sum()


def practise(world: World, options: argparse.Namespace) -> None:
    """Practise until `options.steps`; goes on from a checkpoint if there is one, its memory of what is rare afresh."""
    model = seeing_model(world, options)
    memory = CompositionMemory(HALF_LIFE)

    def backward(work: Exercise) -> dict[str, Figures]:
        torch.manual_seed(work.seed)
        asked = asked_in(model, world, work.groups)
        rewards = [
            group.rewards(questions, world.train.scenes[group.row], memory)
            for group, questions in zip(work.groups, asked, strict=True)
        ]
        practice_loss(model, world, work, asked, rewards).backward()  # type: ignore[no-untyped-call]
        return {"reward": torch.tensor(rewards).flatten()}

    loop(
        model,
        options,
        begin=lambda: begin_from(options, model),
        draw=lambda step: exercise(world, options, step),
        backward=backward,
        evaluate=lambda: held_out_quality(model, world),
        warmup=20,
    )
