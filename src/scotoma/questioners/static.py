"""Image -> n sampled questions of a vision-language model that learns nothing: the baseline, and any frozen
policy."""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.images.source import ImageSource
from scotoma.models.chat import ChatModel, Reply, Request
from scotoma.questioners.told import Instruction
from scotoma.records import Image, Unasked


class StaticQuestioner:
    """A model and a prompt. The model must sample (temperature above 0), or all n questions come out the
    same."""

    def __init__(self, name: str, model: ChatModel, source: ImageSource, prompt: str) -> None:
        self._name = name
        self._model = model
        self._source = source
        self._prompt = prompt

    @property
    def name(self) -> str:
        return self._name

    @property
    def prompt(self) -> str:
        return self._prompt

    async def ask(self, images: Sequence[Image], n: int, seed: int) -> list[list[str]]:
        """n questions an image, sampled together in batches over images."""
        each = [image for image in images for _ in range(n)]
        texts = await self.ask_each(each, [Instruction(self._prompt)] * len(each), seed)
        return [texts[start : start + n] for start in range(0, len(texts), n)]

    async def ask_each(self, images: Sequence[Image], told: Sequence[Instruction], seed: int) -> list[str]:
        """One question for each image and instruction, whatever prompt it was made with."""
        pictures = {image.id: self._source.picture(image) for image in images}
        requests = [
            Request(pictures[image.id], image.id, instruction.text)
            for image, instruction in zip(images, told, strict=True)
        ]
        replies = await self._model.reply(requests, seed=seed)
        return [asked(reply) for reply in replies]


def asked(reply: Reply) -> str:
    """The question that a reply is; of a call that failed, `Unasked`."""
    return Unasked(reply.error or "the call failed") if reply.text is None else reply.text
