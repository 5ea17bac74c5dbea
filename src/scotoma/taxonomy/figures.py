"""Questions, their skills in the taxonomy -> the tree with counts, failure rates and spread over candidates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scotoma.analysis.known import KnownWeaknesses, Match
from scotoma.analysis.statistics import Floats, Interval, by_place, wilson_interval
from scotoma.taxonomy.asked import Asked
from scotoma.taxonomy.naming import NamedSkill
from scotoma.taxonomy.spread import Outcome, Spread, level_for, spread_of

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Scored questions: how many, on how many images, how many failed, and the rate (95%, clustered by image)."""

    probes: int
    failures: int
    images: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class CandidateFigures:
    """The same of one candidate; rate is None where it was not asked. fails: credibly more than on its other ones."""

    candidate: str
    probes: int
    failures: int
    rate: Interval | None
    fails: bool


@dataclass(frozen=True, slots=True)
class SkillFigures:
    """A skill of the taxonomy.

    spread:     over candidates, see `spread.spread_of`.
    candidates: in their order.  examples: questions of it, failed ones first.
    known:      the published weakness that is most similar to it, see `analysis.known`.
    """

    name: str
    definition: str
    keywords: tuple[str, ...]
    figures: Figures
    spread: Spread
    candidates: tuple[CandidateFigures, ...]
    examples: tuple[str, ...]
    known: Match

    @property
    def fails(self) -> bool:
        """Does it fail in some candidate?"""
        return any(of.fails for of in self.candidates)


@dataclass(frozen=True, slots=True)
class MetaSkill:
    """A family of skills, the highest failure rate first (lower end of the interval)."""

    name: str
    figures: Figures
    skills: tuple[SkillFigures, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Questions as arrays: place_Q (index of the image), failed_Q (0 or 1), candidate_Q; images: how many there are."""

    place_Q: NDArray[np.intp]
    failed_Q: Floats
    candidate_Q: NDArray[np.intp]
    images: int
    candidates: tuple[str, ...]

    @staticmethod
    def of(asked: Sequence[Asked], candidates: Sequence[str]) -> Table:
        """An image asked of several candidates is one image; candidates in this order."""
        known: dict[str, int] = {}
        order = {name: at for at, name in enumerate(candidates)}
        place_Q = [known.setdefault(one.image_id, len(known)) for one in asked]
        return Table(
            np.asarray(place_Q, np.intp),
            np.asarray([one.failed for one in asked], np.float64),
            np.asarray([order[one.candidate] for one in asked], np.intp),
            len(known),
            tuple(candidates),
        )

    def sums(self, chosen_Q: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """(hits_C, trials_C) of some questions."""
        place_Q = self.place_Q[chosen_Q]
        hits_C = by_place(place_Q, self.failed_Q[chosen_Q], self.images)
        return hits_C, by_place(place_Q, np.ones(len(place_Q)), self.images)

    def figures(self, chosen_Q: NDArray[np.bool_]) -> Figures:
        """Of some questions; at least one."""
        hits_C, trials_C = self.sums(chosen_Q)
        rate = wilson_interval(hits_C, trials_C)
        assert rate is not None  # there is a question
        return Figures(rate.n, round(float(hits_C.sum())), rate.images, rate)


def tree(
    asked: Sequence[Asked],
    candidates: Sequence[str],
    skill_Q: NDArray[np.intp],
    named: Sequence[NamedSkill],
    metas: Sequence[str],
    known: KnownWeaknesses,
) -> tuple[MetaSkill, ...]:
    """Meta-skills, each with its skills.

    skill_Q: (questions,) index into `named`.  metas: name of the meta-skill of each skill.
    Raises ModelError if what embeds for `known` cannot be loaded.
    """
    table = Table.of(asked, candidates)
    level = level_for(len(named) * len(candidates))
    matches = known.matches([(skill.skills, _told(skill)) for skill in named])
    skills = [
        _skill(asked, table, skill_Q == at, skill, level, match)
        for at, (skill, match) in enumerate(zip(named, matches, strict=True))
    ]
    found = []
    for meta in dict.fromkeys(metas):
        members = [at for at, name in enumerate(metas) if name == meta]
        chosen = tuple(sorted((skills[at] for at in members), key=_order))
        found.append(MetaSkill(meta, table.figures(np.isin(skill_Q, members)), chosen))
    return tuple(sorted(found, key=_order))


def _told(skill: NamedSkill) -> str:
    """What a weakness is compared with: the catalogue's words for its skills, else the name and the definition."""
    return "" if skill.skills else f"{skill.name}. {skill.definition}"


def _skill(
    asked: Sequence[Asked],
    table: Table,
    mine_Q: NDArray[np.bool_],
    named: NamedSkill,
    level: float,
    known: Match,
) -> SkillFigures:
    outcomes: dict[str, Outcome] = {}
    for at, name in enumerate(table.candidates):
        theirs_Q = table.candidate_Q == at
        outcomes[name] = Outcome(table.sums(mine_Q & theirs_Q), table.sums(~mine_Q & theirs_Q))
    spread, failing = spread_of(outcomes, level)
    return SkillFigures(
        name=named.name,
        definition=named.definition,
        keywords=named.keywords,
        figures=table.figures(mine_Q),
        spread=spread,
        candidates=tuple(
            CandidateFigures(
                candidate=name,
                probes=round(float(outcome.within[1].sum())),
                failures=round(float(outcome.within[0].sum())),
                rate=wilson_interval(*outcome.within),
                fails=name in failing,
            )
            for name, outcome in outcomes.items()
        ),
        examples=_examples(one for one, mine in zip(asked, mine_Q, strict=True) if mine),
        known=known,
    )


def _examples(mine: Iterable[Asked]) -> tuple[str, ...]:
    """Distinct questions, failed ones first, in the order in which they were asked."""
    ordered = sorted(mine, key=lambda one: not one.failed)
    return tuple(dict.fromkeys(one.text for one in ordered))[:EXAMPLES]


def _order(node: SkillFigures | MetaSkill) -> tuple[float, int, str]:
    return (-node.figures.rate.low, -node.figures.probes, node.name)
