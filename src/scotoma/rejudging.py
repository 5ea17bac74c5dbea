"""Probes of a run + a second verifier -> its verdicts, kept in the ledger, and how far it agrees with the first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from scotoma.analysis.agreement import Agreement, Drawn, agreement, drawn
from scotoma.analysis.figures import scored
from scotoma.analysis.summary import EVALUATION, TRAINING
from scotoma.config import DiscoverConfig, compared, load_config
from scotoma.ledger import Ledger
from scotoma.records import CALL_FAILED, Answer, Image, Probe, Verdict
from scotoma.training.progress import Progress
from scotoma.verifiers.protocol import Verifier

VERDICTS = "second_verdicts"
"""The ledger's state that keeps the verdicts of second verifiers: verifier -> what was judged -> verdict."""

LEARNING = frozenset({"grpo", "bandit", "feedback"})
"""Engines whose questioner learns from verdicts, so that it can learn a verifier's mistakes."""

BATCH = 32
"""Probes put to the verifier together."""

NOT_ANSWERED = "not_answered"
"""Reason of a second verdict that a question is valid which nobody answered."""

_Key = tuple[str, str, str | None]
"""Image, question, answer: what a verdict is about. A probe that is asked again has another one."""


def judged_phase(ledger: Ledger, config: DiscoverConfig) -> str:
    """The held-out phase that a run is judged by, or discovery where there is none."""
    phase = EVALUATION + compared(config.engine, config.questioner, config.verifier)[0]
    return phase if ledger.probe_count(phase) else TRAINING


def sample_in(ledger: Ledger, config: DiscoverConfig) -> tuple[Drawn, ...]:
    """The probes of a run that a second verifier is to judge."""
    return drawn(tuple(ledger.probes(judged_phase(ledger, config))), config.second_sample, config.seed)


async def rejudge(
    sample: Sequence[Drawn], name: str, verifier: Verifier, ledger: Ledger, progress: Progress
) -> None:
    """Judge what of a sample was not judged yet. name: the verifier's SPEC, under which its verdicts are kept.

    What failed calls left undecided is not kept: a later sitting asks again.
    Raises BudgetSpent, ModelError, ImagesError, LedgerError; what was judged by then is kept.
    """
    kept = _kept(ledger, name)
    # A question that was asked twice, and answered alike, is one verdict.
    left = list({_key(one.probe): one.probe for one in sample if _key(one.probe) not in kept}.values())
    if not left:
        return
    progress.begin("second verifier", len(left))
    try:
        for batch in (left[start : start + BATCH] for start in range(0, len(left), BATCH)):
            # asyncio delivers Ctrl-C in its event loop, to which a local model never gives way.
            await asyncio.sleep(0)
            for probe, verdict in zip(batch, await _judged(batch, verifier, ledger), strict=True):
                if verdict.reason not in CALL_FAILED:
                    kept[_key(probe)] = verdict
            _keep(ledger, name, kept)
            progress.advance(len(batch), {})
    finally:
        progress.end()


def agreement_in(ledger: Ledger) -> Agreement | None:
    """How far the second verifier of a run agrees with the first; None without one, or before it has judged."""
    given = ledger.config()
    if "second_verifier" not in given:
        return None
    config = load_config(flags=given)
    name = str(config.second_verifier)
    kept = _kept(ledger, name)
    if not kept:
        return None
    sample = sample_in(ledger, config)
    return agreement(
        sample,
        [kept.get(_key(one.probe)) for one in sample],
        first=config.verifier,
        second=name,
        learned=config.engine in LEARNING,
        seed=config.seed,
    )


async def _judged(probes: Sequence[Probe], verifier: Verifier, ledger: Ledger) -> list[Verdict]:
    """Verdicts in order; of an unanswered question only whether it is valid."""
    images: Mapping[str, Image] = {one: ledger.image(one) for one in {probe.image_id for probe in probes}}
    answered = [at for at, probe in enumerate(probes) if scored(probe)]
    others = [at for at, probe in enumerate(probes) if not scored(probe)]
    graded = await verifier.verify(
        [images[probes[at].image_id] for at in answered],
        [probes[at].question.text for at in answered],
        [probes[at].answer or Answer(None, "") for at in answered],
    )
    screened = await verifier.screen(
        [images[probes[at].image_id] for at in others], [probes[at].question.text for at in others]
    )
    found = dict(zip(answered, graded, strict=True))
    for at, verdict in zip(others, screened, strict=True):
        found[at] = verdict or Verdict(True, None, None, NOT_ANSWERED)
    return [found[at] for at in range(len(probes))]


def _key(probe: Probe) -> _Key:
    return probe.image_id, probe.question.text, probe.answer.text if probe.answer else None


def _kept(ledger: Ledger, name: str) -> dict[_Key, Verdict]:
    """The verdicts of a verifier that are kept."""
    kept = (ledger.state(VERDICTS) or {}).get(name, ())
    return {
        (image, question, answer): Verdict(valid, correct, reference, reason, evidence)
        for image, question, answer, valid, correct, reference, reason, evidence in kept
    }


def _keep(ledger: Ledger, name: str, verdicts: Mapping[_Key, Verdict]) -> None:
    rows = [
        [*key, verdict.valid, verdict.correct, verdict.reference, verdict.reason, verdict.evidence]
        for key, verdict in verdicts.items()
    ]
    ledger.set_state(VERDICTS, {**(ledger.state(VERDICTS) or {}), name: rows})
