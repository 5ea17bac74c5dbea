"""Image + question -> Answer: the frozen model under test, asked through the ledger so that no call is paid
twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from scotoma.errors import ImagesError
from scotoma.images.source import ImageSource
from scotoma.ledger import Ledger, call_key
from scotoma.models.cached import CachedCalls, Call
from scotoma.models.chat import Account, ChatModel, Parameters, Reply, Request
from scotoma.models.guard import Budget
from scotoma.models.opening import open_model
from scotoma.records import Answer, Image
from scotoma.specs import Compatible, HuggingFace, Mini, Oracle, Planted, parse_candidate
from scotoma.tabletop.oracle import ask
from scotoma.tabletop.planted import PlantedSpec, load_planted
from scotoma.tabletop.scene import Scene

TRAINING_CALLS = "candidate"
EVALUATION_CALLS = "candidate:evaluation"
CONFIRMATION_CALLS = "candidate:confirmation"
"""Under what the ledger files the calls of the parts of a run, so that each keeps to its budget after a resume."""

CANDIDATE_CALLS = (TRAINING_CALLS, EVALUATION_CALLS, CONFIRMATION_CALLS)
"""All of them."""

UNANSWERABLE = "I cannot tell."
"""What the oracle says to a question that has no answer."""


class Answerer(Protocol):
    """What can stand behind a candidate: a model, the oracle, a planted specification."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> Parameters: ...

    async def reply(
        self, images: Sequence[Image], questions: Sequence[str], repeat: int, account: Account | None = None
    ) -> list[Reply]:
        """One reply for each image and question, in order. account: as of a ChatModel."""
        ...


class ModelAnswerer:
    """A vision-language model.

    template: what the model is told; "{question}" stands for the question.
    """

    def __init__(self, model: ChatModel, source: ImageSource, template: str = "{question}") -> None:
        self._model = model
        self._source = source
        self._template = template

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def parameters(self) -> Parameters:
        return {**self._model.parameters, "template": self._template}

    async def reply(
        self, images: Sequence[Image], questions: Sequence[str], repeat: int, account: Account | None = None
    ) -> list[Reply]:
        once = {image.id: image for image in images}
        pictures = {identity: self._source.picture(image) for identity, image in once.items()}
        requests = [
            # Not str.format: a question is untrusted text and may hold braces.
            Request(pictures[image.id], image.id, self._template.replace("{question}", question))
            for image, question in zip(images, questions, strict=True)
        ]
        return await self._model.reply(requests, seed=repeat, account=account)


class OracleAnswerer:
    """Always right: the exact answer of the tabletop's oracle. Finds no failure, which is what it is for."""

    name = "oracle"
    parameters: Parameters = MappingProxyType({})

    async def reply(
        self, images: Sequence[Image], questions: Sequence[str], repeat: int, account: Account | None = None
    ) -> list[Reply]:
        return [
            Reply(ask(question, scene_of(image)).answer or UNANSWERABLE)
            for image, question in zip(images, questions, strict=True)
        ]


class PlantedAnswerer:
    """Right except in its planted blind spots."""

    def __init__(self, name: str, spec: PlantedSpec) -> None:
        self.name = name
        self._spec = spec

    @property
    def parameters(self) -> Parameters:
        # The whole specification, so that an edited file is another candidate.
        return {"planted": repr(self._spec)}

    async def reply(
        self, images: Sequence[Image], questions: Sequence[str], repeat: int, account: Account | None = None
    ) -> list[Reply]:
        return [
            Reply(self._spec.answer(question, scene_of(image), image.id, repeat))
            for image, question in zip(images, questions, strict=True)
        ]


class Candidate:
    """An answerer behind the ledger's store of calls and a budget.

    role: under what the ledger files its calls, so that they can be counted apart.
    """

    def __init__(
        self, answerer: Answerer, ledger: Ledger, budget: Budget, *, role: str = TRAINING_CALLS
    ) -> None:
        self._answerer = answerer
        self._calls = CachedCalls(ledger, budget, role)

    @property
    def name(self) -> str:
        """The SPEC of the candidate."""
        return self._answerer.name

    @property
    def budget(self) -> Budget:
        """What its calls are charged to."""
        return self._calls.budget

    async def answer(
        self, images: Sequence[Image], questions: Sequence[str], repeat: int = 0
    ) -> list[Answer]:
        """Answers in order. What was asked before, also within this batch, is not asked again.

        repeat: 0, 1, 2, ... asks the same question again on purpose.
        Raises BudgetSpent before anything is asked if the calls do not fit; ModelError; LedgerError.
        """

        async def make(indices: Sequence[int], repeat: int, account: Account) -> Sequence[Reply]:
            return await self._answerer.reply(
                [images[i] for i in indices], [questions[i] for i in indices], repeat, account
            )

        wanted = [
            Call(self._key(image, question, repeat), question, repeat)
            for image, question in zip(images, questions, strict=True)
        ]
        return [self._answer(reply) for reply in await self._calls.replies(wanted, make)]

    def _key(self, image: Image, question: str, repeat: int) -> str:
        return call_key(self._answerer.name, self._answerer.parameters, image.id, question, repeat)

    def _answer(self, reply: Reply) -> Answer:
        return Answer(reply.text, self.name, reply.latency_s, reply.cost_usd, reply.error)


SHORT_ANSWER = "{question} Answer with one word or a short phrase."
"""Template for models that are inclined to talk. The mini candidate was trained on bare questions."""


def answerer_from_spec(
    text: str, source: ImageSource, *, template: str | None = None, answer_tokens: int = 16
) -> Answerer:
    """The answerer that a SPEC names, loaded.

    template: see `ModelAnswerer`; None = the bare question for `mini`, SHORT_ANSWER for any other model.
    Raises SpecError, ModelError, AssetError.
    """
    match parse_candidate(text):
        case Oracle():
            return OracleAnswerer()
        case Planted(file):
            return PlantedAnswerer(text, load_planted(Path(file)))
        case Mini() as spec:
            return ModelAnswerer(
                open_model(spec, max_new_tokens=answer_tokens), source, template or "{question}"
            )
        case HuggingFace() | Compatible() as spec:
            return ModelAnswerer(
                open_model(spec, max_new_tokens=answer_tokens), source, template or SHORT_ANSWER
            )


def scene_of(image: Image) -> Scene:
    """The scene graph of an image. Raises ImagesError where none is known."""
    if image.truth is None:
        raise ImagesError(
            f"image {image.uri} has no exact truth: use a candidate and a verifier that look at pixels"
        )
    return Scene.from_truth(image.truth)
