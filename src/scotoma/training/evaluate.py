"""Questioner + images -> probes of one phase: an evaluation, or the discovery of an engine that does not train."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from scotoma.errors import BudgetSpent
from scotoma.ledger import Ledger
from scotoma.probing import TRAIN, Group, Prober, StepResult
from scotoma.questioners.protocol import Questioner
from scotoma.questioners.told import ToldQuestioner
from scotoma.records import Image
from scotoma.training.metrics import probe_metrics
from scotoma.training.progress import Progress

IMAGES_PER_BATCH = 16
"""Images of an evaluation probed together, one transaction each time."""


async def evaluate(
    questioner: Questioner | ToldQuestioner,
    prober: Prober,
    ledger: Ledger,
    images: Sequence[Image],
    *,
    name: str,
    questions_per_image: int,
    seed: int,
    progress: Progress,
) -> None:
    """Ask a fixed number of questions of each image; probes go to phase "eval:NAME", group = place of the
    image.

    What an earlier sitting stored is not asked again. Raises BudgetSpent, ModelError, LedgerError.
    """
    phase = f"eval:{name}"
    done = ledger.probe_count(phase) // questions_per_image
    progress.begin(f"evaluate {name}", len(images), done)
    try:
        for start in range(done, len(images), IMAGES_PER_BATCH):
            batch = images[start : start + IMAGES_PER_BATCH]
            # The seed depends on the place alone, so that a resumed evaluation asks the same questions.
            result = await _ask_and_probe(
                questioner,
                prober,
                batch,
                questions_per_image,
                phase=phase,
                step=0,
                seed=seed + start,
                first=start,
            )
            progress.advance(len(batch), {})
            assert len(result.probes) == len(batch) * questions_per_image
    finally:
        progress.end()


async def collect(
    questioner: Questioner | ToldQuestioner,
    prober: Prober,
    ledger: Ledger,
    image_at: Callable[[int], Image],
    *,
    steps: int,
    images_per_step: int,
    questions_per_image: int,
    first_step: int,
    distinct_compositions: Callable[[], int],
    room: Callable[[int], bool],
    calls: Callable[[], int],
    seed: int,
    progress: Progress,
) -> int:
    """Discovery without training: step after step of phase "train". Gives the last step made.

    A questioner that is told what to ask learns from each step before the next; it has learned those before
    `first_step` already.

    image_at:   position -> image to ask about.
    first_step: the first step to make, from 1; the ones before were made in an earlier sitting.
    room:       calls -> does the budget allow them?
    calls:      of the candidate so far, earlier sittings included.
    """
    progress.begin("discover", steps, first_step - 1)
    step = first_step - 1
    # The step that an earlier sitting was killed in has some of its room already, or it would not be made again.
    paid = _under_way(ledger, step, calls())
    try:
        while step < steps and room(images_per_step * questions_per_image - paid):
            step, paid = step + 1, 0
            first = (step - 1) * images_per_step
            with prober.stopwatch.stage("render"):
                images = [image_at(position) for position in range(first, first + images_per_step)]
            result = await _ask_and_probe(
                questioner,
                prober,
                images,
                questions_per_image,
                phase=TRAIN,
                step=step,
                seed=seed + step,
                first=0,
            )
            metrics = probe_metrics(result.probes)
            metrics |= {"new_compositions": result.new_compositions, "compositions": distinct_compositions()}
            metrics["calls"] = calls()
            metrics |= {f"seconds/{name}": value for name, value in prober.stopwatch.take().items()}
            if isinstance(questioner, ToldQuestioner):
                questioner.learn(result.probes)
                metrics |= questioner.figures()
            ledger.add_metrics(step, metrics)
            progress.advance(1, {"step": step, **metrics})
    except BudgetSpent:
        step -= 1
    finally:
        progress.end()
    return step


def _under_way(ledger: Ledger, done: int, calls: int) -> int:
    """How many of all calls belong to no step up to `done`: an earlier sitting was killed in the next one.

    0 where the step was stored by a version that did not keep its calls.
    """
    if not done:
        return calls
    after = [
        entry.values["calls"] for entry in ledger.metrics() if entry.step == done and "calls" in entry.values
    ]
    return calls - int(after[0]) if after else 0


async def _ask_and_probe(
    questioner: Questioner | ToldQuestioner,
    prober: Prober,
    images: Sequence[Image],
    n: int,
    *,
    phase: str,
    step: int,
    seed: int,
    first: int,
) -> StepResult:
    # asyncio delivers Ctrl-C in its event loop, to which a local model never gives way.
    await asyncio.sleep(0)
    with prober.stopwatch.stage("ask"):
        if isinstance(questioner, ToldQuestioner):
            prompt = ""
            groups = [
                Group(image, tuple(one.text for one in asked), tuple(one.prompt for one in asked))
                for image, asked in zip(images, await questioner.questions(images, n, seed), strict=True)
            ]
        else:
            prompt = questioner.prompt
            texts = await questioner.ask(images, n, seed)
            groups = [Group(image, tuple(asked)) for image, asked in zip(images, texts, strict=True)]
    return await prober.probe(
        phase, step, groups, questioner=questioner.name, prompt=prompt, first_group=first
    )
