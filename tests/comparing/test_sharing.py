"""Modes of several runs: which are the same, which are shared, and what is known of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from comparing.compared_runs import made_run, outcome
from scotoma.comparing.reading import read_runs
from scotoma.comparing.sharing import side_by_side
from scotoma.confirming.claims import Outcome

PAIR = outcome("counting", "occlusion")


def runs_of(tmp_path: Path, **outcomes: list[Outcome]) -> list[Path]:
    candidates = {"a": "mini", "b": "mini:half", "c": "mini"}
    return [made_run(tmp_path / name, found, candidate=candidates[name]) for name, found in outcomes.items()]


def test_a_mode_of_all_candidates_is_shared_and_the_others_are_ones_own(tmp_path: Path) -> None:
    reading = outcome("text_reading", rate=0.8)
    first, second = side_by_side(read_runs(runs_of(tmp_path, a=[reading, PAIR], b=[PAIR])))
    assert (first.features, first.shared) == (("counting", "occlusion"), True)
    assert first.confirmed_for == ("mini", "mini:half")
    assert (second.features, second.shared) == (("text_reading",), False)
    assert second.confirmed_for == ("mini",)
    own, other = second.runs
    assert (own.standing, own.rate and own.rate.estimate) == ("confirmed", 0.8)
    assert other.standing == "not claimed"


def test_what_is_not_claimed_is_told_with_its_rate_in_discovery(tmp_path: Path) -> None:
    _, run = read_runs(runs_of(tmp_path, a=[PAIR], b=[]))
    (mode,) = side_by_side(read_runs([tmp_path / "a", tmp_path / "b"]))
    asked = [
        probe
        for probe in run.discovery
        if {"counting", "occlusion"} <= set(probe.verdict.skills) and probe.verdict.correct is not None
    ]
    rate = mode.runs[1].rate
    assert rate is not None
    assert rate.n == len(asked) > 0
    assert rate.estimate == pytest.approx(sum(probe.verdict.failure for probe in asked) / len(asked))


def test_what_nobody_asked_has_no_rate(tmp_path: Path) -> None:
    nowhere = outcome("counting", "count>=9")
    (mode,) = side_by_side(read_runs(runs_of(tmp_path, a=[nowhere], b=[])))
    assert (mode.runs[1].standing, mode.runs[1].rate) == ("not claimed", None)
    assert (mode.skills, mode.conditions) == (("counting",), ("count>=9",))


def test_two_names_of_the_same_questions_are_one_mode(tmp_path: Path) -> None:
    other_name = outcome("counting", "visible<0.7", same_as=(("counting", "occlusion"),))
    through = outcome("counting", "visible<0.7", rate=0.7)
    (mode,) = side_by_side(read_runs(runs_of(tmp_path, a=[PAIR], b=[other_name], c=[through])))
    assert [entry.standing for entry in mode.runs] == ["confirmed"] * 3
    assert mode.shared


def test_a_part_or_a_superset_is_another_mode(tmp_path: Path) -> None:
    found = side_by_side(read_runs(runs_of(tmp_path, a=[PAIR], b=[outcome("counting")])))
    assert [(mode.features, mode.confirmed_for) for mode in found] == [
        (("counting", "occlusion"), ("mini",)),
        (("counting",), ("mini:half",)),
    ]


def test_runs_of_one_candidate_vouch_for_each_other(tmp_path: Path) -> None:
    refuted = outcome("counting", "occlusion", state="refuted", rate=0.2)
    (mode,) = side_by_side(read_runs(runs_of(tmp_path, a=[refuted], b=[PAIR], c=[PAIR])))
    assert [entry.standing for entry in mode.runs] == ["refuted", "confirmed", "confirmed"]
    assert mode.shared


def test_one_candidate_alone_shares_with_nobody(tmp_path: Path) -> None:
    (mode,) = side_by_side(read_runs(runs_of(tmp_path, a=[PAIR], c=[PAIR])))
    assert not mode.shared


def test_a_mode_that_is_confirmed_nowhere_is_left_out(tmp_path: Path) -> None:
    undecided = outcome("counting", state="undecided")
    assert side_by_side(read_runs(runs_of(tmp_path, a=[undecided], b=[]))) == ()
