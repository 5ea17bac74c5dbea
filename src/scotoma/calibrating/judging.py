"""Posed questions + Verifier -> JudgedQuestions: screened, then verified with every answer, as in a run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from scotoma.analysis.calibration import AnswerKind, JudgedAnswer, JudgedQuestion
from scotoma.calibrating.asking import Posed
from scotoma.records import Answer, Verdict
from scotoma.training.progress import Progress
from scotoma.verifiers.protocol import Verifier

BATCH = 32
"""Questions put to the verifier together."""


async def judge_all(
    verifier: Verifier, posed: Iterable[Posed], total: int, progress: Progress
) -> list[JudgedQuestion]:
    """What the verifier makes of every question, in order. total: how many are expected, for the progress.

    Raises ImagesError, ModelError, BudgetSpent, LedgerError.
    """
    judged: list[JudgedQuestion] = []
    questions = iter(posed)
    progress.begin("calibrate", total)
    try:
        while batch := list(islice(questions, BATCH)):
            # asyncio delivers Ctrl-C in its event loop, to which a local model never gives way.
            await asyncio.sleep(0)
            judged += await _judged(verifier, batch)
            progress.advance(len(batch), {})
    finally:
        progress.end()
    return judged


async def _judged(verifier: Verifier, batch: Sequence[Posed]) -> list[JudgedQuestion]:
    screened = await verifier.screen([entry.image for entry in batch], [entry.text for entry in batch])
    places = [
        (at, kind, text)
        for at, (entry, verdict) in enumerate(zip(batch, screened, strict=True))
        if verdict is None
        for kind, text in entry.answers
    ]
    verdicts = await verifier.verify(
        [batch[at].image for at, _, _ in places],
        [batch[at].text for at, _, _ in places],
        [Answer(text, "calibration") for _, _, text in places],
    )
    found: dict[int, list[tuple[AnswerKind | None, str, Verdict]]] = {}
    for (at, kind, text), verdict in zip(places, verdicts, strict=True):
        found.setdefault(at, []).append((kind, text, verdict))
    return list(_records(batch, screened, found))


def _records(
    batch: Sequence[Posed],
    screened: Sequence[Verdict | None],
    found: dict[int, list[tuple[AnswerKind | None, str, Verdict]]],
) -> Iterator[JudgedQuestion]:
    for at, (entry, verdict) in enumerate(zip(batch, screened, strict=True)):
        if verdict is None:
            verdict, judged = found[at][0][2], found[at]
        else:
            # Settled before an answer was asked for: if it was found valid, no answer can be judged.
            judged = [(kind, text, verdict) for kind, text in entry.answers if verdict.valid is True]
        yield JudgedQuestion(
            image_id=entry.image.id,
            text=entry.text,
            skills=entry.skills,
            cause=entry.cause,
            valid=verdict.valid,
            reason=verdict.reason,
            answers=tuple(
                JudgedAnswer(kind, text, given.correct, given.reason)
                for kind, text, given in judged
                if kind is not None
            ),
        )
