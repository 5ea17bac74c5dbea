"""Verdicts_G + novelty_G + composition counts -> named reward terms_G, and their weighted sum.

For each question of a group of G on one image:

    failure       -1 if invalid, 1 if valid and answered wrongly, 0 if valid and answered rightly
    novelty_sem   1 - mean cosine to the nearest questions          (see `scotoma.novelty`)
    novelty_lex   1 - mean BLEU to the nearest questions
    novelty_mix   how rare the question's composition of skills is  (see `composition_bonus`); paid in full
                  on failures and in part on right answers, so that one more failure of the same composition is worth
                  less and less, a rare composition is worth trying, and one that the candidate masters is not worth
                  asking for its rarity alone

The novelty terms are None for an invalid question: diversity is paid only to valid ones. All terms are None
for an unscorable one, which is never wrong and never rewarded.

    reward = -1 * |w_failure| if invalid, None if unscorable, else the weighted sum of the terms

Our own design; the paper's formula is not known to us.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scotoma.records import Composition, Verdict

TERMS = ("failure", "novelty_sem", "novelty_lex", "novelty_mix")
"""Names of the terms, in the order in which the trainer knows them."""

Terms = dict[str, float | None]
MixFormula = Literal["share", "count"]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each term counts in the sum."""

    failure: float = 1.0
    novelty_sem: float = 0.2
    novelty_lex: float = 0.1
    novelty_mix: float = 1.5

    def as_list(self) -> list[float]:
        """In the order of TERMS."""
        return [self.failure, self.novelty_sem, self.novelty_lex, self.novelty_mix]


def group_terms(
    verdicts_G: Sequence[Verdict],
    semantic_G: Sequence[float],
    lexical_G: Sequence[float],
    mix_G: Sequence[float],
    mix_right: float = 1.0,
) -> list[Terms]:
    """The terms of each question of a group; see the module's docstring.

    mix_right: share of novelty_mix that is paid where the candidate answered right; failures are paid in full.

    >>> wrong = Verdict(True, False, "3", "wrong")
    >>> group_terms([wrong], [0.4], [0.6], [0.5])
    [{'failure': 1.0, 'novelty_sem': 0.4, 'novelty_lex': 0.6, 'novelty_mix': 0.5}]
    """
    return [
        _terms(verdict, semantic, lexical, mix if verdict.failure else mix_right * mix)
        for verdict, semantic, lexical, mix in zip(verdicts_G, semantic_G, lexical_G, mix_G, strict=True)
    ]


def weighted(terms: Terms, weights: Weights) -> float | None:
    """The reward of a question: the weighted sum of the terms that apply; None if none does."""
    values = [
        weight * value
        for name, weight in zip(TERMS, weights.as_list(), strict=True)
        if (value := terms[name]) is not None
    ]
    return sum(values) if values else None


def composition_bonus(
    compositions_G: Sequence[Composition | None],
    counts: Mapping[Composition, float],
    formula: MixFormula = "share",
) -> list[float]:
    """How rare each question's composition of skills is, 0 (exclusive) to 1 (inclusive).

    compositions_G: the skills of each valid question of the group; None for any other, and where they are not known,
                    whose bonus is 0.
    counts:         how often the run has asked each composition so far (N), this step not included; fractions where
                    it forgets.

        share   b(c) = 1 / (1 + K p(c)) / sqrt(m)      p(c) = N(c) / sum N, K = compositions that have been asked
        count   b(c) = 1 / sqrt(1 + N(c)) / sqrt(m)    count-based exploration bonus (Bellemare et al., 2016)

    with m the number of questions of the group that share the composition: it differs between members of a
    group, as it must, since in a group constants cancel. `share` is 1 for what was never asked, 1/2 for what
    is asked as often as the average composition, and keeps that scale through the run; `count` fades away as
    the run grows.

    >>> composition_bonus([("counting",), ("colour",), None], {("counting",): 3})
    [0.5, 1.0, 0.0]
    """
    total = sum(counts.values())
    kinds = sum(count > 0 for count in counts.values())
    crowd = Counter(composition for composition in compositions_G if composition is not None)
    bonus = []
    for composition in compositions_G:
        if composition is None:
            bonus.append(0.0)
            continue
        asked = counts.get(composition, 0)
        if formula == "share":
            rarity = 1.0 / (1.0 + kinds * asked / total) if total else 1.0
        else:
            rarity = 1.0 / math.sqrt(1.0 + asked)
        bonus.append(rarity / math.sqrt(crowd[composition]))
    return bonus


def _terms(verdict: Verdict, semantic: float, lexical: float, mix: float) -> Terms:
    if verdict.unscorable:
        return dict.fromkeys(TERMS)
    if verdict.valid is False:
        return {"failure": -1.0, "novelty_sem": None, "novelty_lex": None, "novelty_mix": None}
    return {
        "failure": 1.0 if verdict.failure else 0.0,
        "novelty_sem": semantic,
        "novelty_lex": lexical,
        "novelty_mix": mix,
    }
