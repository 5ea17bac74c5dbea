"""Killed runs: only what was under way is lost, no stored call is made again, and the ledger ends up the same."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hostile import Server, answering
from http_runs import flags_for, sensible
from killing import CountingServer, KilledRun, content, moments, stored_tags
from scotoma.config import load_config
from scotoma.discovery import discover, resume
from scotoma.ledger import Ledger

CONCURRENCY = 4
KILLS = 3


@pytest.mark.parametrize("engine", ["static", "bandit"])
def test_after_kill_9_at_random_moments_the_ledger_is_that_of_an_undisturbed_run(
    engine: str, scenes: Path, tmp_path: Path
) -> None:
    with CountingServer(wait_s=0.02) as server:
        arguments = ["--images", str(scenes), "--engine", engine, "--steps", "3"]
        for role in ("candidate", "questioner"):
            arguments += [f"--{role}", server.spec(role, CONCURRENCY)]
        arguments += ["--eval-images", "2", "--eval-questions", "4", "--set", "images_per_step=2"]
        KilledRun(server, arguments, tmp_path / "whole", CONCURRENCY).sit()
        run = KilledRun(server, arguments, tmp_path / "run", CONCURRENCY)
        drawn = moments(random.Random(engine), len(stored_tags(tmp_path / "whole")), KILLS)
        sittings = [run.sit(moment) for moment in [*drawn, None]]
    assert [sitting.killed for sitting in sittings] == [True] * KILLS + [False]
    assert sum(sitting.asked - sitting.lost for sitting in sittings) == sittings[-1].stored
    whole, killed = content(tmp_path / "whole"), content(tmp_path / "run")
    for name, value in whole.items():
        assert killed[name] == value, name


class Killed(BaseException):
    """Stands for a kill at a moment that a real one hardly ever meets."""


def die(monkeypatch: pytest.MonkeyPatch, method: str, after: int, flags: Mapping[str, Any]) -> None:
    """A run that dies when it is about to call a method of its ledger for the `after`-th time."""
    real, times = getattr(Ledger, method), iter(range(1, 1000))

    def dying(self: Ledger, *given: object) -> object:
        if next(times) == after:
            raise Killed
        return real(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, method, dying)
        with pytest.raises(Killed):
            discover(load_config(flags=flags))


@pytest.mark.parametrize(
    ("method", "after", "max_calls"),
    [
        ("add_images", 2, 38),  # the calls of a step are there, its probes are not
        ("add_probes", 2, None),
        ("add_metrics", 2, None),  # its probes are there, its metrics are not
        ("add_metrics", 2, 38),
        ("set_state", 1, None),  # all is there, but how far the images were walked
    ],
)
def test_a_run_that_died_between_two_transactions_is_made_whole(
    method: str,
    after: int,
    max_calls: int | None,
    scenes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Server(answering(sensible)) as server:
        small = {"images_per_step": 2, "steps": 5, "eval_images": 2, "max_calls": max_calls}
        flags = flags_for(scenes, tmp_path / "run", server.spec(concurrency=4), **small)
        die(monkeypatch, method, after, flags)
        resume(tmp_path / "run")
        assert max(server.finished.values()) == 1
        discover(load_config(flags={**flags, "out": str(tmp_path / "whole")}))
    whole, killed = content(tmp_path / "whole"), content(tmp_path / "run")
    assert (len(whole["metrics"]) == 5) is (max_calls is None)
    for name, value in whole.items():
        assert killed[name] == value, name
