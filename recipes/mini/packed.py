"""tower + texts -> a LLaVA that answers: many question-answer pairs, descriptions and a list behind each image.

The tower goes on learning its dense labels beside the words; question words are predicted with a small weight, which
teaches what is worth naming in a picture for the price of nothing.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import LlavaForConditionalGeneration

from mini.dense import DenseTower, dense_loss, to_pixels
from mini.model import build_model, tower_config
from mini.packing import IMAGE, Batch, Packer, Segment, collate

Texts = dict[str, Any]


@dataclass(frozen=True)
class Mix:
    """How many segments of each kind stand behind one image, and what predicting their words weighs."""

    questions: int = 9
    descriptions: int = 5
    listed: float = 0.3
    question_weight: float = 0.1
    answer_weight: float = 1.0
    description_weight: float = 0.7
    list_weight: float = 0.25


def load_texts(stream: int, folder: Path) -> list[Texts]:
    """Texts of every image of a stream, in its order."""
    with (folder / f"{stream}.texts.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def segments_of(texts: Texts, packer: Packer, mix: Mix, rng: np.random.Generator) -> list[Segment]:
    """A fresh draw of segments for one image."""
    row = []
    for pick in rng.permutation(len(texts["qa"]))[: mix.questions]:
        question, answer, _ = texts["qa"][pick]
        row.append(packer.segment(question, answer, mix.question_weight, mix.answer_weight))
    row += [
        packer.segment(*texts["describe"][pick], 0.0, mix.description_weight)
        for pick in rng.permutation(len(texts["describe"]))[: mix.descriptions]
    ]
    if rng.random() < mix.listed:
        row.append(packer.segment(*texts["list"], 0.0, mix.list_weight))
    return row


class PackedModel(nn.Module):
    """A LLaVA and the dense heads of its tower, run on packed batches."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.llava: LlavaForConditionalGeneration = build_model(words)
        self.dense = DenseTower(tower_config())
        self.dense.tower = nn.Identity()  # the tower is the LLaVA's; only the heads are used

    def forward(self, pixels: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the supervised places (K, words), and the tower's last state (B, cells, width)."""
        core = self.llava.model
        seen = core.vision_tower(pixel_values=pixels, output_hidden_states=True)
        words = core.language_model.embed_tokens(batch.ids)
        shown = core.multi_modal_projector(seen.hidden_states[-1])
        embedded = words.masked_scatter((batch.ids == IMAGE)[..., None], shown.to(words.dtype))
        state = core.language_model(
            inputs_embeds=embedded, attention_mask=batch.mask, position_ids=batch.positions, use_cache=False
        ).last_hidden_state
        return self.llava.lm_head(state[batch.rows, batch.columns]), seen.last_hidden_state

    def dense_loss(self, state: torch.Tensor, classes: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """The tower's own loss on labels as in `mini.dense`."""
        return dense_loss(*self.dense.read(state), classes, places)


@torch.inference_mode()
def accuracy(
    model: PackedModel,
    pixels: NDArray[np.uint8],
    texts: Sequence[Texts],
    packer: Packer,
    *,
    blind: bool = False,
) -> dict[str, float]:
    """Share of held-out questions answered right to the letter: by single skill, over one to three skills, over all."""
    model.eval()
    right: dict[str, list[bool]] = defaultdict(list)
    for start in range(0, len(texts), 32):
        rows = range(start, min(len(texts), start + 32))
        pairs = [texts[row]["qa"][:12] for row in rows]
        batch = collate([[packer.segment(q, a, 0.0, 1.0) for q, a, _ in row] for row in pairs])
        shown = to_pixels(pixels[rows.start : rows.stop])
        logits, _ = model(torch.zeros_like(shown) if blind else shown, batch)
        hits = (logits.argmax(-1) == batch.targets).tolist()
        at = 0
        for row in pairs:
            for _, answer, skills in row:
                length = len(packer.tokens(answer)) + 1
                hit = all(hits[at : at + length])
                at += length
                right["all"].append(hit)
                if len(skills) <= 3:
                    right["mix"].append(hit)
                if len(skills) == 1:
                    right[skills[0]].append(hit)
    model.train()
    return {name: round(float(np.mean(hits)), 3) for name, hits in sorted(right.items())}


def main(arguments: list[str]) -> None:
    """Train on packed texts; goes on from its checkpoint if there is one."""
    from mini.training import Task, common_options, load_world, run, start_from, start_from_tower

    parser = argparse.ArgumentParser(description=main.__doc__)
    common_options(parser, out="packed.pt", steps=2500)
    parser.add_argument(
        "--tower", type=Path, help="a dense checkpoint, whose tower takes the place of any other"
    )
    parser.add_argument("--start", type=Path, help="a packed checkpoint to begin with")
    parser.add_argument(
        "--blind", action="store_true", help="gray pictures: what the questions alone give away"
    )
    options = parser.parse_args(arguments)
    world = load_world(options)

    def draw(row: int, rng: np.random.Generator) -> list[Segment]:
        return segments_of(world.texts[row], world.packer, Mix(), rng)

    def evaluate(model: PackedModel) -> dict[str, float]:
        return accuracy(
            model, world.tests.pixels[:300], world.test_texts[:300], world.packer, blind=options.blind
        )

    def begin(model: PackedModel) -> None:
        if not (options.start or options.tower or options.blind):
            raise SystemExit(
                "a candidate needs a tower that sees: name one with --tower, or --start a checkpoint"
            )
        if options.start:
            start_from(model, options.start)
        if options.tower:
            start_from_tower(model, options.tower)

    run(world, Task(draw, evaluate, begin, blind=options.blind), options)
