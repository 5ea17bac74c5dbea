"""SPECs -> Checked, one each, in order: servers all at once, weights one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from scotoma.checking.findings import Checked
from scotoma.checking.servers import check_server
from scotoma.checking.weights import check_weights
from scotoma.errors import AssetError, SpecError
from scotoma.models.mini import mini_path
from scotoma.specs import (
    Baseline,
    Compatible,
    Exact,
    HuggingFace,
    Mini,
    Oracle,
    Planted,
    TrainedIn,
    parse_model,
    redacted,
)
from scotoma.tabletop.planted import load_planted


def check_specs(texts: Sequence[str], begin: Callable[[str], None] = lambda what: None) -> list[Checked]:
    """Reach the model of each SPEC once. A SPEC that cannot be read, or reached, is told, and keeps none from its turn.

    begin: told what is being waited for, without what could be a key.
    """
    found: dict[int, Checked] = {}
    servers: dict[int, Compatible] = {}
    for index, text in enumerate(texts):
        try:
            spec = parse_model(text)
        except SpecError as error:
            found[index] = Checked(redacted(text), "unknown", "", False, str(error))
            continue
        if isinstance(spec, Compatible):
            servers[index] = spec
        elif isinstance(spec, Mini | HuggingFace | TrainedIn):
            begin(str(spec))
            found[index] = check_weights(spec)
        else:
            found[index] = _built_in(spec)
    if servers:
        begin(f"{len(servers)} behind servers")
        found |= dict(zip(servers, asyncio.run(_all(list(servers.values()))), strict=True))
    return [found[index] for index in range(len(texts))]


async def _all(servers: Sequence[Compatible]) -> list[Checked]:
    return await asyncio.gather(*(check_server(spec) for spec in servers))


def _built_in(spec: Oracle | Planted | Exact | Baseline) -> Checked:
    """What calls no model, or only a shipped one: it is there, or is not."""
    try:
        about = _about(spec)
    except (SpecError, AssetError) as error:
        return Checked(str(spec), "built in", "", False, str(error))
    return Checked(str(spec), "built in", about, True)


def _about(spec: Oracle | Planted | Exact | Baseline) -> str:
    match spec:
        case Oracle():
            return "answers by the truth of images, always right; it looks at no pixels and costs nothing"
        case Planted(file):
            planted = load_planted(Path(file))
            spots = len(planted.blind_spots)
            return (
                f"“{planted.name}”: {spots} blind spot{'s' if spots != 1 else ''}, right in {planted.accuracy:.0%} "
                "elsewhere; answers by the truth of images, looks at no pixels and costs nothing"
            )
        case Exact():
            return "judges by the truth of images; it calls no model and costs nothing"
        case Baseline("random"):
            return "draws questions from the grammar; it needs images with their truth and costs nothing"
        case Baseline(name):
            mini_path("questioner")
            return f"the mini-questioner with the {'adversarial' if name == 'adversarial' else 'base'} prompt"
