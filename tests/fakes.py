"""Stand-ins that tests share: scenes as an image source or a folder, a model, an answerer, a verifier; no renderer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PIL import Image as Picture

from scotoma.identity import picture_id
from scotoma.images.source import Skips
from scotoma.models.chat import Account, Reply, Request
from scotoma.records import Answer, Image, Verdict
from scotoma.tabletop.sampler import sample_scene


def scene_image(index: int) -> tuple[Image, Picture.Image]:
    """A sampled scene and a plain picture of its own colour."""
    scene = sample_scene(5, index)
    picture = Picture.new("RGB", (28, 28), (index * 7 % 256, index * 13 % 256, index * 29 % 256))
    return Image(picture_id(picture), "scenes", 28, 28, f"scene:{index}", scene.to_truth()), picture


class SceneSource:
    """`n` sampled scenes, each with a plain picture. `opened` lists the indices asked for, in order."""

    def __init__(self, n: int) -> None:
        pairs = [scene_image(index) for index in range(n)]
        self._records = [image for image, _ in pairs]
        self._pictures = {image.id: picture for image, picture in pairs}
        self.opened: list[int] = []

    name = "scenes"
    skips = Skips()

    def __len__(self) -> int:
        return len(self._records)

    def record(self, index: int) -> Image:
        self.opened.append(index)
        return self._records[index]

    def picture(self, image: Image) -> Picture.Image:
        return self._pictures[image.id]

    def close(self) -> None:
        pass


def scene_folder(folder: Path, n: int) -> Path:
    """The same scenes as a folder of pictures with a truth.jsonl."""
    folder.mkdir(parents=True)
    with (folder / "truth.jsonl").open("w", encoding="utf-8") as lines:
        for index in range(n):
            image, picture = scene_image(index)
            picture.save(folder / f"{index:03d}.png")
            lines.write(json.dumps({"file": f"{index:03d}.png", "id": image.id, "truth": image.truth}) + "\n")
    return folder


class ScriptedModel:
    """A chat model that answers by a function of the text; `asked` holds every request's text."""

    name = "scripted"
    parameters: Mapping[str, str | int | float | bool | None] = {"temperature": 0.0}

    def __init__(self, script: Callable[[str], str | None]) -> None:
        self._script = script
        self.asked: list[str] = []

    async def reply(
        self, requests: Sequence[Request], *, seed: int = 0, account: Account | None = None
    ) -> list[Reply]:
        self.asked += [request.text for request in requests]
        replies = [self._script(request.text) for request in requests]
        return [Reply(text, None if text is not None else "timed out", 0.25, 0.01) for text in replies]


class WordVerifier:
    """Valid if a word is in the question, wrong if another one is: no scene, no grammar."""

    name = "words"

    def __init__(self, valid: str, wrong: str) -> None:
        self._valid = valid
        self._wrong = wrong

    def require(self, image: Image) -> None:
        pass

    async def screen(self, images: Sequence[Image], questions: Sequence[str]) -> list[Verdict | None]:
        return [
            None if self._valid in question.split() else Verdict(False, None, None, "unreadable")
            for question in questions
        ]

    async def verify(
        self, images: Sequence[Image], questions: Sequence[str], answers: Sequence[Answer]
    ) -> list[Verdict]:
        return [
            Verdict(True, None, "?", "no_answer", skills=("colour",))
            if answer.text is None
            else Verdict(True, self._wrong not in question.split(), "?", "graded", skills=("colour",))
            for question, answer in zip(questions, answers, strict=True)
        ]
