"""(image, text, what to read) -> a reading, or the reason why there is none; each call paid once.

A reply that cannot be read is asked for once more, with a line that says so; then it is lost. A call that fails is
lost with its error. Neither is ever a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from scotoma.images.source import ImageSource
from scotoma.ledger import call_key
from scotoma.models.cached import CachedCalls, Call
from scotoma.models.chat import Account, ChatModel, Reply, Request
from scotoma.records import Image
from scotoma.verifiers.judge import prompts
from scotoma.verifiers.judge.parsing import read
from scotoma.verifiers.judge.schemas import Reading, Schema

ERROR = "call_failed"
UNREADABLE = "verifier_unreadable"
"""Reasons of verdicts that are None since a call failed (asked again, it may succeed), or brought nothing to read."""

R = TypeVar("R", bound=Reading)


@dataclass(frozen=True, slots=True)
class Form(Generic[R]):
    """A kind of call: how its reply is asked for and read.

    ballot: what a reading votes for. It is never None.
    """

    name: str
    schema: Schema
    model: type[R]
    ballot: Callable[[R], Hashable]


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to ask.

    image:   what is shown; None asks blind.
    text:    the filled prompt.
    quoted:  texts of others that stand in it.
    about:   what it is about, for people who read the ledger.
    """

    image: Image | None
    text: str
    quoted: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A call that brought no reading. reason: ERROR or UNREADABLE. told: one line for people."""

    reason: str
    told: str


class JudgeCalls:
    """The calls of a judge: a model that is asked through the store of finished calls."""

    def __init__(self, model: ChatModel, source: ImageSource, calls: CachedCalls) -> None:
        self._model = model
        self._source = source
        self._calls = calls

    @property
    def name(self) -> str:
        """The SPEC of the model."""
        return self._model.name

    async def ask(self, form: Form[R], tasks: Sequence[tuple[Task, int]]) -> list[R | Lost]:
        """A reading of each (task, repeat), in order. Raises BudgetSpent, ModelError, ImagesError, LedgerError."""
        found = await self._readings(form, tasks)
        again = [
            at
            for at, reading in enumerate(found)
            if isinstance(reading, Lost) and reading.reason == UNREADABLE
        ]
        if again:
            line = prompts.load("repair")
            repairs = [
                (replace(task, text=f"{task.text}\n\n{line}"), repeat)
                for task, repeat in (tasks[at] for at in again)
            ]
            for at, reading in zip(again, await self._readings(form, repairs), strict=True):
                found[at] = reading
        return found

    async def _readings(self, form: Form[R], tasks: Sequence[tuple[Task, int]]) -> list[R | Lost]:
        async def make(indices: Sequence[int], repeat: int, account: Account) -> Sequence[Reply]:
            shown = {task.image.id: task.image for task, _ in tasks if task.image is not None}
            wanted = {task.image.id for index in indices if (task := tasks[index][0]).image is not None}
            pictures = {identity: self._source.picture(shown[identity]) for identity in wanted}
            requests = [
                Request(
                    None if task.image is None else pictures[task.image.id],
                    "" if task.image is None else task.image.id,
                    task.text,
                    prompts.load("system"),
                    form.schema,
                )
                for task in (tasks[index][0] for index in indices)
            ]
            return await self._model.reply(requests, seed=repeat, account=account)

        calls = [
            Call(self._key(form, task, repeat), f"{form.name}: {task.about}", repeat)
            for task, repeat in tasks
        ]
        replies = await self._calls.replies(calls, make)
        return [_reading(form, task, reply) for (task, _), reply in zip(tasks, replies, strict=True)]

    def _key(self, form: Form[R], task: Task, repeat: int) -> str:
        messages = [
            {"role": "system", "content": prompts.load("system")},
            {"role": "user", "content": task.text},
        ]
        parameters = {**self._model.parameters, "schema": form.schema}
        image_id = "" if task.image is None else task.image.id
        return call_key(self._model.name, parameters, image_id, messages, repeat)


def _reading(form: Form[R], task: Task, reply: Reply) -> R | Lost:
    if reply.text is None:
        return Lost(ERROR, reply.error or "The call failed.")
    reading = read(form.model, reply.text, form.ballot, task.quoted)
    if reading is None:
        return Lost(
            UNREADABLE, f"The reply of the verifier to “{form.name}” cannot be read: {reply.text[:120]!r}"
        )
    return reading
