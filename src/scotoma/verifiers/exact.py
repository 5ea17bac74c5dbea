"""Question + answer + scene graph -> Verdict, by the tabletop's oracle: exact, and with a reason."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from scotoma.errors import ImagesError
from scotoma.records import Answer, Image, Verdict
from scotoma.tabletop.oracle import Ruling, ask, grade
from scotoma.tabletop.scene import Scene

_SCENES_KEPT = 256
_RULINGS_KEPT = 4096


class ExactVerifier:
    """The oracle as a verifier. Scenes and rulings are kept: a group shares one scene, and often a
    question."""

    name = "exact"

    def __init__(self) -> None:
        self._scenes: OrderedDict[str, Scene] = OrderedDict()
        self._rulings: OrderedDict[tuple[str, str], Ruling] = OrderedDict()

    def require(self, image: Image) -> None:
        """Raise ImagesError if the image has no scene graph."""
        if image.truth is None:
            raise ImagesError(
                f"the exact verifier needs images with truth, and {image.uri} has none: "
                "use --images tabletop, a folder made by `scotoma images tabletop`, or another --verifier"
            )

    async def screen(self, images: Sequence[Image], questions: Sequence[str]) -> list[Verdict | None]:
        """The verdict on each invalid question, None for each valid one."""
        rulings = [self.ruling(image, question) for image, question in zip(images, questions, strict=True)]
        return [None if ruling.valid else _invalid(ruling) for ruling in rulings]

    async def verify(
        self, images: Sequence[Image], questions: Sequence[str], answers: Sequence[Answer]
    ) -> list[Verdict]:
        """Verdicts in order."""
        return [
            verdict_on(self.ruling(image, question), answer)
            for image, question, answer in zip(images, questions, answers, strict=True)
        ]

    def ruling(self, image: Image, question: str) -> Ruling:
        """The oracle's ruling on a question about an image. Raises ImagesError without truth."""
        key = (image.id, question)
        ruling = self._rulings.get(key)
        if ruling is None:
            ruling = self._rulings[key] = ask(question, self._scene(image))
            if len(self._rulings) > _RULINGS_KEPT:
                self._rulings.popitem(last=False)
        return ruling

    def _scene(self, image: Image) -> Scene:
        scene = self._scenes.get(image.id)
        if scene is None:
            self.require(image)
            assert image.truth is not None  # by `require`
            scene = self._scenes[image.id] = Scene.from_truth(image.truth)
            if len(self._scenes) > _SCENES_KEPT:
                self._scenes.popitem(last=False)
        return scene


def verdict_on(ruling: Ruling, answer: Answer) -> Verdict:
    """Ruling + answer -> verdict. A call that failed, an empty or a hedged answer is unscorable: correct is
    None."""
    if not ruling.valid:
        return _invalid(ruling)
    if answer.text is None:
        return Verdict(
            True, None, ruling.answer, "no_answer", answer.error or "The call failed.", ruling.skills
        )
    correct, reason = grade(ruling, answer.text)
    return Verdict(True, correct, ruling.answer, reason, ruling.evidence, ruling.skills)


def _invalid(ruling: Ruling) -> Verdict:
    return Verdict(False, None, None, ruling.reason, ruling.evidence, ruling.skills)
