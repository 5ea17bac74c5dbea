"""Failures of a confirmed claim -> asked again word for word, and in other words: does the failure stay?

A question that fails once and passes when it is asked again, or asked differently, is luck or wording, no blind spot.
The answers are kept as calls, and what they came to beside the claim.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from scotoma.candidate import Candidate
from scotoma.confirming.claims import Again
from scotoma.ledger import Ledger
from scotoma.questioners.random import require_scene
from scotoma.records import Probe
from scotoma.tabletop.language import write
from scotoma.tabletop.oracle import ask
from scotoma.verifiers.protocol import Verifier

FAILURES = 5
"""Failures of a claim that are asked again."""

TIMES = 2
"""How often each is repeated, and in how many other wordings it is asked."""

WORDINGS = 12
"""Wordings that are drawn to find TIMES different ones."""


async def repeated(
    failures: Sequence[Probe], candidate: Candidate, verifier: Verifier, ledger: Ledger
) -> Again:
    """Ask the same questions again, TIMES each. Raises BudgetSpent, ModelError, LedgerError."""
    total = Again()
    for repeat in range(1, TIMES + 1):
        asked = [(probe, probe.question.text) for probe in failures]
        total = _added(total, await _judged(asked, candidate, verifier, ledger, repeat))
    return total


async def reworded(
    failures: Sequence[Probe], candidate: Candidate, verifier: Verifier, ledger: Ledger, seed: int
) -> Again:
    """Ask in up to TIMES other wordings of the same meaning. Raises BudgetSpent, ModelError, LedgerError."""
    asked = [
        (probe, text)
        for probe in failures
        for text in other_wordings(probe.question.text, probe.image_id, ledger, seed)
    ]
    return await _judged(asked, candidate, verifier, ledger, 0)


def other_wordings(question: str, image_id: str, ledger: Ledger, seed: int) -> list[str]:
    """Up to TIMES other sentences that the grammar has for the same program."""
    ruling = ask(question, require_scene(ledger.image(image_id)))
    if ruling.program is None:
        return []
    rng = random.Random(f"{seed}:{image_id}:{question}")
    drawn = dict.fromkeys(write(ruling.program, rng) for _ in range(WORDINGS))
    return [text for text in drawn if text != question][:TIMES]


async def _judged(
    asked: Sequence[tuple[Probe, str]],
    candidate: Candidate,
    verifier: Verifier,
    ledger: Ledger,
    repeat: int,
) -> Again:
    images = [ledger.image(probe.image_id) for probe, _ in asked]
    texts = [text for _, text in asked]
    answers = await candidate.answer(images, texts, repeat)
    verdicts = await verifier.verify(images, texts, answers)
    scored = [verdict for verdict in verdicts if verdict.valid is True and verdict.correct is not None]
    return Again(len(scored), sum(verdict.failure for verdict in scored))


def _added(one: Again, other: Again) -> Again:
    return Again(one.asked + other.asked, one.failed + other.failed)
