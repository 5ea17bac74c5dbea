"""config, environment, metrics -> how the run was made: command, versions, where its time went. Pure."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scotoma.config import DiscoverConfig
from scotoma.ledger import StepMetrics

SECONDS = "seconds/"
"""How the name of a metric begins that holds the seconds of a stage in a step."""

STAGE_WORDS: Mapping[str, str] = {
    "render": "getting the images",
    "ask": "questioner asks",
    "answer": "candidate answers",
    "verify": "verifier reads and judges",
    "novelty": "novelty and rewards",
    "record": "writing the ledger",
    "update": "policy update",
}

MODEL_STAGES = frozenset({"ask", "answer", "update"})
"""Stages that models take, in this process or behind a server; the others are our own time. With a model as verifier
"verify" is one, too."""

BROKEN_SHOWN = 20
"""Broken images that are named, at most."""

OPTIONS = (
    "images", "candidate", "verifier", "questioner", "engine", "seed", "max_calls", "max_usd", "max_tokens",
    "max_minutes", "steps", "eval_images", "eval_questions", "second_verifier", "calibration",
    "held_out_share",
    "out",
)  # fmt: skip
"""Fields of the configuration that have a command line option of their own; the others go through `--set`."""

_ALWAYS = ("images", "candidate", "questioner", "engine", "max_calls", "seed", "out")


@dataclass(frozen=True, slots=True)
class StageCost:
    """Seconds of one stage over all steps, and its share of all stages."""

    name: str
    words: str
    seconds: float
    share: float
    model: bool


def command_of(config: Mapping[str, Any]) -> str:
    """The command that asks for this configuration: what is always told, and all that is not the default."""
    parts = ["scotoma", "discover"]
    for name, field in DiscoverConfig.model_fields.items():
        value = config.get(name)
        if value is None or (name not in _ALWAYS and value == field.default):
            continue
        if name in OPTIONS:
            parts += [f"--{name.replace('_', '-')}", shlex.quote(str(value))]
        else:
            parts += ["--set", shlex.quote(f"{name}={value}")]
    return " ".join(parts)


def stage_costs(metrics: Iterable[StepMetrics], *, judged: bool) -> tuple[StageCost, ...]:
    """Where the time of discovery went, largest first. Empty if no seconds were measured. judged: by a model."""
    models = MODEL_STAGES | {"verify"} if judged else MODEL_STAGES
    seconds: dict[str, float] = defaultdict(float)
    for step in metrics:
        for name, value in step.values.items():
            if name.startswith(SECONDS):
                seconds[name.removeprefix(SECONDS)] += value
    total = sum(seconds.values())
    if not total:
        return ()
    ordered = sorted(seconds.items(), key=lambda stage: (-stage[1], stage[0]))
    return tuple(
        StageCost(name, STAGE_WORDS.get(name, name), spent, spent / total, name in models)
        for name, spent in ordered
    )


def image_rows(seen: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What became of the images that were opened, as (name, value); nothing if that is not known."""
    if not seen:
        return ()
    told = (
        f"{seen['walked']:,} opened: {seen['discover']:,} to discover, {seen['held_out']:,} held out, "
        f"{seen['duplicates']:,} duplicates dropped; {seen['skipped']:,} broken ones skipped"
    )
    listed = [f"{uri} {reason}" for uri, reason in list(seen["listed"].items())[:BROKEN_SHOWN]]
    return (("images", told), *([("skipped", "; ".join(listed))] if listed else []))


def environment_rows(environment: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a reader needs to repeat the run, as (name, value)."""
    rows = []
    for name, value in environment.items():
        if name == "packages" and isinstance(value, Mapping):
            told = ", ".join(f"{package} {version}" for package, version in value.items() if version)
        elif isinstance(value, Mapping):
            told = ", ".join(f"{key} {entry}" for key, entry in value.items())
        elif isinstance(value, list):
            told = ", ".join(str(entry) for entry in value)
        else:
            told = "" if value is None else str(value)
        if told:
            rows.append((name.replace("_", " "), told))
    return tuple(rows)
