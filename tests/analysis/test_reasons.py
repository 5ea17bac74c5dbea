"""Why questions were not scored."""

from __future__ import annotations

from scotoma.analysis.reasons import ReasonFigures, reasons
from scotoma.records import Probe, Question, Verdict


def probe(member: int, valid: bool | None, correct: bool | None, reason: str) -> Probe:
    return Probe("train", 1, 0, member, "a", Question("?", "q"), None, Verdict(valid, correct, None, reason))


def test_reasons_by_kind_and_number() -> None:
    verdicts = [
        (True, True, "right"),
        (True, False, "wrong"),
        (True, None, "verifier_unsure"),
        (None, None, "verifier_unsure"),
        (None, None, "call_failed"),
        (False, None, "objective"),
        (False, None, "no_false_premise"),
        (False, None, "no_false_premise"),
    ]
    assert reasons(probe(member, *verdict) for member, verdict in enumerate(verdicts)) == (
        ReasonFigures("invalid", "no_false_premise", 2, 0.25),
        ReasonFigures("invalid", "objective", 1, 0.125),
        ReasonFigures("unscorable", "verifier_unsure", 2, 0.25),
        ReasonFigures("unscorable", "call_failed", 1, 0.125),
    )


def test_no_probe_has_no_reason() -> None:
    assert reasons([]) == ()
