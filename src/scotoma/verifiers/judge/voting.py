"""ballots -> the winner, and how many more votes could still change anything. Pure.

Votes are asked for in rounds, each as small as could settle the matter, so that a clear case costs less than all
votes. What a poll comes to never depends on that: see `standing`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

B = TypeVar("B", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Standing(Generic[B]):
    """Where a poll stands.

    winner: the ballot that has the votes it needs, or None.
    more:   votes to ask for next, the fewest that could settle it; 0 if it is settled, one way or the other.
    """

    winner: B | None
    more: int


def votes_needed(votes: int, agreement: float) -> int:
    """How many of `votes` equal ballots decide: the share `agreement`, rounded up, and always more than half.

    >>> [votes_needed(votes, 0.6) for votes in (1, 2, 3, 5, 7)]
    [1, 2, 2, 3, 5]
    """
    return max(votes // 2 + 1, math.ceil(agreement * votes - 1e-9))


def standing(ballots: Sequence[B | None], votes: int, needed: int) -> Standing[B]:
    """Where a poll of `votes` votes stands after some ballots. None is a vote that was lost: it is for nobody.

    needed: see `votes_needed`; more than half of `votes`, so that there is one winner at most. A winner stays the
    winner whatever the votes not asked say, and a poll is given up once nobody can win: the result is that of all
    votes.
    """
    most = Counter(ballot for ballot in ballots if ballot is not None).most_common(1)
    leader, count = most[0] if most else (None, 0)
    if count >= needed:
        return Standing(leader, 0)
    missing = needed - count
    return Standing(None, missing if missing <= votes - len(ballots) else 0)
