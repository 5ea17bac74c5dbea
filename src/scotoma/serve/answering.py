"""Turn -> Reply: a model in this process, or a candidate that knows the truth of the images it is shown."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from scotoma.candidate import SHORT_ANSWER, Answerer, OracleAnswerer, PlantedAnswerer
from scotoma.errors import SpecError
from scotoma.identity import picture_id
from scotoma.images.opening import open_source
from scotoma.models.chat import Reply, Request
from scotoma.models.local import LocalChat, load_local
from scotoma.models.mini import mini_path
from scotoma.serve.batching import Batcher
from scotoma.serve.messages import DEFAULT_TOKENS, BadRequest, Turn
from scotoma.serve.truth import KnownImages
from scotoma.specs import Compatible, HuggingFace, Mini, Oracle, Planted, parse_candidate
from scotoma.tabletop.planted import load_planted

_ADDED = SHORT_ANSWER.removeprefix("{question}")


class Served(Protocol):
    """What can be served. name: as a client asks for it."""

    @property
    def name(self) -> str: ...

    async def answer(self, turn: Turn) -> Reply:
        """The reply, its tokens counted. Raises BadRequest, ModelError."""
        ...

    def running(self) -> contextlib.AbstractAsyncContextManager[None]:
        """What has to run beside the answers."""
        ...


class ServedModel:
    """A loaded model; turns that come at the same time are answered in one batch.

    bare: the model was taught bare questions, and gives short answers to them without being asked to.
    """

    def __init__(self, name: str, model: LocalChat, *, bare: bool) -> None:
        self.name = name
        self._model = model
        self._bare = bare
        self._numbers = itertools.count()
        self._batcher: Batcher[tuple[int, Turn], Reply] | None = None

    async def answer(self, turn: Turn) -> Reply:
        assert self._batcher is not None  # by `running`
        return await self._batcher.ask((next(self._numbers), turn))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._batcher = Batcher(self._generated, _together)
        task = asyncio.create_task(self._batcher.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _generated(self, numbered: Sequence[tuple[int, Turn]]) -> Sequence[Reply]:
        first_number, first = numbered[0]
        model = self._model.sampling_with(max_new_tokens=first.max_tokens, temperature=first.temperature)
        requests = [
            Request(
                turn.picture,
                picture_id(turn.picture) if turn.picture is not None else "",
                bare_question(turn.text) if self._bare else turn.text,
                turn.system,
            )
            for _, turn in numbered
        ]
        return model.generate(requests, seed=first_number if first.seed is None else first.seed % 2**63)


class ServedTruth:
    """The oracle or a planted candidate: pictures are recognised by their pixels."""

    def __init__(self, name: str, answerer: Answerer, images: KnownImages) -> None:
        self.name = name
        self._answerer = answerer
        self._images = images

    async def answer(self, turn: Turn) -> Reply:
        if turn.picture is None:
            raise BadRequest(f"{self.name} answers about a picture, and there is none in the message")
        image = await self._images.find(turn.picture)
        question = bare_question(turn.text)
        reply = (await self._answerer.reply([image], [question], turn.seed or 0))[0]
        # There is no tokenizer: words are counted.
        return Reply(reply.text, None, 0.0, 0.0, len(question.split()), len((reply.text or "").split()))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._images.start()
        try:
            yield
        finally:
            self._images.stop()


def open_served(text: str, images: str | None = None) -> Served:
    """What a SPEC names, loaded. images: IMAGES whose truth the oracle or a planted candidate knows.

    Raises SpecError, ImagesError, ModelError, AssetError.
    """
    spec = parse_candidate(text)
    if isinstance(spec, Oracle | Planted):
        if images is None:
            raise SpecError(
                f"{text} answers by the truth of images: name them, such as --images tabletop:n=200"
            )
        answerer = (
            OracleAnswerer()
            if isinstance(spec, Oracle)
            else PlantedAnswerer(text, load_planted(Path(spec.file)))
        )
        return ServedTruth(text, answerer, KnownImages(open_source(images)))
    if images is not None:
        raise SpecError(f"{text} looks at the pixels that it is sent: leave --images out")
    match spec:
        case Compatible():
            raise SpecError(f"{spec.address} is served already: serve mini, hf:..., planted:... or oracle")
        case Mini(kind):
            return ServedModel(
                text, load_local(text, mini_path("candidate", kind), max_new_tokens=DEFAULT_TOKENS), bare=True
            )
        case HuggingFace(name, dtype, device):
            model = load_local(
                text, name, max_new_tokens=DEFAULT_TOKENS, dtype=dtype or "auto", device=device or "auto"
            )
            return ServedModel(text, model, bare=False)


def bare_question(text: str) -> str:
    """The question alone, where a client has asked for a short answer in the words that a candidate is asked in."""
    return text.removesuffix(_ADDED)


def _together(numbered: tuple[int, Turn]) -> Hashable:
    """Turns that one call of a model can answer. A sample that has a seed depends on its batch: it has its own."""
    number, turn = numbered
    alone = number if turn.seed is not None and turn.temperature > 0.0 else None
    return (turn.max_tokens, turn.temperature, alone)
