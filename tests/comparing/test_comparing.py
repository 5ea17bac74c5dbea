"""Runs side by side: equal calls, what is cut, notes, and bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from comparing.compared_runs import IMAGES, made_run, outcome
from runs import probes as stored
from runs import write_run
from scotoma.analysis.equal import calls_of
from scotoma.comparing.comparing import compare_runs
from scotoma.errors import LedgerError, SpecError
from scotoma.novelty.bleu import self_bleu
from scotoma.novelty.embed import HashedEmbedder

HASHED = HashedEmbedder()


def test_all_discoveries_are_cut_to_the_smallest(tmp_path: Path) -> None:
    short = made_run(tmp_path / "short", steps=6)
    long = made_run(tmp_path / "long", steps=14, seed=4)
    found = compare_runs([long, short], HASHED)
    smallest = calls_of(stored(short, "train"))
    assert found.calls == smallest < calls_of(stored(long, "train"))
    assert [run.cut_calls for run in found.runs] == [smallest, smallest]
    one, other = found.runs
    assert (one.run, other.run) == ("long", "short")
    # The short one is whole: its figures are those of all its questions.
    probes = stored(short, "train")
    valid = [probe for probe in probes if probe.verdict.valid]
    assert other.discovery.asked == len(probes)
    assert other.discovery.failures == sum(probe.verdict.failure for probe in probes)
    assert other.skills == len({skill for probe in valid for skill in probe.verdict.skills})
    assert other.combinations == len({probe.verdict.skills for probe in valid})
    assert other.failing == len({probe.verdict.skills for probe in probes if probe.verdict.failure})
    assert other.self_bleu == self_bleu([probe.question.text for probe in valid])
    assert one.discovery.asked < len(stored(long, "train"))
    assert other.held_out is not None
    assert (other.held_out.phase, other.held_out.asked) == ("eval:trained", 80)


def test_calls_may_be_given_but_no_more_than_there_are(tmp_path: Path) -> None:
    runs = [made_run(tmp_path / "a", steps=4), made_run(tmp_path / "b", steps=8)]
    assert {run.cut_calls for run in compare_runs(runs, HASHED, calls=20).runs} == {20}
    fewest = calls_of(stored(runs[0], "train"))
    with pytest.raises(SpecError, match=rf"discovery of .*a has made only {fewest}: compare at {fewest}"):
        compare_runs(runs, HASHED, calls=fewest + 1)


def test_vendi_scores_are_taken_over_samples_of_one_size_and_repeat(tmp_path: Path) -> None:
    runs = [made_run(tmp_path / "a", steps=4), made_run(tmp_path / "b", steps=9, seed=2)]
    found = compare_runs(runs, HASHED, calls=30)
    assert 20 <= found.sample <= min(run.discovery.asked for run in found.runs)
    assert all(1.0 < (run.vendi or 0.0) < found.sample for run in found.runs)
    assert compare_runs(runs, HASHED, calls=30) == found


def test_confirmed_modes_and_what_one_costs(tmp_path: Path) -> None:
    pair, refuted = outcome("counting", "occlusion"), outcome("viewpoint", state="refuted", rate=0.2)
    runs = [
        made_run(tmp_path / "a", [pair, refuted]),
        made_run(tmp_path / "b", [], steps=7),
        made_run(tmp_path / "c"),
    ]
    found = compare_runs(runs, HASHED)
    first, second, third = found.runs
    assert (first.claims, first.confirmed) == (2, 1)
    assert first.calls_a_mode == first.discovery_calls > 0
    assert (second.claims, second.confirmed, second.calls_a_mode) == (0, 0, None)
    assert (third.claims, third.confirmed) == (None, None)
    assert [mode.features for mode in found.modes] == [("counting", "occlusion")]
    assert "modes were not tested in c: scotoma confirm does it" in found.notes
    assert any("unequal budgets" in note for note in found.notes)


def test_runs_without_a_common_candidate_are_told_of(tmp_path: Path) -> None:
    runs = [made_run(tmp_path / "a", []), made_run(tmp_path / "b", [], candidate="mini:half")]
    found = compare_runs(runs, HASHED)
    assert found.candidates == ("mini", "mini:half")
    assert found.differences == ()
    assert any(note.startswith("no two runs test the same candidate") for note in found.notes)


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    run = made_run(tmp_path / "a")
    with pytest.raises(SpecError, match="needs two runs or more"):
        compare_runs([run], HASHED)
    with pytest.raises(SpecError, match="named twice"):
        compare_runs([run, tmp_path / "." / "a"], HASHED)
    with pytest.raises(LedgerError, match="none: is not a run"):
        compare_runs([run, tmp_path / "none"], HASHED)
    empty = write_run(tmp_path / "empty", IMAGES, [], stand_in_pictures=False)
    with pytest.raises(LedgerError, match="empty: its discovery has asked the candidate nothing"):
        compare_runs([run, empty], HASHED)
    (tmp_path / "a" / "ledger.sqlite").write_bytes(b"no database at all, but long enough to be read as one")
    with pytest.raises(LedgerError, match="is not a ledger"):
        compare_runs([run, made_run(tmp_path / "b")], HASHED)
