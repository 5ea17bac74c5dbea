"""Clusters -> refined skills with names, from the catalogue and c-TF-IDF: no model is asked.

A cluster is named after what most of its questions need; failing that, after its keywords. Clusters that come to have
the same name are one skill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scotoma.labelling.catalogue import Catalogue, CatalogueSkill
from scotoma.novelty.embed import Embedder
from scotoma.taxonomy.primitives import Combinations
from scotoma.taxonomy.topics import Topics

ANCHOR = 0.6
"""Cosine from which a phrase that is not in the catalogue is told under the entry whose name is nearest."""

OTHER = "other"
"""The meta-skill of what has no family."""

_MOST, _MANY = 0.75, 0.5
"""Shares of a cluster's questions: what most of them need names it, else what many of them need."""

_IN_A_NAME = 3


@dataclass(frozen=True, slots=True)
class NamedSkill:
    """A refined skill.

    name, definition: for people.  keywords: primitives, most telling first.
    family:           the catalogue's family of what it is named after, or OTHER.
    skills:           ids of the catalogue that nearly all of it needs together; none where that cannot be said.
    """

    name: str
    definition: str
    keywords: tuple[str, ...]
    family: str
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Refined skills, and of which skill each cluster is: skill_K (K,)."""

    skills: tuple[NamedSkill, ...]
    skill_K: NDArray[np.intp]


def name_clusters(found: Combinations, topics: Topics, catalogue: Catalogue, embedder: Embedder) -> Named:
    """A name for each cluster. Raises ModelError if the embedder cannot be loaded."""
    entries_P = anchors(found, catalogue, embedder)
    cluster_Q = topics.cluster_D[found.place_Q]
    asked_D = np.bincount(found.place_Q, minlength=len(found.sets_D))
    members_K: defaultdict[int, list[int]] = defaultdict(list)
    for combination, topic in enumerate(topics.cluster_D):
        members_K[int(topic)].append(combination)
    everywhere = _shares(found, range(len(asked_D)), asked_D, entries_P, len(cluster_Q))
    named = []
    for topic, keywords in enumerate(topics.keywords_K):
        share = _shares(found, members_K[topic], asked_D, entries_P, int((cluster_Q == topic).sum()))
        named.append(_named(share, everywhere, keywords, entries_P, found))
    return merged(named)


def anchors(
    found: Combinations, catalogue: Catalogue, embedder: Embedder
) -> tuple[CatalogueSkill | None, ...]:
    """(P,): the catalogue's entry of each primitive: by name, else the one whose name is nearest, if it is near."""
    entries = list(catalogue.skills.values())
    nearest_P = found.vectors_P @ embedder.embed([entry.name for entry in entries]).T
    at_P = nearest_P.argmax(axis=1)
    return tuple(entries[at] if row[at] >= ANCHOR else None for at, row in zip(at_P, nearest_P, strict=True))


def merged(named_K: Sequence[NamedSkill]) -> Named:
    """Skills of the same name as one, the first one's definition, all their keywords."""
    place: dict[str, int] = {}
    skills: list[NamedSkill] = []
    skill_K = np.zeros(len(named_K), np.intp)
    for topic, named in enumerate(named_K):
        at = place.setdefault(named.name.casefold(), len(skills))
        skill_K[topic] = at
        if at == len(skills):
            skills.append(named)
        else:
            first = skills[at]
            keywords = tuple(dict.fromkeys((*first.keywords, *named.keywords)))
            skills[at] = replace(first, keywords=keywords)
    return Named(tuple(skills), skill_K)


def _shares(
    found: Combinations,
    members: Iterable[int],
    asked_D: NDArray[np.intp],
    entries_P: Sequence[CatalogueSkill | None],
    questions: int,
) -> dict[str, float]:
    """Title -> share of the questions of some combinations that need it."""
    asked: defaultdict[str, int] = defaultdict(int)
    for combination in members:
        for title in {_title(entries_P[at], found.primitives_P[at]) for at in found.sets_D[combination]}:
            asked[title] += int(asked_D[combination])
    return {title: count / questions for title, count in asked.items()}


def _named(
    share: Mapping[str, float],
    everywhere: Mapping[str, float],
    keywords: Sequence[str],
    entries_P: Sequence[CatalogueSkill | None],
    found: Combinations,
) -> NamedSkill:
    entry_of = dict(zip(found.primitives_P, entries_P, strict=True))
    by_title = {_title(entry, words): entry for words, entry in entry_of.items()}
    # By c-TF-IDF where the cluster was modelled, else the rarest: what tells it from the others stands first.
    rank = {_title(entry_of.get(word), word): at for at, word in reversed(list(enumerate(keywords)))}
    titles = sorted(
        share, key=lambda title: (rank.get(title, len(keywords)), -share[title], everywhere[title], title)
    )
    needed = [title for title in titles if share[title] >= _MOST]
    mixed = not needed
    chosen = needed or [title for title in titles if share[title] >= _MANY] or titles[:_IN_A_NAME]
    if keywords:
        chosen = chosen[:_IN_A_NAME]
    entries = [by_title[title] for title in chosen]
    ids = [entry.id for title in needed if (entry := by_title[title]) is not None]
    family = next((entry.family for entry in entries if entry is not None), OTHER)
    return NamedSkill(
        name=(" / " if mixed else " + ").join(chosen),
        definition=_definition(chosen, entries, mixed),
        keywords=tuple(keywords) or tuple(titles[: 2 * _IN_A_NAME]),
        family=family,
        skills=tuple(ids) if len(ids) == len(needed) else (),
    )


def _definition(chosen: Sequence[str], entries: Sequence[CatalogueSkill | None], mixed: bool) -> str:
    if len(chosen) == 1:
        return f"Questions that need {chosen[0]}." if entries[0] is None else entries[0].definition
    if mixed:
        return f"Questions that need one or several of {', '.join(chosen)}."
    return f"Questions that need {', '.join(chosen[:-1])} and {chosen[-1]} together."


def _title(entry: CatalogueSkill | None, words: str) -> str:
    return words if entry is None else entry.name
