"""What the probes of a step amount to."""

from __future__ import annotations

import pytest

from scotoma.records import Probe, Question, Verdict
from scotoma.training.console import step_line
from scotoma.training.metrics import probe_metrics

VALID = {"valid": True, "reference": "1", "reason": "x"}


def probe(member: int, text: str, verdict: Verdict, reward: float | None, **rewards: float | None) -> Probe:
    question = Question(text, "tiny")
    return Probe("train", 1, 0, member, "id", question, None, verdict, rewards=rewards, reward=reward)


PROBES = [
    probe(0, "a b c", Verdict(True, False, "1", "wrong", skills=("counting", "colour")), 1.5, failure=1.0),
    probe(1, "a b c", Verdict(True, True, "1", "right", skills=("counting",)), 0.5, failure=0.0),
    probe(2, "a b c", Verdict(False, None, None, "unreadable"), -1.0, failure=-1.0, novelty_sem=None),
    probe(3, "a b c", Verdict(True, None, "1", "no_answer", skills=("counting",)), None, failure=None),
    probe(4, "a b c", Verdict(None, None, None, "lost"), None, failure=None),
]


def test_shares_and_means_are_over_what_applies() -> None:
    metrics = probe_metrics(PROBES)
    assert metrics["reward"] == pytest.approx(1.0 / 3)
    assert metrics["reward/failure"] == 0.0
    assert "reward/novelty_sem" not in metrics
    assert metrics["valid_share"] == 0.6
    assert metrics["unscorable_share"] == 0.4
    assert metrics["fdr_asked"] == 0.2
    assert metrics["fdr_valid"] == 0.5
    assert metrics["skills"] == pytest.approx(4.0 / 3)
    assert metrics["step_compositions"] == 2.0
    assert metrics["self_bleu"] == pytest.approx(1.0)


def test_nothing_to_measure() -> None:
    assert probe_metrics([]) == {"step_compositions": 0.0}


def test_line_for_people() -> None:
    metrics = {"step": 7, "fdr_asked": 0.255, "compositions": 31, "seconds/ask": 1.26, "seconds/verify": 0.01}
    assert step_line(metrics) == "step    7 · FDR asked 26% · comps 31 · 1.3 s (ask 1.3)"
