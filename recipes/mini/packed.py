"""tower + texts -> a LLaVA that answers: many question-answer pairs, descriptions and a list behind each image.

The tower goes on learning its dense labels beside the words; question words are predicted with a small weight, which
teaches what is worth naming in a picture for the price of nothing.
"""

from __future__ import annotations

import argparse
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
from mini.labels import SIZE
from mini.model import build_model, tower_config
from mini.packing import PREFIX, Batch, Packer, Segment, collate
from scotoma.records import SKILLS

Texts = dict[str, Any]


@dataclass(frozen=True)
class Mix:
    """How many segments of each kind stand behind one image, and what predicting their words weighs.

    without: a skill that no question needs.
    """

    questions: int = 9
    descriptions: int = 5
    listed: float = 0.3
    question_weight: float = 0.1
    answer_weight: float = 1.0
    description_weight: float = 0.7
    list_weight: float = 0.25
    without: str | None = None


def segments_of(texts: Texts, packer: Packer, mix: Mix, rng: np.random.Generator) -> list[Segment]:
    """A fresh draw of segments for one image."""
    row = []
    asked = [pair for pair in texts["qa"] if mix.without not in pair[2]]
    told = [
        pair for pair in texts["describe"] if mix.without != "text_reading" or not pair[0].endswith("sign")
    ]
    for pick in rng.permutation(len(asked))[: mix.questions]:
        question, answer, _ = asked[pick]
        row.append(packer.segment(question, answer, mix.question_weight, mix.answer_weight))
    row += [
        packer.segment(*told[pick], 0.0, mix.description_weight)
        for pick in rng.permutation(len(told))[: mix.descriptions]
    ]
    if rng.random() < mix.listed:
        row.append(packer.segment(*texts["list"], 0.0, mix.list_weight))
    return row


class PackedModel(nn.Module):
    """A LLaVA and the dense heads of its tower, run on packed batches."""

    def __init__(self, words: int, side: int = SIZE) -> None:
        super().__init__()
        self.side = side
        self.llava: LlavaForConditionalGeneration = build_model(words, side)
        self.dense = DenseTower(tower_config(side))
        self.dense.tower = nn.Identity()  # the tower is the LLaVA's; only the heads are used

    def forward(self, pixels: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the supervised places (K, words), and the tower's last state (B, cells, width)."""
        core = self.llava.model
        seen = core.vision_tower(pixel_values=pixels, output_hidden_states=True)
        words = core.language_model.embed_tokens(batch.ids)
        shown = core.multi_modal_projector(seen.hidden_states[-1])
        embedded = torch.cat([words[:, :1], shown, words[:, PREFIX:]], 1)
        state = core.language_model(
            inputs_embeds=embedded, attention_mask=batch.mask(), position_ids=batch.positions, use_cache=False
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
    device = model.llava.device
    right: dict[str, list[bool]] = defaultdict(list)
    for start in range(0, len(texts), 32):
        rows = range(start, min(len(texts), start + 32))
        pairs = [texts[row]["qa"][:12] for row in rows]
        batch = collate([[packer.segment(q, a, 0.0, 1.0) for q, a, _ in row] for row in pairs]).to(device)
        shown = to_pixels(pixels[rows.start : rows.stop], model.side).to(device)
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
    parser.add_argument("--without", choices=SKILLS, help="a skill that no question of its training needs")
    options = parser.parse_args(arguments)
    world = load_world(options)
    mix = Mix(without=options.without)

    def draw(row: int, rng: np.random.Generator) -> list[Segment]:
        return segments_of(world.texts[row], world.packer, mix, rng)

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
