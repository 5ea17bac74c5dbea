"""Runs against servers, for tests: small ones, on scenes that need no renderer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hostile import Asked
from scotoma.config import load_config
from scotoma.discovery import RunSummary, discover
from scotoma.records import Probe

ANSWERS = ("yes", "no", "2", "red", "left")


def sensible(asked: Asked) -> str:
    """One of a few answers, always the same to the same request."""
    return ANSWERS[int(asked.digest[:8], 16) % len(ANSWERS)]


def flags_for(scenes: Path, out: Path, candidate: str, **flags: Any) -> dict[str, Any]:
    small = {"steps": 2, "images_per_step": 4, "group_size": 8, "eval_images": 4, "eval_questions": 4}
    small |= {"confirm_calls": 0}
    given = {"images": str(scenes), "candidate": candidate, "engine": "random", "out": str(out)}
    return {**given, **small, **flags}


def run(scenes: Path, out: Path, candidate: str, **flags: Any) -> RunSummary:
    return discover(load_config(flags=flags_for(scenes, out, candidate, **flags)))


def told(probe: Probe) -> tuple[Any, ...]:
    """What a probe says, whatever the clock and the address of the server said."""
    answer = (probe.answer.text, probe.answer.error) if probe.answer else None
    return (probe.key, probe.question.text, answer, probe.verdict, probe.rewards, probe.reward)
