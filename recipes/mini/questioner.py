"""answering model + prompts -> a model that asks: valid questions of its own images under the base and skill prompts.

`teach` imitates the grammar: fresh valid questions for every image, under the base prompt and under prompts that name
one to three skills, each skill as often as any other. `practise` (see `mini.practice`) lets the model ask, and
reinforces what the exact oracle calls valid and what needs the skills that its prompt named: it learns what it can see.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mini.dense import to_pixels
from mini.model import IMAGE_TOKENS, build_tokenizer
from mini.packed import Mix, PackedModel, segments_of
from mini.packing import ANSWER, BOS, EOS, IMAGE, PAD, Packer, Segment
from mini.training import Task, World, common_options, load_world, run, start_from, start_from_tower
from scotoma.questioners.prompts import for_skills, load
from scotoma.records import SKILLS
from scotoma.tabletop.asking import propose
from scotoma.tabletop.language import write
from scotoma.tabletop.oracle import Ruling, ask
from scotoma.tabletop.scene import Scene

ANSWERING = Mix(questions=2, descriptions=1, listed=0.0, question_weight=0.0)
"""What it goes on answering beside: whoever names an object in a question must be able to see it."""

ADVERSARIAL_SHARE = 0.1
NAMED = ((1, 0.45), (2, 0.45), (3, 0.1))
"""How many skills a prompt names, and how often."""
PROPOSALS = 4
"""Of so many questions that need the skills named the shortest is taught."""


def draw_skills(rng: np.random.Generator) -> list[str]:
    """Skills for a prompt to name: each equally often."""
    sizes, odds = zip(*NAMED, strict=True)
    return [str(skill) for skill in rng.choice(SKILLS, int(rng.choice(sizes, p=odds)), replace=False)]


def base_prompt(rng: np.random.Generator) -> str:
    """The base prompt, now and then the adversarial one."""
    return load("adversarial" if rng.random() < ADVERSARIAL_SHARE else "base")


def taught_pair(scene: Scene, rng: np.random.Generator, base_share: float) -> tuple[str, str] | None:
    """A prompt and a valid question that obeys it; of skills that the scene does not allow, as many as it does."""
    dice = random.Random(int(rng.integers(2**32)))
    named = [] if rng.random() < base_share else draw_skills(rng)
    prompt = for_skills(named) if named else base_prompt(rng)
    while named:
        question = _plainest(scene, named, dice)
        if question is not None:
            return prompt, question
        named.pop(dice.randrange(len(named)))
    program = propose(scene, dice)
    return None if program is None else (prompt, write(program, dice))


def _plainest(scene: Scene, named: Sequence[str], dice: random.Random) -> str | None:
    """The shortest of a few questions that need the skills: each further word is one more that can be wrong."""
    drawn = [propose(scene, dice, skills=named, tries=25) for _ in range(PROPOSALS)]
    return min((write(program, dice) for program in drawn if program is not None), key=len, default=None)


def asking_segments(
    scene: Scene, packer: Packer, rng: np.random.Generator, questions: int, base_share: float
) -> list[Segment]:
    """Prompt -> question segments of one image, `base_share` of them under the base prompt."""
    pairs = [taught_pair(scene, rng, base_share) for _ in range(questions)]
    return [packer.segment(*pair, 0.0, 1.0) for pair in pairs if pair is not None]


@torch.inference_mode()
def sample_questions(
    model: PackedModel, pixels: np.ndarray, prompts: Sequence[str], packer: Packer, temperature: float = 1.0
) -> list[str]:
    """One sampled question for each (image, prompt); at most 36 words."""
    tokenizer = build_tokenizer()
    rows = [[BOS, *[IMAGE] * IMAGE_TOKENS, *packer.tokens(prompt), ANSWER] for prompt in prompts]
    longest = max(len(row) for row in rows)
    ids = torch.tensor([[PAD] * (longest - len(row)) + row for row in rows])
    ids = ids.to(model.llava.device)
    model.eval()
    out = model.llava.generate(
        input_ids=ids,
        attention_mask=(ids != PAD).long(),
        pixel_values=to_pixels(pixels, model.side).to(ids.device),
        max_new_tokens=36,
        do_sample=True,
        temperature=temperature,
        top_k=0,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    model.train()
    return tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)


def can_be_asked(scene: Scene, skills: Sequence[str]) -> bool:
    """Has the scene a valid question that needs these skills? (As far as the grammar's own proposals find one.)"""
    return any(propose(scene, random.Random(attempt), skills=skills) is not None for attempt in range(3))


def one_or_two_skills(rng: np.random.Generator) -> list[str]:
    """What a prompt names when obeying is measured: each skill equally often."""
    return [str(skill) for skill in rng.choice(SKILLS, int(rng.integers(1, 3)), replace=False)]


def count_named(figures: dict[str, list[bool]], ruling: Ruling, scene: Scene, skills: Sequence[str]) -> None:
    """Add what one question under a prompt that names skills says of validity and of obeying."""
    figures["valid_skills"].append(ruling.valid)
    if ruling.valid:
        obeyed = set(skills) <= set(ruling.skills)
        figures["needs_named"].append(obeyed)
        if obeyed or can_be_asked(scene, skills):
            figures["needs_named_possible"].append(obeyed)


def asking_quality(
    model: PackedModel, pixels: np.ndarray, scenes: Sequence[Scene], packer: Packer, seed: int = 0
) -> dict[str, float]:
    """Share of valid questions under the base prompt and under prompts that name one or two skills, each equally often;
    share of the valid ones that need all the skills named, over all prompts and over those that can be obeyed."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    figures: dict[str, list[Any]] = defaultdict(list)
    mixes = set()
    for start in range(0, len(scenes), 64):
        batch = scenes[start : start + 64]
        shown = pixels[start : start + len(batch)]
        for question, scene in zip(
            sample_questions(model, shown, [load("base")] * len(batch), packer), batch, strict=True
        ):
            ruling = ask(question, scene)
            figures["valid_base"].append(ruling.valid)
            if ruling.valid:
                mixes.add(ruling.skills)
                figures["skills"].append(len(ruling.skills))
        named = [one_or_two_skills(rng) for _ in batch]
        asked = sample_questions(model, shown, [for_skills(skills) for skills in named], packer)
        for question, scene, skills in zip(asked, batch, named, strict=True):
            count_named(figures, ask(question, scene), scene, skills)
    return {name: round(float(np.mean(values)), 3) for name, values in figures.items()} | {
        "compositions": len(mixes)
    }


def held_out_quality(model: PackedModel, world: World) -> dict[str, float]:
    """`asking_quality` on the first held-out images."""
    return asking_quality(model, world.tests.pixels[:384], world.tests.scenes[:384], world.packer)


def begin_from(options: argparse.Namespace, model: PackedModel) -> None:
    """The checkpoint `options.start`, with the tower of `options.tower` if one is named."""
    start_from(model, options.start)
    if options.tower:
        start_from_tower(model, options.tower)


def main(arguments: list[str]) -> None:
    """Teach the questioner, or let it practise."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("mode", choices=("teach", "practise"))
    common_options(parser, out="questioner.pt", steps=600)
    parser.add_argument(
        "--start", type=Path, default=Path("data/mini/packed.pt"), help="checkpoint to begin from"
    )
    parser.add_argument(
        "--tower", type=Path, help="a dense checkpoint, whose tower takes the place of the one there"
    )
    parser.add_argument("--asked", type=int, default=12, help="questions taught about each image")
    parser.add_argument(
        "--base-share", type=float, default=0.3, help="of the questions, under the base prompt"
    )
    options = parser.parse_args(arguments)
    world = load_world(options)
    if options.mode == "practise":
        from mini.practice import practise

        practise(world, options)
        return

    def draw(row: int, rng: np.random.Generator) -> list[Segment]:
        scene = world.train.scenes[row]
        segments = asking_segments(scene, world.packer, rng, options.asked, options.base_share)
        return segments + segments_of(world.texts[row], world.packer, ANSWERING, rng)

    run(world, Task(draw, partial(held_out_quality, world=world), partial(begin_from, options)), options)
