"""ProbeTable -> failure modes: the minimal sets of features that fail more than their parts explain. Pure.

A set of features fails in its own right if its questions fail more often than those that meet only a part of it,
and more often than all others. A part of a set is the set with one feature less, or with one feature exchanged for
a wider one (count>=5 for count>=4: what every question of the set meets as well). So {counting, occlusion} is a mode
if both are easy apart, and {counting, occlusion, colour} is none if colour adds nothing. {counting} is none either
if it is hard only together with occlusion: modes are taken worst first, and the questions of a mode are set aside
before the next one is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from scotoma.analysis.covering import Cover, Found, cover, preference
from scotoma.analysis.features import ProbeTable, Words, count_of, key_of, sums_of
from scotoma.analysis.mining import mine
from scotoma.analysis.statistics import Comparison, Interval, compare_rates, rate_interval

LEAST_SUPPORT = 20
"""Scored questions that a set needs before it is tested."""

LARGEST = 4
"""Skills of a set, at most: more are rarely asked often enough to say anything."""

MOST_CONDITIONS = 1
"""Conditions of a set, at most; a range of one thing (count>=3, count<=5) is one."""

MOST = 50
"""Modes listed, at most."""

EXAMPLES = 12
"""Failed probes that a mode points to, at most."""

PRESUPPOSED = {"count": "counting", "colour": "colour", "material": "material", "size": "size"}
"""What a condition is about -> the skill that it speaks of, which is named with it."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A failure mode, apart from the questions of the modes before it.

    skills, conditions: its name, the smallest one.
    support, failures, images: its scored questions, those that failed, the images they are about.
    rate:      failures / support, clustered by image.  whole: the same over all questions that need the set, those of
               worse modes included.
    elsewhere: the failure rate of the questions of no mode at all; None if there is none.
    nearest:   the part whose other questions fail most; () is the empty set: all other questions.
    lift:      rate beside that of the other questions of `nearest`, paired by image (None: too few images).
    p_value:   of the hardest of its comparisons.  share: its failures / all failures.
    always_skills, always_conditions: what each of these questions needs and meets beside the name.
    same_as:   other smallest sets that mean exactly these questions; the data cannot tell them apart.
    examples:  positions of failed probes among those given, each on another image.
    """

    skills: tuple[str, ...]
    conditions: tuple[str, ...]
    support: int
    failures: int
    images: int
    rate: Interval
    whole: Interval
    elsewhere: Interval | None
    nearest: tuple[str, ...]
    lift: Comparison | None
    p_value: float
    share: float
    always_skills: tuple[str, ...]
    always_conditions: tuple[str, ...]
    same_as: tuple[tuple[str, ...], ...]
    examples: tuple[int, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """Skills, then conditions."""
        return (*self.skills, *self.conditions)

    def means(self, features: Iterable[str]) -> bool:
        """Do these features mean the same questions? So a set is found under any of its names."""
        given = set(features)
        everything = {*self.features, *self.always_skills, *self.always_conditions}
        return given <= everything and any(set(name) <= given for name in (self.features, *self.same_as))


def find_modes(
    table: ProbeTable,
    *,
    q: float = 0.05,
    least_support: int = LEAST_SUPPORT,
    largest: int = LARGEST,
    most_conditions: int = MOST_CONDITIONS,
    most: int = MOST,
    seed: int = 0,
) -> tuple[Mode, ...]:
    """The modes, worst first: by the lower end of the failure rate (95%, clustered by image).

    All sets with the support are tested, of which there are m. The i-th mode must have a p-value of at most q * i / m:
    the line of Benjamini & Hochberg (1995), with modes alone counted as discoveries. That is stricter than to apply
    their procedure to all sets and to thin out what it lets through, where a hundred true supersets and parts of one
    planted set would make room for five false ones. q: from 0 to 1.  seed: of the bootstrap.
    """
    mined = mine(table, least_support=least_support, largest=largest, most_conditions=most_conditions)
    found = cover(Cover(table, mined, least_support, largest, most_conditions), q=q, most=most)
    in_some_W = np.zeros_like(table.failed_W)
    for one in found:
        in_some_W |= one.all_W
    none_W = table.everything() & ~in_some_W
    elsewhere = _rate(table, none_W, seed)
    return tuple(_described(table, one, elsewhere, seed) for one in found)


def _described(table: ProbeTable, found: Found, elsewhere: Interval | None, seed: int) -> Mode:
    own, rest = sums_of(table, found.own_W), sums_of(table, found.rest_W)
    rate, whole = _rate(table, found.own_W, seed), _rate(table, found.all_W, seed)
    assert rate is not None
    assert whole is not None
    closed = table.closure(found.own_W)
    name = _with_presupposed(table, found.items, closed)
    others = {_with_presupposed(table, items, closed) for items in found.same} - {name}
    # A presupposed skill can make one name contain another: "occlusion, count<=7" is told as "counting, occlusion".
    smallest = [items for items in others if not any(set(items) > set(other) for other in {*others, name})]
    beside = [item for item in closed if item not in name]
    failures = count_of(found.own_W & table.failed_W)
    return Mode(
        skills=_names(table, [item for item in name if item < table.skills]),
        conditions=_names(table, [item for item in name if item >= table.skills]),
        support=count_of(found.own_W),
        failures=failures,
        images=rate.images,
        rate=rate,
        whole=whole,
        elsewhere=elsewhere,
        nearest=_names(table, found.nearest),
        lift=compare_rates(own, rest, seed=seed),
        p_value=found.p_value,
        share=failures / count_of(table.failed_W),
        always_skills=_names(table, [item for item in beside if item < table.skills]),
        always_conditions=_names(table, [item for item in beside if item >= table.skills]),
        same_as=tuple(_names(table, items) for items in sorted(smallest, key=partial(preference, table))),
        examples=_examples(table, found.own_W),
    )


def _with_presupposed(table: ProbeTable, items: tuple[int, ...], closed: Iterable[int]) -> tuple[int, ...]:
    """ "count>=4" is said as "counting, count>=4": it speaks of no other questions."""
    about = {PRESUPPOSED.get(key_of(table.features[item])) for item in items if item >= table.skills}
    return tuple(sorted({*items, *(item for item in closed if table.features[item] in about)}))


def _examples(table: ProbeTable, mask_W: Words) -> tuple[int, ...]:
    failed = table.probes_in(mask_W & table.failed_W)
    _, first = np.unique(table.place_P[failed], return_index=True)
    return tuple(int(probe) for probe in table.probe_P[failed[np.sort(first)[:EXAMPLES]]])


def _names(table: ProbeTable, items: Iterable[int]) -> tuple[str, ...]:
    return tuple(table.features[item] for item in items)


def _rate(table: ProbeTable, mask_W: Words, seed: int) -> Interval | None:
    return rate_interval(*sums_of(table, mask_W), seed=seed)
