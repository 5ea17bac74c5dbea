"""Confirmation of a run: true claims hold, false ones fall, budgets hold, and a stopped one goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from runs import probes
from scenes import random_scene
from scotoma.candidate import CONFIRMATION_CALLS
from scotoma.config import load_config
from scotoma.confirming.claims import ModeClaim, Outcome
from scotoma.confirming.kept import claims_in, keep_claims, outcomes_in
from scotoma.discovery import confirm, discover, resume
from scotoma.errors import SpecError
from scotoma.ledger import Ledger

PAIR = ("counting", "occlusion")
TRUE = ModeClaim(PAIR, ("counting",), 0.9, 0.05)
TOO_WIDE = ModeClaim(("counting",), (), 0.4, 0.05)
TOO_NARROW = ModeClaim(("colour", *PAIR), PAIR, 0.9, 0.5)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 scenes with truth, half of them held out, and a candidate with a planted pair."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "images").mkdir()
    with (folder / "images" / "truth.jsonl").open("w", encoding="utf-8") as lines:
        for index in range(240):
            picture = Picture.new("RGB", (28, 28), (index, 255 - index, index * 7 % 256))
            picture.save(folder / "images" / f"{index:03d}.png")
            truth = random_scene(index, 6 + index % 5).to_truth()
            lines.write(json.dumps({"file": f"{index:03d}.png", "truth": truth}) + "\n")
    (folder / "weak.toml").write_text(
        f'name = "weak"\naccuracy = 0.97\n[[blind_spot]]\nskills = {json.dumps(PAIR)}\nfailure_rate = 0.9\n'
    )
    return folder


def config(world: Path, out: Path, **flags: Any) -> Any:
    return load_config(
        flags={
            "images": str(world / "images"),
            "candidate": f"planted:{world / 'weak.toml'}",
            "engine": "random",
            "steps": 1,
            "images_per_step": 4,
            "group_size": 4,
            "eval_images": 0,
            "held_out_share": 0.5,
            "confirm_calls": 0,
            "out": str(out),
            **flags,
        }
    )


def claiming(world: Path, out: Path, claims: Sequence[ModeClaim]) -> Path:
    """A run that claims what it is told to."""
    discover(config(world, out))
    with Ledger.open(out) as ledger:
        keep_claims(ledger, claims)
    return out


def states(outcomes: Sequence[Outcome]) -> dict[tuple[str, ...], str]:
    return {outcome.claim.features: outcome.state for outcome in outcomes}


def test_a_true_claim_is_confirmed_and_false_ones_are_not(world: Path, tmp_path: Path) -> None:
    run = claiming(world, tmp_path / "run", [TRUE, TOO_WIDE, TOO_NARROW])
    summary = confirm(run, max_calls=600)
    came_out = states(summary.outcomes)
    assert came_out[PAIR] == "confirmed"
    assert came_out[TOO_WIDE.features] == "refuted"
    assert came_out[TOO_NARROW.features] != "confirmed"
    true = summary.outcomes[0]
    assert true.rate is not None
    assert true.part is not None
    assert true.rate.estimate > 0.7 > 0.3 > true.part.estimate
    assert true.repeated.asked >= 8
    assert true.repeated.failed / true.repeated.asked > 0.6
    assert true.reworded.failed / true.reworded.asked > 0.6
    with Ledger.open(run, readonly=True) as ledger:
        assert ledger.spent(CONFIRMATION_CALLS).calls <= 600
        assert outcomes_in(ledger) == summary.outcomes


def test_no_image_of_discovery_is_asked_about_and_each_only_once_a_claim(world: Path, tmp_path: Path) -> None:
    run = claiming(world, tmp_path / "run", [TRUE, TOO_WIDE])
    confirm(run, max_calls=100)
    known = {probe.image_id for probe in probes(run, "train")}
    fresh = probes(run, "confirm")
    assert fresh
    assert not known & {probe.image_id for probe in fresh}
    asked = [
        (probe.question.prompt.partition(",")[0], probe.image_id) for probe in fresh if probe.member == 0
    ]
    assert len(asked) == len(set(asked))


def test_a_confirmation_goes_on_where_it_stopped_and_pays_nothing_twice(world: Path, tmp_path: Path) -> None:
    whole = claiming(world, tmp_path / "whole", [TRUE, TOO_WIDE])
    parts = claiming(world, tmp_path / "parts", [TRUE, TOO_WIDE])
    at_once = confirm(whole, max_calls=400)
    confirm(parts, max_calls=40)
    with Ledger.open(parts, readonly=True) as ledger:
        assert ledger.spent(CONFIRMATION_CALLS).calls <= 40
    confirm(parts, max_calls=400)
    paid = len(probes(parts, "confirm"))
    again = confirm(parts, max_calls=400)
    assert len(probes(parts, "confirm")) == paid
    assert states(again.outcomes) == states(at_once.outcomes)


def test_discover_claims_what_it_found_and_confirms_it(world: Path, tmp_path: Path) -> None:
    flags = {"engine": "bandit", "questioner": "random", "steps": 24, "images_per_step": 8, "group_size": 8}
    summary = discover(config(world, tmp_path / "run", confirm_calls=300, **flags))
    assert [outcome.claim.features for outcome in summary.outcomes if outcome.state == "confirmed"] == [PAIR]
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        claims = claims_in(ledger)
    assert claims == tuple(outcome.claim for outcome in summary.outcomes)
    assert resume(tmp_path / "run").outcomes == summary.outcomes


def test_what_finds_nothing_claims_nothing(world: Path, tmp_path: Path) -> None:
    summary = discover(config(world, tmp_path / "run", candidate="oracle", confirm_calls=100))
    assert summary.outcomes == ()
    assert not probes(tmp_path / "run", "confirm")


def test_a_claim_without_questions_stays_undecided(world: Path, tmp_path: Path) -> None:
    never = ModeClaim(("counting", "count>=7", "colour=red"), ("counting",), 0.9, 0.1)
    run = claiming(world, tmp_path / "run", [never])
    (outcome,) = confirm(run, max_calls=100).outcomes
    assert outcome.state == "undecided"
    assert outcome.askable < 0.1


def test_runs_whose_verifier_names_no_skills_are_refused(world: Path, tmp_path: Path) -> None:
    run = claiming(world, tmp_path / "run", [TRUE])
    text = (run / "config.toml").read_text()
    (run / "config.toml").write_text(text.replace('verifier = "exact"', 'verifier = "hf:judge"'))
    with pytest.raises(SpecError, match="names no skills"):
        confirm(run)
