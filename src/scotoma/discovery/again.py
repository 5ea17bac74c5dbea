"""stored probes -> the same probes, asked again where a call had failed: `--retry-errors`.

A probe that is scored now takes the place of the lost one in the ledger, which sets that one aside. Its reward is what
it would have been: a run's memory is rebuilt step by step up to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from scotoma.ledger import Ledger
from scotoma.probing import TRAIN, Prober, RunMemory
from scotoma.questioners.protocol import Questioner
from scotoma.questioners.told import ToldQuestioner
from scotoma.records import NOT_ASKED, Probe
from scotoma.training.evaluate import IMAGES_PER_BATCH
from scotoma.training.progress import Progress


async def ask_again(
    probes: Sequence[Probe],
    prober: Prober,
    ledger: Ledger,
    questioner: Callable[[], Questioner | ToldQuestioner],
    *,
    memory: RunMemory | None,
    seed: int,
    progress: Progress,
) -> tuple[int, int]:
    """Gives how many probes were asked again, and how many of them are lost no more.

    probes:     all of one phase, in order.
    questioner: opens the phase's questioner; only where a question never came.
    memory:     an empty one for discovery, None for an evaluation.
    seed:       that the phase was asked with.
    Raises BudgetSpent, ModelError, LedgerError; what was scored by then is stored.
    """
    total = sum(probe.lost for probe in probes)
    if not total:
        return 0, 0
    asker: Questioner | ToldQuestioner | None = None
    scored = 0
    progress.begin(f"ask {probes[0].phase} again", total)
    try:
        for (step, batch), members in itertools.groupby(probes, key=_batch):
            together = list(members)
            lost = [place for place, probe in enumerate(together) if probe.lost]
            if not lost:
                if memory is not None:
                    memory.remember(together)
                continue
            retried = {place: together[place].question.text for place in lost}
            if any(together[place].verdict.reason == NOT_ASKED for place in lost):
                asker = asker or questioner()
                offset = step if together[0].phase == TRAIN else batch * IMAGES_PER_BATCH
                retried |= await _questions(asker, together, ledger, seed + offset)
            renewed = await prober.again(together, retried)
            scored += sum(not renewed[place].lost for place in lost)
            progress.advance(len(lost), {})
    finally:
        progress.end()
    return total, scored


def _batch(probe: Probe) -> tuple[int, int]:
    """What was asked together: a step of discovery, or a batch of an evaluation."""
    return (probe.step, 0) if probe.phase == TRAIN else (0, probe.group // IMAGES_PER_BATCH)


async def _questions(
    asker: Questioner | ToldQuestioner, together: Sequence[Probe], ledger: Ledger, seed: int
) -> Mapping[int, str]:
    """The questions that never came. All of the batch are asked for: those that came are kept, and cost nothing."""
    images = {identity: ledger.image(identity) for identity in {probe.image_id for probe in together}}
    if isinstance(asker, ToldQuestioner):
        each = [images[probe.image_id] for probe in together]
        flat = await asker.again(each, [probe.question.prompt for probe in together], seed)
    else:
        groups = [list(group) for _, group in itertools.groupby(together, key=lambda probe: probe.group)]
        asked = await asker.ask([images[group[0].image_id] for group in groups], len(groups[0]), seed)
        flat = [text for texts in asked for text in texts]
    return {place: flat[place] for place, probe in enumerate(together) if probe.verdict.reason == NOT_ASKED}
