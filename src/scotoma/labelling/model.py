"""Questions -> skills, by a model that is asked once a question; what was paid for is never asked again.

The model sees the question, not the picture: what a question needs stands in it. It is shown as data, see the judge's
`fencing`. A reply that cannot be read is asked for again, `retries` times; then the question is unlabelled.
"""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.labelling import prompts
from scotoma.labelling.catalogue import Catalogue, load_catalogue
from scotoma.labelling.labels import CALL_FAILED, UNREADABLE, Label
from scotoma.labelling.replies import SKILLS_SCHEMA, read_skills
from scotoma.models.cached import CachedCalls, KeptModel
from scotoma.models.chat import ChatModel, Reply, Request
from scotoma.verifiers.judge.fencing import fence, plain, shown

RETRIES = 2
"""How often a reply that cannot be read is asked for again."""

QUESTION_CHARS = 600
"""Characters of a question that are shown."""

TOLD_CHARS = 200

_PAGE = 512
"""Questions asked together, at most: 100,000 prompts at once would not be small."""


class ModelLabeller:
    """A model as a labeller.

    calls:   where finished calls are kept.
    retries: how often a reply that cannot be read is asked for again.
    seed:    of what is sampled, and of the marks that fence questions.
    """

    def __init__(
        self,
        model: ChatModel,
        calls: CachedCalls,
        catalogue: Catalogue | None = None,
        *,
        retries: int = RETRIES,
        seed: int = 0,
    ) -> None:
        self._model = KeptModel(model, calls)
        self._catalogue = catalogue or load_catalogue()
        # The list stands first in every request: servers that keep prefixes read it once.
        listed = "\n".join(f"{skill.id}: {skill.name}" for skill in self._catalogue.skills.values())
        self._system = prompts.load("system").replace("{catalogue}", listed)
        self._retries = retries
        self._seed = seed

    @property
    def name(self) -> str:
        """The SPEC of the model."""
        return self._model.name

    async def label(self, questions: Sequence[str]) -> list[Label]:
        """One label a question, in order; equal ones are asked once. Raises ModelError, BudgetSpent, LedgerError."""
        labels: dict[str, Label] = {}
        distinct = list(dict.fromkeys(questions))
        for start in range(0, len(distinct), _PAGE):
            labels |= await self._labelled(distinct[start : start + _PAGE])
        return [labels[question] for question in questions]

    async def _labelled(self, questions: Sequence[str]) -> dict[str, Label]:
        labels: dict[str, Label] = {}
        open_ = list(questions)
        for attempt in range(1 + self._retries):
            if not open_:
                break
            requests = [self._request(question, attempt) for question in open_]
            replies = await self._model.reply(requests, seed=self._seed + attempt)
            for question, reply in zip(open_, replies, strict=True):
                labels[question] = self._read(question, reply, attempt)
            open_ = [question for question in open_ if labels[question].reason == UNREADABLE]
        return labels

    def _request(self, question: str, attempt: int) -> Request:
        fenced = fence(question, self._seed, QUESTION_CHARS)
        text = prompts.load("label").replace("{question}", fenced)
        if attempt:
            text = f"{text}\n\n{prompts.load('repair')}"
        return Request(None, "", text, self._system, SKILLS_SCHEMA)

    def _read(self, question: str, reply: Reply, attempt: int) -> Label:
        if reply.text is None:
            return Label((), CALL_FAILED, plain(reply.error or "the call failed", TOLD_CHARS))
        skills = read_skills(reply.text, self._catalogue, (shown(question, QUESTION_CHARS),))
        if skills:
            return Label(skills)
        times = "once" if attempt == 0 else f"{attempt + 1} times"
        said = plain(reply.text, TOLD_CHARS)
        return Label((), UNREADABLE, f"asked {times}, the labeller named no skill: {said!r}")
