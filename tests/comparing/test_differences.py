"""Differences of two runs: paired where images are shared, and said to be unpaired where none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from comparing.compared_runs import made_run
from runs import synthetic_images
from scotoma.comparing.differences import Difference, differences
from scotoma.comparing.reading import read_runs


def found_in(*run_dirs: Path) -> tuple[Difference, ...]:
    runs = read_runs(run_dirs)
    return differences(runs, {run.label: run.discovery for run in runs})


def test_runs_on_the_same_images_are_paired(tmp_path: Path) -> None:
    discovery, held_out = found_in(made_run(tmp_path / "a"), made_run(tmp_path / "b", seed=5))
    assert (discovery.where, held_out.where) == ("discovery", "held out")
    assert (held_out.first, held_out.second) == ("a", "b")
    assert (held_out.shared, held_out.images, held_out.paired) == (20, 20, True)
    assert held_out.over_asked is not None
    runs = read_runs([tmp_path / "a", tmp_path / "b"])
    rates = [sum(probe.verdict.failure for probe in run.held_out) / len(run.held_out) for run in runs]
    difference = held_out.over_asked.difference
    assert difference.estimate == pytest.approx(rates[0] - rates[1])
    assert difference.low <= difference.estimate <= difference.high
    assert held_out.verifiers is None


def test_a_run_beside_its_copy_differs_by_nothing_at_all(tmp_path: Path) -> None:
    """Only pairing can do that: each replicate has the same images on both sides."""
    for at in found_in(made_run(tmp_path / "a"), made_run(tmp_path / "b")):
        assert at.over_asked is not None
        assert at.over_valid is not None
        for one in (at.over_asked.difference, at.over_valid.difference):
            assert (one.estimate, one.low, one.high) == (0.0, 0.0, 0.0)


def test_other_images_are_unpaired_and_still_compared(tmp_path: Path) -> None:
    others = synthetic_images(60, seed=8)
    _, held_out = found_in(made_run(tmp_path / "a"), made_run(tmp_path / "b", images=others))
    assert (held_out.shared, held_out.images, held_out.paired) == (0, 40, False)
    assert held_out.over_asked is not None
    assert held_out.over_asked.difference.high > held_out.over_asked.difference.low


def test_only_the_same_candidate_is_compared_and_other_verifiers_are_told(tmp_path: Path) -> None:
    runs = (
        made_run(tmp_path / "a"),
        made_run(tmp_path / "b", candidate="mini:half"),
        made_run(tmp_path / "c", seed=2, verifier="hf:judge"),
    )
    found = found_in(*runs)
    assert {(at.first, at.second) for at in found} == {("a", "c")}
    assert {at.verifiers for at in found} == {("exact", "hf:judge")}
