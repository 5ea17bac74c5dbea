"""answering model + prompts -> a model that asks: valid questions of its own images under the base and skill prompts.

`teach` imitates the grammar's valid questions. `refine` lets the model ask, keeps what the exact oracle calls valid and
what needs the skills that its prompt named, and imitates that (rejection sampling), so that it learns what it can see.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from mini.dense import to_pixels
from mini.model import IMAGE_TOKENS, build_tokenizer
from mini.packed import Mix, PackedModel, Texts, segments_of
from mini.packing import ANSWER, BOS, EOS, IMAGE, PAD, Packer, Segment
from mini.training import Task, World, common_options, load_world, run
from scotoma.questioners.prompts import for_skills, load
from scotoma.records import SKILLS
from scotoma.tabletop.oracle import ask
from scotoma.tabletop.scene import Scene

ASKED_PER_IMAGE = 4
ANSWERING = Mix(questions=6, descriptions=2, listed=0.25, question_weight=0.0)
"""What it goes on answering beside: whoever names an object in a question must be able to see it."""

BASE_SHARE, ADVERSARIAL_SHARE = 0.45, 0.1


def prompts_for(skills: Sequence[str], rng: np.random.Generator) -> str:
    """The base prompt, or one that names all or some of the question's skills."""
    if rng.random() < BASE_SHARE:
        return load("adversarial") if rng.random() < ADVERSARIAL_SHARE else load("base")
    named = [skill for skill in skills if rng.random() < 0.85] or list(skills)
    return for_skills(named)


def asking_segments(texts: Texts, packer: Packer, rng: np.random.Generator) -> list[Segment]:
    """Prompt -> question segments of one image."""
    row = []
    for pick in rng.permutation(len(texts["qa"]))[:ASKED_PER_IMAGE]:
        question, _, skills = texts["qa"][pick]
        row.append(packer.segment(prompts_for(skills, rng), question, 0.0, 1.0))
    return row


@torch.inference_mode()
def sample_questions(
    model: PackedModel, pixels: np.ndarray, prompts: Sequence[str], packer: Packer, temperature: float = 1.0
) -> list[str]:
    """One sampled question for each (image, prompt); at most 32 words."""
    tokenizer = build_tokenizer()
    rows = [[BOS, *[IMAGE] * IMAGE_TOKENS, *packer.tokens(prompt), ANSWER] for prompt in prompts]
    longest = max(len(row) for row in rows)
    ids = torch.tensor([[PAD] * (longest - len(row)) + row for row in rows])
    model.eval()
    out = model.llava.generate(
        input_ids=ids,
        attention_mask=(ids != PAD).long(),
        pixel_values=to_pixels(pixels),
        max_new_tokens=32,
        do_sample=True,
        temperature=temperature,
        top_k=0,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    model.train()
    return tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)


def asking_quality(
    model: PackedModel, pixels: np.ndarray, scenes: Sequence[Scene], packer: Packer, seed: int = 0
) -> dict[str, float]:
    """Share of valid questions under the base prompt and under skill prompts; share of the valid ones that need all
    the skills named. Skill prompts name each skill equally often, alone or with one other."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    figures = defaultdict(list)
    for start in range(0, len(scenes), 64):
        batch = scenes[start : start + 64]
        shown = pixels[start : start + len(batch)]
        for question, scene in zip(
            sample_questions(model, shown, [load("base")] * len(batch), packer), batch, strict=True
        ):
            figures["valid_base"].append(ask(question, scene).valid)
        named = [list(rng.choice(SKILLS, int(rng.integers(1, 3)), replace=False)) for _ in batch]
        asked = sample_questions(model, shown, [for_skills(skills) for skills in named], packer)
        for question, scene, skills in zip(asked, batch, named, strict=True):
            ruling = ask(question, scene)
            figures["valid_skills"].append(ruling.valid)
            if ruling.valid:
                figures["needs_named"].append(set(skills) <= set(ruling.skills))
    return {name: round(float(np.mean(values)), 3) for name, values in figures.items()}


def refined_texts(
    model: PackedModel, world: World, images: int, seed: int, temperature: float = 1.0
) -> list[list[tuple[str, str]]]:
    """(prompt, question) pairs that the model asked of the first training images and the oracle approved."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    kept: list[list[tuple[str, str]]] = [[] for _ in range(images)]
    for start in range(0, images * 4, 96):
        rows = [row % images for row in range(start, min(images * 4, start + 96))]
        skills = [list(rng.choice(SKILLS, int(rng.integers(1, 4)), replace=False)) for _ in rows]
        named = [[] if rng.random() < BASE_SHARE else chosen for chosen in skills]
        prompts = [for_skills(chosen) if chosen else load("base") for chosen in named]
        asked = sample_questions(model, world.train.pixels[rows], prompts, world.packer, temperature)
        for row, chosen, prompt, question in zip(rows, named, prompts, asked, strict=True):
            ruling = ask(question, world.train.scenes[row])
            if ruling.valid and set(chosen) <= set(ruling.skills):
                kept[row].append((prompt, question))
    return kept


def main(arguments: list[str]) -> None:
    """Teach the questioner, or refine it on its own approved questions."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("mode", choices=("teach", "refine"))
    common_options(parser, out="questioner.pt", steps=600)
    parser.add_argument(
        "--start", type=Path, default=Path("data/mini/packed.pt"), help="checkpoint to begin from"
    )
    parser.add_argument("--images", type=int, default=4000, help="training images to ask about when refining")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    world = load_world(options)
    approved: list[list[tuple[str, str]]] = []
    if options.mode == "refine":
        teacher = PackedModel(world.words)
        teacher.load_state_dict(torch.load(options.start)["model"])
        approved = refined_texts(teacher, world, options.images, options.seed)
        print(f"approved {sum(map(len, approved))} of {4 * options.images} questions", flush=True)

    def draw(row: int, rng: np.random.Generator) -> list[Segment]:
        own = approved[row] if approved else []
        segments = [world.packer.segment(prompt, question, 0.0, 1.0) for prompt, question in own]
        segments = segments or asking_segments(world.texts[row], world.packer, rng)
        return segments + segments_of(world.texts[row], world.packer, ANSWERING, rng)

    def evaluate(model: PackedModel) -> dict[str, float]:
        return asking_quality(model, world.tests.pixels[:384], world.tests.scenes[:384], world.packer)

    def begin(model: PackedModel) -> None:
        model.load_state_dict(torch.load(options.start)["model"])

    run(world, Task(draw, evaluate, begin, rows=len(approved)), options)
