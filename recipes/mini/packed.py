"""tower + texts -> a LLaVA that answers: many question-answer pairs, descriptions and a list behind each image.

The tower goes on learning its dense labels beside the words; question words are predicted with a small weight, which
teaches what is worth naming in a picture for the price of nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import LlavaForConditionalGeneration

from mini.dense import DenseTower, Labels, labels_of, learning_rate, set_rates, to_pixels
from mini.images import HELD_OUT_STREAM, TRAIN_STREAM, load_shards
from mini.model import build_model, build_tokenizer, optimisers, tower_config
from mini.packing import IMAGE, Batch, Packer, Segment, collate

Texts = dict[str, Any]


@dataclass(frozen=True)
class Mix:
    """How many segments of each kind stand behind one image, and what predicting their words weighs."""

    questions: int = 12
    descriptions: int = 3
    listed: float = 0.5
    question_weight: float = 0.1
    answer_weight: float = 1.0
    description_weight: float = 0.5
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
    for pick in rng.permutation(len(texts["describe"]))[: mix.descriptions]:
        row.append(packer.segment(*texts["describe"][pick], 0.0, mix.description_weight))
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
        loss = state.new_zeros(())
        for head, target in zip(self.dense.heads, classes, strict=True):
            if (target != -100).any():
                loss = loss + functional.cross_entropy(head(state).flatten(0, 1), target.flatten(), ignore_index=-100)
        owned = classes[1] != -100
        return loss + 10.0 * functional.mse_loss(self.dense.place(state)[owned], places[owned])


@torch.inference_mode()
def accuracy(
    model: PackedModel, pixels: NDArray[np.uint8], texts: Sequence[Texts], packer: Packer, *, blind: bool = False
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
    options = _options(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    shard, held_out = load_shards(TRAIN_STREAM, options.data), load_shards(HELD_OUT_STREAM, options.data)
    texts, tests = load_texts(TRAIN_STREAM, options.data), load_texts(HELD_OUT_STREAM, options.data)
    labels = labels_of(shard.scenes, shard.patches)
    tokenizer = build_tokenizer()
    packer = Packer(tokenizer.get_vocab())
    model = PackedModel(len(tokenizer))
    trainers = optimisers(model, options.muon_lr, options.adam_lr)
    step = _begin(options, model, trainers)
    peaks = (options.muon_lr, options.adam_lr)
    log = options.out.with_suffix(".jsonl").open("a", encoding="utf-8")
    began, losses = time.time(), []
    while step < options.steps:
        set_rates(trainers, peaks, learning_rate(step, options.steps))
        losses.append(_step(model, shard.pixels, labels, texts, packer, options, step))
        for trainer in trainers:
            trainer.step()
            trainer.zero_grad()
        step += 1
        if step % 100 == 0 or step == options.steps:
            figures = accuracy(model, held_out.pixels[:300], tests[:300], packer, blind=options.blind)
            means = dict(zip(("loss", "dense"), np.round(np.mean(losses, 0), 4).tolist(), strict=True))
            row = {"step": step, "seconds": round(time.time() - began), **means, **figures}
            losses.clear()
            print(json.dumps(row), flush=True)
            log.write(json.dumps(row) + "\n")
            log.flush()
            _save(options.out, model, trainers, step)


def _step(
    model: PackedModel,
    pixels: NDArray[np.uint8],
    labels: Labels,
    texts: Sequence[Texts],
    packer: Packer,
    options: argparse.Namespace,
    step: int,
) -> tuple[float, float]:
    """Forward and backward of one step; its data depend on (seed, step) alone, so that resuming repeats nothing."""
    rng = np.random.default_rng((options.seed, step))
    rows = rng.integers(0, len(texts), options.batch)
    batch = collate([segments_of(texts[row], packer, Mix(), rng) for row in rows])
    shown = to_pixels(pixels[rows])
    logits, state = model(torch.zeros_like(shown) if options.blind else shown, batch)
    words = functional.cross_entropy(logits, batch.targets, reduction="none")
    loss = (words * batch.weights).sum() / batch.weights.sum()
    if options.blind:
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item(), 0.0
    classes = torch.from_numpy(labels.classes[:, rows].astype(np.int64))
    dense = model.dense_loss(state, classes, torch.from_numpy(labels.places[rows]))
    (loss + options.dense_weight * dense).backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    return loss.item(), dense.item()


def _begin(options: argparse.Namespace, model: PackedModel, trainers: list[torch.optim.Optimizer]) -> int:
    """Load the checkpoint, or else the dense tower; return the step to go on from."""
    if options.out.exists():
        state = torch.load(options.out)
        model.load_state_dict(state["model"])
        for trainer, saved in zip(trainers, state["trainers"], strict=True):
            trainer.load_state_dict(saved)
        return int(state["step"])
    if not options.blind:
        dense = torch.load(options.tower)["model"]
        model.llava.model.vision_tower.load_state_dict(
            {name.removeprefix("tower."): value for name, value in dense.items() if name.startswith("tower.")}
        )
        heads = {name: value for name, value in dense.items() if not name.startswith("tower.")}
        model.dense.load_state_dict(heads, strict=False)
    return 0


def _save(path: Path, model: PackedModel, trainers: list[torch.optim.Optimizer], step: int) -> None:
    partial = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "trainers": [t.state_dict() for t in trainers], "step": step}, partial)
    partial.replace(path)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--tower", type=Path, default=Path("data/mini/tower.pt"))
    parser.add_argument("--out", type=Path, default=Path("data/mini/packed.pt"))
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--muon-lr", type=float, default=0.01)
    parser.add_argument("--adam-lr", type=float, default=1e-3)
    parser.add_argument("--dense-weight", type=float, default=0.1)
    parser.add_argument("--blind", action="store_true", help="gray pictures: what the questions alone give away")
    return parser.parse_args(arguments)
