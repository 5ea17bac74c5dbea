"""Outcomes with a minimal pair -> what the page shows of each: two pictures, one question, what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scotoma.confirming.pairs import MinimalPair
from scotoma.errors import ImagesError, RenderError
from scotoma.records import Image
from scotoma.report import wording
from scotoma.report.pictures import thumbnail_uri
from scotoma.report.source import RunRecord


@dataclass(frozen=True, slots=True)
class PairCard:
    """before, after: data URIs; None with the reason in `missing`."""

    name: str
    pair: MinimalPair
    before: str | None
    after: str | None
    missing: str


def pair_cards(record: RunRecord, picture_of: Callable[[Image], bytes]) -> Sequence[PairCard]:
    """One card a confirmed claim that has a pair."""
    cards = []
    for outcome in record.outcomes:
        if outcome.pair is None:
            continue
        pair = MinimalPair.from_dict(outcome.pair)
        name = wording.mode_name(outcome.claim.skills, outcome.claim.conditions)
        original = record.images.get(pair.original_id)
        try:
            before = thumbnail_uri(picture_of(original)) if original is not None else None
            card = PairCard(name, pair, before, thumbnail_uri(picture_of(pair.edited)), "")
        except (ImagesError, RenderError) as error:
            card = PairCard(name, pair, None, None, str(error))
        cards.append(card)
    return cards
