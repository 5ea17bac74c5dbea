"""Scored, labelled questions -> Taxonomy: the four stages one after the other, then the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scotoma.analysis.known import KnownWeaknesses
from scotoma.errors import LedgerError
from scotoma.labelling.catalogue import Catalogue, load_catalogue
from scotoma.novelty.embed import Embedder, MiniLmEmbedder
from scotoma.taxonomy.asked import Asked
from scotoma.taxonomy.asking import EXAMPLES_SHOWN, Cluster, ModelNamer
from scotoma.taxonomy.figures import MetaSkill, SkillFigures, tree
from scotoma.taxonomy.naming import Named, merged, name_clusters
from scotoma.taxonomy.primitives import Combinations, combinations_of
from scotoma.taxonomy.topics import FEWEST, LARGEST, Topics, cluster


@dataclass(frozen=True, slots=True)
class Stages:
    """How much each stage left.

    questions: scored and labelled.  primitives: distinct skills in words.  merged: of those, near-duplicates of others.
    combinations: distinct sets of primitives.  clustered: of those, the ones that BERTopic saw.  outliers: of those,
    the ones that HDBSCAN left over.  clusters, skills, meta_skills: how many there are.
    """

    questions: int
    primitives: int
    merged: int
    combinations: int
    clustered: int
    outliers: int
    clusters: int
    skills: int
    meta_skills: int


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Meta-skills over skills.

    candidates: whose failures are counted, in order.  unlabelled: scored questions without skills, by reason.
    told:       what was not done as planned, one line each.
    """

    seed: int
    candidates: tuple[str, ...]
    meta_skills: tuple[MetaSkill, ...]
    stages: Stages
    unlabelled: Mapping[str, int] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def skills(self) -> tuple[SkillFigures, ...]:
        """All skills, in the order of the tree."""
        return tuple(skill for meta in self.meta_skills for skill in meta.skills)

    @property
    def universal(self) -> tuple[SkillFigures, ...]:
        """The skills that fail in all of several candidates."""
        return tuple(skill for skill in self.skills if skill.spread == "universal")

    @property
    def specific(self) -> tuple[SkillFigures, ...]:
        """The skills that fail in some candidates and credibly less in all others."""
        return tuple(skill for skill in self.skills if skill.spread == "specific")


async def build(
    asked: Sequence[Asked],
    *,
    seed: int,
    unlabelled: Mapping[str, int] | None = None,
    namer: ModelNamer | None = None,
    embedder: Embedder | None = None,
    catalogue: Catalogue | None = None,
    largest: int = LARGEST,
    fewest: int = FEWEST,
) -> Taxonomy:
    """The taxonomy of these questions; the same questions and seed give the same one, in whatever order they come.

    namer:   names skills and meta-skills; without one they are named after the catalogue.
    largest, fewest: combinations of skills that are clustered, at most and at least.
    Raises LedgerError if there is no question; ModelError; what the namer raises.
    """
    if not asked:
        raise LedgerError(
            "no question was both scored and labelled, so there is nothing to sort"
            + _reasons(unlabelled or {})
        )
    catalogue, embedder = catalogue or load_catalogue(), embedder or MiniLmEmbedder()
    asked = sorted(asked, key=lambda one: (one.candidate, one.text, one.image_id, one.failed, one.skills))
    found = combinations_of([one.skills for one in asked], catalogue, embedder)
    topics = cluster(found, seed=seed, largest=largest, fewest=fewest)
    named = name_clusters(found, topics, catalogue, embedder)
    told = [*topics.told]
    if namer is not None:
        named, lines = await _named_by(namer, asked, found, topics, named)
        told += lines
    metas = [skill.family for skill in named.skills]
    if namer is not None:
        metas, lines = await namer.families(named.skills)
        told += lines
    skill_Q = named.skill_K[topics.cluster_D[found.place_Q]]
    candidates = sorted({one.candidate for one in asked})
    return Taxonomy(
        seed=seed,
        candidates=tuple(candidates),
        meta_skills=tree(
            asked, candidates, skill_Q, named.skills, metas, KnownWeaknesses(embedder, skills=catalogue)
        ),
        stages=_stages(found, topics, named, metas),
        unlabelled=dict(unlabelled or {}),
        told=tuple(told),
    )


async def _named_by(
    namer: ModelNamer, asked: Sequence[Asked], found: Combinations, topics: Topics, offline: Named
) -> tuple[Named, list[str]]:
    """The skills as the model names them; what was one skill by its offline name is asked for once."""
    skill_Q = offline.skill_K[topics.cluster_D[found.place_Q]]
    clusters = [Cluster(skill, _typical(asked, skill_Q == at)) for at, skill in enumerate(offline.skills)]
    names, told = await namer.names(clusters)
    again = merged(names)
    return Named(again.skills, again.skill_K[offline.skill_K]), told


def _typical(asked: Sequence[Asked], mine_Q: NDArray[np.bool_]) -> tuple[str, ...]:
    """The questions that were asked most often, and then in the order of their texts."""
    counts = Counter(one.text for one, mine in zip(asked, mine_Q, strict=True) if mine)
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))[:EXAMPLES_SHOWN]


def _stages(found: Combinations, topics: Topics, named: Named, metas: Sequence[str]) -> Stages:
    return Stages(
        questions=len(found.place_Q),
        primitives=len(found.primitives_P) + found.merged,
        merged=found.merged,
        combinations=len(found.sets_D),
        clustered=topics.sampled,
        outliers=topics.outliers,
        clusters=len(topics.keywords_K),
        skills=len(named.skills),
        meta_skills=len(set(metas)),
    )


def _reasons(unlabelled: Mapping[str, int]) -> str:
    if not unlabelled:
        return ": run the discovery on, or name runs that have scored probes"
    counted = ", ".join(f"{count:,} {reason}" for reason, count in sorted(unlabelled.items()))
    return f" ({counted}): give a --labeller SPEC that can label them"
