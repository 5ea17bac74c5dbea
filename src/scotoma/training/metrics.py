"""Probes of a step -> its named metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scotoma.novelty import self_bleu
from scotoma.records import Probe
from scotoma.rewards import TERMS


def probe_metrics(probes: Sequence[Probe]) -> dict[str, float]:
    """What the probes of one step amount to; shares and means over nothing are left out.

    reward, reward/TERM   means over the questions that they apply to
    valid_share           valid / asked
    unscorable_share      unscorable / asked
    fdr_asked             failures / asked
    fdr_valid             failures / valid and scored
    skills                mean number of skills of a valid question whose skills are known
    step_compositions     distinct compositions of skills among them
    self_bleu             of all questions of the step
    """
    valid = [probe for probe in probes if probe.verdict.valid is True]
    known = [probe.verdict.skills for probe in valid if probe.verdict.skills]
    failures = sum(probe.verdict.failure for probe in probes)
    means = {
        "reward": _mean(probe.reward for probe in probes),
        **{f"reward/{term}": _mean(probe.rewards.get(term) for probe in probes) for term in TERMS},
        "valid_share": _mean(float(probe.verdict.valid is True) for probe in probes),
        "unscorable_share": _mean(float(probe.verdict.unscorable) for probe in probes),
        "fdr_asked": failures / len(probes) if probes else None,
        "fdr_valid": _mean(float(probe.verdict.failure) for probe in valid if not probe.verdict.unscorable),
        "skills": _mean(float(len(skills)) for skills in known),
        "step_compositions": float(len(set(known))),
        "self_bleu": self_bleu([probe.question.text for probe in probes]) if len(probes) > 1 else None,
    }
    return {name: value for name, value in means.items() if value is not None}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
