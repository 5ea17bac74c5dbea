"""shipped directories -> what the minis can do on held-out pictures, through the very code that a run uses.

The pictures are 224 px PNGs of the held-out stream, the answers are graded by the oracle. Beside them stand the
baselines: the same model on gray pictures, a model trained on gray pictures (`packed --blind`), and the most frequent
answer that the training questions with the same skills and kind of answer had.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Picture

from mini.images import HELD_OUT_STREAM, TRAIN_STREAM
from mini.questioner import count_named, one_or_two_skills
from mini.texts import load_texts
from scotoma.images.tabletop import TabletopSource
from scotoma.models.chat import Request
from scotoma.models.local import load_local
from scotoma.questioners.prompts import for_skills, load
from scotoma.records import Image
from scotoma.tabletop.language import kind_of, read
from scotoma.tabletop.oracle import Ruling, ask, grade
from scotoma.tabletop.scene import Scene

ASKING = {
    "valid_base": "valid, base prompt",
    "valid_skills": "valid, skills prompt",
    "needs_named": "valid ones that need the skills named",
    "needs_named_possible": "the same, where the picture has such a question",
}
"""What the figures of asking are called where they are published."""

SINGLE = ("existence", "colour", "material", "category", "counting")
"""Skills whose questions, of one skill, the minis are held to."""

GRAY = Picture.new("RGB", (224, 224), (127, 127, 127))


@dataclass(frozen=True)
class Item:
    """A valid question about a held-out image."""

    image: Image
    question: str
    ruling: Ruling

    @property
    def form(self) -> tuple[tuple[str, ...], str]:
        """What the majority baseline may know of a question: its skills and the kind of its answer."""
        return self.ruling.skills, kind_of(read(self.question))


def items_of(source: TabletopSource, data: Path, images: int, per_image: int) -> list[Item]:
    """Questions of one to three skills about the first images of the held-out stream."""
    items = []
    for index, texts in enumerate(load_texts(HELD_OUT_STREAM, data)[:images]):
        record = source.record(index)
        assert record.truth is not None
        scene = Scene.from_truth(record.truth)
        mixed = [row for row in texts["qa"] if len(row[2]) <= 3]
        for question, _, _ in random.Random(index).sample(mixed, min(per_image, len(mixed))):
            ruling = ask(question, scene)
            if ruling.valid:
                items.append(Item(record, question, ruling))
    return items


def single_items(source: TabletopSource, data: Path, images: int) -> list[Item]:
    """One question of each skill of SINGLE alone about every one of the first images that has one: of a mix there are
    too few of each to tell a point or two."""
    items = []
    for index, texts in enumerate(load_texts(HELD_OUT_STREAM, data)[:images]):
        record = source.record(index)
        assert record.truth is not None
        scene = Scene.from_truth(record.truth)
        for skill in SINGLE:
            alone = [row for row in texts["qa"] if row[2] == [skill]]
            if alone:
                question = random.Random(f"{index}:{skill}").choice(alone)[0]
                ruling = ask(question, scene)
                if ruling.valid:
                    items.append(Item(record, question, ruling))
    return items


def answers(directory: Path, items: Sequence[Item], source: TabletopSource, *, blind: bool) -> list[str]:
    """Greedy answers of a model directory, to gray pictures if blind."""
    model = load_local(str(directory), directory, max_new_tokens=8)
    requests = [
        Request(
            GRAY if blind else source.picture(item.image), "gray" if blind else item.image.id, item.question
        )
        for item in items
    ]
    return [reply.text or "" for reply in asyncio.run(model.reply(requests))]


def majority_answers(items: Sequence[Item], data: Path) -> list[str]:
    """The most frequent answer to training questions of the same form."""
    seen: dict[tuple[tuple[str, ...], str], Counter[str]] = defaultdict(Counter)
    for texts in load_texts(TRAIN_STREAM, data)[:4000]:
        for question, answer, skills in texts["qa"]:
            seen[tuple(skills), kind_of(read(question))][answer] += 1
    return [seen[item.form].most_common(1)[0][0] if seen[item.form] else "" for item in items]


def accuracies(items: Sequence[Item], said: Sequence[str]) -> dict[str, float]:
    """Share graded right: over all, by number of skills, by single skill."""
    right: dict[str, list[bool]] = defaultdict(list)
    for item, answer in zip(items, said, strict=True):
        correct = grade(item.ruling, answer)[0] is True
        right["mix"].append(correct)
        right[f"{len(item.ruling.skills)} skills"].append(correct)
        if len(item.ruling.skills) == 1:
            right[item.ruling.skills[0]].append(correct)
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(right.items())}


def asking(directory: Path, source: TabletopSource, images: int, seed: int) -> dict[str, float]:
    """Share of valid questions under the base prompt and under skill prompts of one or two skills, and the share of
    the valid ones that need all the skills named: over all, and over those whose picture has such a question."""
    rng = np.random.default_rng(seed)
    model = load_local(str(directory), directory, max_new_tokens=40, temperature=1.0)
    records = [source.record(index) for index in range(images)]
    named = [one_or_two_skills(rng) for _ in records]
    figures: dict[str, list[bool]] = defaultdict(list)
    for kind in ("base", "skills"):
        prompts = [load("base") if kind == "base" else for_skills(skills) for skills in named]
        requests = [
            Request(source.picture(record), record.id, prompt)
            for record, prompt in zip(records, prompts, strict=True)
        ]
        replies = asyncio.run(model.reply(requests, seed=seed))
        for reply, record, skills in zip(replies, records, named, strict=True):
            assert record.truth is not None
            scene = Scene.from_truth(record.truth)
            ruling = ask(reply.text or "", scene)
            if kind == "base":
                figures["valid_base"].append(ruling.valid)
            else:
                count_named(figures, ruling, scene, skills)
    return {ASKING[name]: round(float(np.mean(values)), 4) for name, values in figures.items()}


def main(arguments: list[str]) -> None:
    """Measure the shipped minis and write what was found as JSON beside printing it."""
    from mini.ship import ASSETS

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--candidate", type=Path, default=ASSETS / "mini_candidate")
    parser.add_argument("--questioner", type=Path, default=ASSETS / "mini_questioner")
    parser.add_argument("--blind", type=Path, help="directory of a model trained on gray pictures")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--per-image", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("docs/mini-models.json"))
    options = parser.parse_args(arguments)
    source = TabletopSource(options.images, HELD_OUT_STREAM, 224, cache=options.data / "pictures")
    items = items_of(source, options.data, options.images, options.per_image)
    singles = single_items(source, options.data, options.images)
    figures = {"images": options.images, "questions": len(items)} | {
        "mini-candidate": accuracies(items, answers(options.candidate, items, source, blind=False)),
        "same, gray pictures": accuracies(items, answers(options.candidate, items, source, blind=True)),
        "majority": accuracies(items, majority_answers(items, options.data)),
        "mini-candidate, one question of each skill an image": {"questions": len(singles)}
        | accuracies(singles, answers(options.candidate, singles, source, blind=False)),
        "mini-questioner": asking(options.questioner, source, options.images, options.seed),
    }
    if options.blind:
        figures["trained blind"] = accuracies(items, answers(options.blind, items, source, blind=True))
    source.close()
    options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps(figures, indent=1))
