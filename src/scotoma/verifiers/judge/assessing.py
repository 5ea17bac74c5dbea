"""(image, question) -> the judge's own answer, or a verdict that needs none: all before the candidate is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scotoma.records import Image, Verdict
from scotoma.verifiers.judge import prompts
from scotoma.verifiers.judge.calling import Form, JudgeCalls, R, Task
from scotoma.verifiers.judge.fencing import fence, plain, shown
from scotoma.verifiers.judge.normalising import normal
from scotoma.verifiers.judge.polling import UNSURE, Poll, polls
from scotoma.verifiers.judge.schemas import CHECKLIST, CHECKS, OWN_ANSWER, Checklist, OwnAnswer
from scotoma.verifiers.judge.settings import EVIDENCE_CHARS, QUESTION_CHARS, JudgeSettings

_VALID, _INVALID, _CANNOT_TELL = "valid", "invalid", "cannot tell"


@dataclass(frozen=True, slots=True)
class Reference:
    """The judge's own answer to a valid question. told: by how many votes, for people."""

    answer: str
    told: str


Assessment = Reference | Verdict
"""What is known of a question before it is answered; a Verdict is final."""


def _own_ballot(reading: OwnAnswer) -> str:
    return (normal(reading.answer) if reading.can_tell else "") or _CANNOT_TELL


VALIDITY = Form("validity", CHECKLIST, Checklist, lambda reading: _INVALID if reading.failing() else _VALID)
OWN = Form("own answer", OWN_ANSWER, OwnAnswer, _own_ballot)
BLIND = Form("blind answer", OWN_ANSWER, OwnAnswer, _own_ballot)


async def assess(
    caller: JudgeCalls, pairs: Sequence[tuple[Image, str]], settings: JudgeSettings
) -> list[Assessment]:
    """The assessment of each image and question, in order. Each stage asks at once about all that is still open.

    Raises BudgetSpent, ModelError, ImagesError, LedgerError.
    """
    found: dict[int, Assessment] = {}
    for at, (_, question) in enumerate(pairs):
        refused = _unreadable(question)
        if refused is not None:
            found[at] = refused

    async def stage(
        form: Form[R], prompt: str, places: Sequence[int], sees: bool = True
    ) -> Mapping[int, Poll[R]]:
        tasks = [_task(prompt, pairs[at][0] if sees else None, pairs[at][1], settings.seed) for at in places]
        return dict(
            zip(places, await polls(caller, form, tasks, settings.votes, settings.agreement), strict=True)
        )

    for at, validity in (
        await stage(VALIDITY, "validity", [at for at in range(len(pairs)) if at not in found])
    ).items():
        if validity.winner != _VALID:
            found[at] = _not_valid(validity)
    for at, own in (await stage(OWN, "answer", [at for at in range(len(pairs)) if at not in found])).items():
        found[at] = _own_answer(own)
    if settings.blind:
        told = {at: entry for at, entry in found.items() if isinstance(entry, Reference)}
        for at, blind in (await stage(BLIND, "blind", list(told), sees=False)).items():
            if blind.winner == normal(told[at].answer):
                found[at] = _known_blind(told[at])
    return [found[at] for at in range(len(pairs))]


def _task(prompt: str, image: Image | None, question: str, seed: int) -> Task:
    text = prompts.fill(prompt, {"question": fence(question, seed, QUESTION_CHARS)})
    inside = shown(question, QUESTION_CHARS)
    return Task(image, text, (inside,), inside)


def _unreadable(question: str) -> Verdict | None:
    """The verdict on what is no question to any eye; nothing is paid for it."""
    line = plain(question, QUESTION_CHARS)
    if not any(character.isalnum() for character in line):
        return Verdict(False, None, None, "unreadable", "The question is empty.")
    if len(line) > QUESTION_CHARS:
        return Verdict(
            False, None, None, "too_long", f"The question is longer than {QUESTION_CHARS} characters."
        )
    return None


def _not_valid(poll: Poll[Checklist]) -> Verdict:
    """The verdict of a poll that did not find the question valid: invalid for the point that failed most votes."""
    if poll.winner is None:
        reason, told = poll.abstention()
        return Verdict(None, None, None, reason, plain(told, EVIDENCE_CHARS))
    failing = Counter(name for vote in poll.agreeing if (name := vote.failing()) is not None)
    name = min(failing, key=lambda name: (-failing[name], CHECKS.index(name)))
    why = next(vote.point(name).why for vote in poll.agreeing if vote.failing() == name)
    told = f"By {poll.tally} the question fails “{name.replace('_', ' ')}”. {why}"
    return Verdict(False, None, None, name, plain(told, EVIDENCE_CHARS))


def _own_answer(poll: Poll[OwnAnswer]) -> Assessment:
    """The judge's own answer as the first vote for it words it, or an abstention."""
    if poll.winner is None:
        reason, told = poll.abstention()
        return Verdict(True, None, None, reason, plain(told, EVIDENCE_CHARS))
    first = poll.agreeing[0]
    if poll.winner == _CANNOT_TELL:
        told = f"The verifier cannot tell the answer itself ({poll.tally}). {first.why}"
        return Verdict(True, None, None, UNSURE, plain(told, EVIDENCE_CHARS))
    answer = plain(first.answer, EVIDENCE_CHARS)
    return Reference(answer, f"The verifier's own answer is “{answer}” ({poll.tally}).")


def _known_blind(reference: Reference) -> Verdict:
    told = f"Without the picture the verifier is certain of the same answer, “{reference.answer}”."
    return Verdict(False, None, None, "needs_image", plain(told, EVIDENCE_CHARS))
