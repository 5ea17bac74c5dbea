"""Image + question answered wrongly -> MinimalPair: one edit of the scene after which it is answered rightly.

edits, the most telling first ─► render ─► screen ─► answer ─► verify ─► ask both again ─► pair
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from scotoma.candidate import Candidate, scene_of
from scotoma.errors import ImagesError
from scotoma.records import Answer, Image, Verdict
from scotoma.tabletop import language
from scotoma.tabletop.edits import Edit, apply, edits_of
from scotoma.tabletop.scene import Scene
from scotoma.verifiers.protocol import Verifier

Edited = tuple[Edit, Image]

BATCH = 4
"""Edits asked together. More would be faster behind a server, and pay for more edits after the one that turns it."""


@dataclass(frozen=True, slots=True)
class MinimalPair:
    """Two pictures that differ by one edit: the candidate fails on the first and not on the second.

    question:            the same for both, and valid for both.
    edited:              the second picture; it opens again from its record.
    answer, reference:   to the original: what the candidate said, and what is right.
    edited_answer, edited_reference: to the edited one.
    old_answer_fits:     the edit made the old answer right, and may show no more than a habit of giving it.
    repeats:             how often each picture was asked again.
    wrong_again, right_again: how often the failure and the right answer then held; for a model that decodes greedily
                         on this machine that says nothing new.
    tried:               edits that were asked, this one included: of many, one may do it by chance.
    calls:               answers that the search took; what the ledger held already was not paid again.
    """

    original_id: str
    question: str
    edit: Edit
    edited: Image
    answer: str
    reference: str | None
    edited_answer: str
    edited_reference: str | None
    old_answer_fits: bool
    repeats: int
    wrong_again: int
    right_again: int
    tried: int
    calls: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, for the ledger's state."""
        return asdict(self) | {"edit": self.edit.to_dict()}

    @staticmethod
    def from_dict(table: Mapping[str, Any]) -> MinimalPair:
        """An equal pair from what `to_dict` gave, also after a round trip through JSON."""
        return MinimalPair(
            **{**table, "edit": Edit.from_dict(table["edit"]), "edited": Image(**table["edited"])}
        )


async def minimal_pair(
    image: Image,
    question: str,
    candidate: Candidate,
    verifier: Verifier,
    *,
    render: Callable[[Scene], Image],
    most_calls: int,
    repeats: int = 2,
) -> MinimalPair | None:
    """The first single edit of the scene after which the candidate answers the same question rightly.

    The question stays valid for the edited scene. Asked `repeats` times more, the original must be wrong and the
    edited one right again, each in more than half of them; an answer that cannot be scored counts as neither.

    render:     scene -> its record, in the size of the image, such as by `images.edited.edited_image`; the candidate
                must be able to open it.
    most_calls: answers that may be asked for, those that the ledger holds included, so that a run that goes on after
                a stop finds the same pair.
    None if there is no failure to explain, if it does not hold, or if no such edit is found within `most_calls`.
    Raises ImagesError if the image has no scene graph, or is not what `render` draws from it (the pair would then
    differ by more than the edit); BudgetSpent when the candidate's budget runs out; ModelError, LedgerError,
    RenderError.
    """
    scene = scene_of(image)
    if render(scene).id != image.id:
        raise ImagesError(
            f"{image.uri}: image {image.id} is not what is drawn from its scene graph here, so that it cannot be "
            "edited: render the images anew with `scotoma images tabletop`"
        )
    asking = _Asking(question, candidate, verifier, most_calls)
    if most_calls < 2 + 2 * repeats or not await asking.screened([image]):
        return None
    ((answer, verdict),) = await asking.judged([image])
    if not verdict.failure or answer.text is None:
        return None
    wrong_again = await asking.held(image, repeats, correct=False)
    if not _mostly(wrong_again, repeats):
        return None
    turned = await _turned(_edited(scene, question, image.id, render), asking, answer, repeats)
    if turned is None:
        return None
    return MinimalPair(
        original_id=image.id,
        question=question,
        edit=turned.edit,
        edited=turned.edited,
        answer=answer.text,
        reference=verdict.reference,
        edited_answer=turned.answer,
        edited_reference=turned.reference,
        old_answer_fits=turned.old_answer_fits,
        repeats=repeats,
        wrong_again=wrong_again,
        right_again=turned.right_again,
        tried=turned.tried,
        calls=most_calls - asking.left,
    )


@dataclass(frozen=True, slots=True)
class _Turned:
    """The second picture of a pair; fields as of `MinimalPair`."""

    edit: Edit
    edited: Image
    answer: str
    reference: str | None
    old_answer_fits: bool
    right_again: int
    tried: int


class _Asking:
    """One question, put to the candidate about several images. left: answers that may still be asked for."""

    def __init__(self, question: str, candidate: Candidate, verifier: Verifier, most_calls: int) -> None:
        self._question = question
        self._candidate = candidate
        self._verifier = verifier
        self.left = most_calls

    async def screened(self, images: list[Image]) -> list[Image]:
        """Those for which the question is not known to be invalid."""
        verdicts = await self._verifier.screen(images, [self._question] * len(images))
        return [image for image, verdict in zip(images, verdicts, strict=True) if verdict is None]

    async def judged(self, images: list[Image], repeat: int = 0) -> list[tuple[Answer, Verdict]]:
        """An answer and its verdict for each image."""
        questions = [self._question] * len(images)
        self.left -= len(images)
        answers = await self._candidate.answer(images, questions, repeat)
        verdicts = await self._verifier.verify(images, questions, answers)
        return list(zip(answers, verdicts, strict=True))

    async def fitting(self, images: list[Image], answer: Answer) -> list[bool]:
        """Would this answer be right for each image? Nothing is asked of the candidate."""
        count = len(images)
        verdicts = await self._verifier.verify(images, [self._question] * count, [answer] * count)
        return [verdict.valid is True and verdict.correct is True for verdict in verdicts]

    async def held(self, image: Image, repeats: int, *, correct: bool) -> int:
        """How many of `repeats` more answers to a valid question are right, or wrong."""
        count = 0
        for repeat in range(1, repeats + 1):
            ((_, verdict),) = await self.judged([image], repeat)
            count += verdict.valid is True and verdict.correct is correct
        return count


def _mostly(held: int, repeats: int) -> bool:
    return 2 * held > repeats or repeats == 0


def _edited(
    scene: Scene, question: str, original_id: str, render: Callable[[Scene], Image]
) -> Iterator[Edited]:
    """The edits with what they look like, rendered one by one when asked for; none of a question that cannot be read.

    What changes no pixel (an object that does not show at all) shows nothing.
    """
    try:
        program = language.read(question)
    except language.Unreadable:
        return
    for edit in edits_of(scene, program):
        changed = apply(scene, edit)
        if changed is None:
            continue
        edited = render(changed)
        if edited.id != original_id:
            yield edit, edited


async def _turned(edits: Iterator[Edited], asking: _Asking, answer: Answer, repeats: int) -> _Turned | None:
    """The first edit after which the answer is right, and holds. answer: the wrong one, to the original."""
    tried = 0
    async for fits, batch in _batches(edits, asking, answer, repeats):
        judged = await asking.judged([edited for _, edited in batch])
        for (edit, edited), (said, verdict) in zip(batch, judged, strict=True):
            tried += 1
            right = verdict.valid is True and verdict.correct is True
            if not right or said.text is None or asking.left < repeats:
                continue
            right_again = await asking.held(edited, repeats, correct=True)
            if _mostly(right_again, repeats):
                return _Turned(edit, edited, said.text, verdict.reference, fits, right_again, tried)
    return None


async def _batches(
    edits: Iterator[Edited], asking: _Asking, answer: Answer, repeats: int
) -> AsyncIterator[tuple[bool, list[Edited]]]:
    """(does the old answer fit, edits to ask together), valid ones only; those that it fits come last.

    Calls are kept back for one batch of these, and for asking again what turns out right.
    """
    fitting: list[Edited] = []
    kept = min(BATCH, (asking.left - repeats) // 3)
    while batch := await _next_valid(
        edits, asking, min(BATCH, asking.left - repeats - kept), answer, fitting
    ):
        yield False, batch
    while fitting and (room := min(BATCH, asking.left - repeats)) > 0:
        yield True, fitting[:room]
        del fitting[:room]


async def _next_valid(
    edits: Iterator[Edited], asking: _Asking, most: int, answer: Answer, fitting: list[Edited]
) -> list[Edited]:
    """The next edits that leave the question valid, at most `most`; those that the answer fits go to `fitting`."""
    found: list[Edited] = []
    while len(found) < most and (drawn := list(islice(edits, most - len(found)))):
        images = await asking.screened([image for _, image in drawn])
        fits = dict(zip((image.id for image in images), await asking.fitting(images, answer), strict=True))
        for edit, image in drawn:
            if image.id in fits:
                (fitting if fits[image.id] else found).append((edit, image))
    return found
