"""Image + question + Answer -> Verdict, by a vision-language model: its own answer first, then the comparison.

    question ─► 1 valid? ─► 2 its own answer, before and without the candidate's (─► known without the picture?)
    answer   ─► equal in normal form? else 3 the same meaning as its own?

Each call is put to k votes. Where they do not agree, where calls fail or cannot be read, the verdict is None.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from scotoma.records import Answer, Image, Verdict
from scotoma.verifiers.judge import prompts
from scotoma.verifiers.judge.assessing import Assessment, Reference, assess
from scotoma.verifiers.judge.calling import Form, JudgeCalls, Task
from scotoma.verifiers.judge.fencing import fence, plain, shown
from scotoma.verifiers.judge.normalising import compare
from scotoma.verifiers.judge.polling import Poll, polls
from scotoma.verifiers.judge.schemas import COMPARISON, Comparison
from scotoma.verifiers.judge.settings import ANSWER_CHARS, EVIDENCE_CHARS, QUESTION_CHARS, JudgeSettings

_KEPT = 4096

COMPARED = Form("comparison", COMPARISON, Comparison, lambda reading: reading.verdict)

_OUTCOMES: dict[object, tuple[bool | None, str]] = {
    "same": (True, "right"),
    "different": (False, "wrong"),
    "no_answer": (None, "hedged_answer"),
}


class JudgeVerifier:
    """A vision-language model as a verifier; needs no truth.

    It cannot know which skills a question needs: `Verdict.skills` is (), to be filled by a labeller. Questions and
    answers are texts of models that may have learned to please: they are fenced, see `fencing`. Its own answers are
    remembered between `screen` and `verify`; what was forgotten is in the ledger, call by call.
    """

    def __init__(self, caller: JudgeCalls, settings: JudgeSettings | None = None) -> None:
        self._caller = caller
        self._settings = settings or JudgeSettings()
        self._references: OrderedDict[tuple[str, str], Reference] = OrderedDict()

    @property
    def name(self) -> str:
        """The SPEC of the model."""
        return self._caller.name

    def require(self, image: Image) -> None:
        """Nothing is required of an image."""

    async def screen(self, images: Sequence[Image], questions: Sequence[str]) -> list[Verdict | None]:
        """The verdict on each question that is invalid, or that the judge cannot decide or answer; None for the rest.

        Raises BudgetSpent, ModelError, ImagesError, LedgerError.
        """
        assessed = await self._assessed(images, questions)
        return [None if isinstance(entry, Reference) else entry for entry in assessed]

    async def verify(
        self, images: Sequence[Image], questions: Sequence[str], answers: Sequence[Answer]
    ) -> list[Verdict]:
        """Verdicts in order. Raises BudgetSpent, ModelError, ImagesError, LedgerError."""
        verdicts: dict[int, Verdict] = {}
        open_: dict[int, tuple[Reference, str]] = {}
        for at, entry in enumerate(await self._assessed(images, questions)):
            verdict = _without_a_call(entry, answers[at])
            if verdict is not None:
                verdicts[at] = verdict
            elif isinstance(entry, Reference):
                open_[at] = entry, answers[at].text or ""
        tasks = [
            self._task(images[at], questions[at], reference, answer)
            for at, (reference, answer) in open_.items()
        ]
        settings = self._settings
        found = await polls(self._caller, COMPARED, tasks, settings.votes, settings.agreement)
        for (at, (reference, _)), poll in zip(open_.items(), found, strict=True):
            verdicts[at] = _compared(reference, poll)
        return [verdicts[at] for at in range(len(answers))]

    async def _assessed(self, images: Sequence[Image], questions: Sequence[str]) -> list[Assessment]:
        """What is known of each question, asked for where it is not remembered."""
        pairs = {
            (image.id, question): (image, question) for image, question in zip(images, questions, strict=True)
        }
        known: dict[tuple[str, str], Assessment] = {
            key: self._references[key] for key in pairs if key in self._references
        }
        fresh = [key for key in pairs if key not in known]
        found = await assess(self._caller, [pairs[key] for key in fresh], self._settings)
        known.update(zip(fresh, found, strict=True))
        self._references.update((key, entry) for key, entry in known.items() if isinstance(entry, Reference))
        while len(self._references) > _KEPT:
            self._references.popitem(last=False)
        return [known[image.id, question] for image, question in zip(images, questions, strict=True)]

    def _task(self, image: Image, question: str, reference: Reference, answer: str) -> Task:
        seed = self._settings.seed
        parts = {
            "question": fence(question, seed, QUESTION_CHARS),
            "reference": fence(reference.answer, seed, ANSWER_CHARS),
            "answer": fence(answer, seed, ANSWER_CHARS),
        }
        asked, said = shown(question, QUESTION_CHARS), shown(answer, ANSWER_CHARS)
        return Task(image, prompts.fill("comparison", parts), (asked, said), f"{said[:80]} | {asked}")


def _without_a_call(entry: Assessment, answer: Answer) -> Verdict | None:
    """The verdict where nothing has to be compared: no answer, or one that is plainly equal or plainly another."""
    if isinstance(entry, Verdict):
        return entry
    if answer.text is None:
        return Verdict(True, None, entry.answer, "no_answer", answer.error or "The call failed.")
    if not plain(answer.text, ANSWER_CHARS):
        return Verdict(True, None, entry.answer, "empty_answer", entry.told)
    equal = compare(entry.answer, plain(answer.text, ANSWER_CHARS))
    if equal is None:
        return None
    return Verdict(True, equal, entry.answer, "right" if equal else "wrong", entry.told)


def _compared(reference: Reference, poll: Poll[Comparison]) -> Verdict:
    if poll.winner is None:
        reason, told = poll.abstention()
        return Verdict(True, None, reference.answer, reason, plain(told, EVIDENCE_CHARS))
    correct, reason = _OUTCOMES[poll.winner]
    told = f"{reference.told} {poll.tally} on the comparison: {poll.agreeing[0].why}"
    return Verdict(True, correct, reference.answer, reason, plain(told, EVIDENCE_CHARS))
