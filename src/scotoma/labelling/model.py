"""Questions -> skills, by a model that is asked once a question; what was paid for is never asked again.

The model sees the question, not the picture: what a question needs stands in it. It is shown as data, see the judge's
`fencing`.
"""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.labelling import prompts
from scotoma.labelling.asking import RETRIES, Lost, Prompt, ask
from scotoma.labelling.catalogue import Catalogue, load_catalogue
from scotoma.labelling.labels import Label
from scotoma.labelling.replies import SKILLS_SCHEMA, read_skills
from scotoma.models.cached import CachedCalls, KeptModel
from scotoma.models.chat import ChatModel
from scotoma.verifiers.judge.fencing import fence, shown

QUESTION_CHARS = 600
"""Characters of a question that are shown."""


class ModelLabeller:
    """A model as a labeller.

    calls:   where finished calls are kept.
    retries: how often a reply that cannot be read is asked for again; then the question is unlabelled.
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
        distinct = list(dict.fromkeys(questions))
        found = await ask(
            self._model, [self._prompt(text) for text in distinct], retries=self._retries, seed=self._seed
        )
        labels = {text: _label(reading) for text, reading in zip(distinct, found, strict=True)}
        return [labels[text] for text in questions]

    def _prompt(self, question: str) -> Prompt[tuple[str, ...]]:
        def read(reply: str) -> tuple[str, ...] | None:
            return read_skills(reply, self._catalogue, (shown(question, QUESTION_CHARS),)) or None

        fenced = fence(question, self._seed, QUESTION_CHARS)
        text = prompts.load("label").replace("{question}", fenced)
        return Prompt(self._system, text, prompts.load("repair"), SKILLS_SCHEMA, read)


def _label(found: tuple[str, ...] | Lost) -> Label:
    return Label((), found.reason, found.told) if isinstance(found, Lost) else Label(found)
