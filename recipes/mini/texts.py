"""scene graphs -> what the minis read: questions with answers and skills, descriptions of objects, lists.

A file a shard, one JSON line an image: {"qa": [[question, answer, [skill ids]], ...],
"describe": [[prompt, answer], ...], "list": [prompt, answer]}.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from mini.images import HELD_OUT_STREAM, TRAIN_STREAM, JsonLines, in_processes, shard_stems, write_lines
from scotoma.tabletop.asking import propose
from scotoma.tabletop.language import kind_of, say_answer, write
from scotoma.tabletop.oracle import judge
from scotoma.tabletop.oracle.measures import HIDDEN_BELOW, SEEN_FROM_SHARE
from scotoma.tabletop.program import skills_of
from scotoma.tabletop.scene import Scene, SceneObject

GRID_WORDS = 10
"""Descriptions name an object's place by column and row of a 10 x 10 grid over the picture."""


def texts_of(scene: Scene, rng: random.Random, questions: int) -> dict[str, Any]:
    """Everything that is taught about one scene."""
    asked: dict[str, list[Any]] = {}
    for _ in range(questions):
        program = propose(scene, rng)
        if program is None:
            continue
        ruling = judge(program, scene)
        if ruling.valid and ruling.answer is not None:
            question = write(program, rng)
            asked[question] = [
                question,
                say_answer(ruling.answer, kind_of(program)),
                list(skills_of(program)),
            ]
    return {"qa": list(asked.values()), "describe": _descriptions(scene), "list": _listing(scene)}


def _descriptions(scene: Scene) -> list[list[str]]:
    """One a clearly visible object that its category, or colour and category, singles out."""
    seen = [item for item in scene.objects if item.visible >= SEEN_FROM_SHARE]
    by_category = Counter(item.category for item in scene.objects)
    by_both = Counter((item.colour, item.category) for item in scene.objects)
    rows = []
    for item in seen:
        if by_category[item.category] == 1:
            name = item.category
        elif by_both[item.colour, item.category] == 1:
            name = f"{item.colour} {item.category}"
        else:
            continue
        rows.append([f"describe the {name}", _description(item)])
    return rows


def _description(item: SceneObject) -> str:
    column, row = (0, 0) if item.box is None else _cell(item)
    facing = item.facing or "nowhere"
    hidden = " hidden" if item.visible < HIDDEN_BELOW else ""
    said = f" {item.text.lower()}" if item.text else ""
    look = f"{item.size} {item.colour} {item.material} {item.category}{said}"
    return f"{look} at column {column} row {row} facing {facing}{hidden}"


def _cell(item: SceneObject) -> tuple[int, int]:
    assert item.box is not None
    x0, y0, x1, y1 = item.box
    return int((x0 + x1) / 2 * GRID_WORDS), int((y0 + y1) / 2 * GRID_WORDS)


def _listing(scene: Scene) -> list[str]:
    seen = sorted(
        (item for item in scene.objects if item.visible >= SEEN_FROM_SHARE), key=lambda item: item.u
    )
    return ["list the objects", " , ".join(f"{item.colour} {item.category}" for item in seen)]


def write_texts(stem: Path, *, seed: int, questions: int) -> None:
    """Write the texts of one shard, unless they are there already."""
    path = stem.with_suffix(".texts.jsonl")
    if path.exists():
        return
    stream, start = stem.name.split("-")
    rows = []
    for index, scene in enumerate(
        JsonLines([stem.with_suffix(".scenes.jsonl")], Scene.from_truth), int(start)
    ):
        rng = random.Random(f"{seed}:{stream}:{index}")
        rows.append(json.dumps(texts_of(scene, rng, questions), separators=(",", ":")))
    write_lines(path, rows)


def load_texts(stream: int, folder: Path) -> JsonLines:
    """Texts of every image of a stream, in its order."""
    paths = [stem.with_suffix(".texts.jsonl") for stem in shard_stems(stream, folder)]
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise SystemExit(f"no {missing}; write it first: train_mini.py texts")
    return JsonLines(paths)


def main(arguments: list[str]) -> None:
    """Write the texts of both streams, a file a shard; goes on with the shards that have none yet."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args(arguments)
    work = partial(write_texts, seed=options.seed, questions=options.questions)
    for stream in (HELD_OUT_STREAM, TRAIN_STREAM):
        in_processes(
            work, shard_stems(stream, options.data), options.processes, f"stream {stream}, texts of shards"
        )
