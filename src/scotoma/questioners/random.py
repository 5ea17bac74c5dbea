"""Image -> n questions drawn from the tabletop's grammar: the baseline that has never seen the image, or only
its truth.

Plain: grammatical questions about anything, valid or not. With `valid=True` they are proposed for the scene,
       so that
nearly all of them have an answer; that is the strongest form of asking at random.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from scotoma.errors import ImagesError
from scotoma.questioners.told import Instruction
from scotoma.records import Image
from scotoma.tabletop.asking import propose, propose_any
from scotoma.tabletop.language import write
from scotoma.tabletop.scene import Scene


class RandomQuestioner:
    """The grammar as a questioner; needs images with truth."""

    prompt = ""

    def __init__(self, valid: bool = False) -> None:
        self._valid = valid

    @property
    def name(self) -> str:
        return "random-valid" if self._valid else "random"

    async def ask(self, images: Sequence[Image], n: int, seed: int) -> list[list[str]]:
        """n questions an image; the same for the same image id, member and seed, whatever the batch."""
        return [[self._question(image, member, seed) for member in range(n)] for image in images]

    async def ask_each(self, images: Sequence[Image], told: Sequence[Instruction], seed: int) -> list[str]:
        """Valid questions that need the skills told; where a scene allows none, a valid one about anything.

        The same for the same image id, skills, seed, and number of questions about that image before it.
        """
        before: Counter[str] = Counter()
        texts = []
        for image, instruction in zip(images, told, strict=True):
            scene = require_scene(image)
            rng = random.Random(f"{seed}:{image.id}:{before[image.id]}:{','.join(instruction.skills)}")
            before[image.id] += 1
            program = propose(scene, rng, skills=instruction.skills) if instruction.skills else None
            texts.append(write(program or propose(scene, rng) or propose_any(scene, rng), rng))
        return texts

    def _question(self, image: Image, member: int, seed: int) -> str:
        scene = require_scene(image)
        rng = random.Random(f"{seed}:{image.id}:{member}")
        program = propose(scene, rng) if self._valid else None
        return write(program if program is not None else propose_any(scene, rng), rng)


def require_scene(image: Image) -> Scene:
    """The scene graph of an image. Raises ImagesError where none is known."""
    if image.truth is None:
        raise ImagesError(
            f"image {image.uri} has no exact truth: the random questioner needs the tabletop; use another --questioner"
        )
    return Scene.from_truth(image.truth)
