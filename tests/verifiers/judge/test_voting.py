"""Asking for fewer votes never changes what a poll comes to."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.verifiers.judge.voting import standing, votes_needed

ballots = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=9)
shares = st.floats(0.0, 1.0)


def winner_of_all(cast: list[str | None], needed: int) -> str | None:
    counts = Counter(ballot for ballot in cast if ballot is not None)
    return next((ballot for ballot, count in counts.items() if count >= needed), None)


@given(ballots, shares)
def test_rounds_end_as_all_votes_would(cast: list[str | None], agreement: float) -> None:
    votes, needed = len(cast), votes_needed(len(cast), agreement)
    asked = 0
    while more := standing(cast[:asked], votes, needed).more:
        asked += more
        assert asked <= votes
    assert standing(cast[:asked], votes, needed).winner == winner_of_all(cast, needed)


@given(ballots, shares)
def test_no_round_is_larger_than_it_must_be(cast: list[str | None], agreement: float) -> None:
    votes, needed = len(cast), votes_needed(len(cast), agreement)
    for asked in range(votes + 1):
        state = standing(cast[:asked], votes, needed)
        if state.more:
            # The fewest votes that could settle it: were they all for the leader, it would be settled.
            leader = Counter(ballot for ballot in cast[:asked] if ballot).most_common(1)
            name = leader[0][0] if leader else "a"
            assert standing([*cast[:asked], *[name] * state.more], votes, needed).winner == name
            assert standing([*cast[:asked], *[name] * (state.more - 1)], votes, needed).winner is None


@given(st.integers(1, 25), shares)
def test_two_cannot_win(votes: int, agreement: float) -> None:
    needed = votes_needed(votes, agreement)
    assert votes // 2 < needed <= votes
    assert needed >= agreement * votes - 1e-6 or needed == votes // 2 + 1


@pytest.mark.parametrize(
    ("votes", "agreement", "needed"),
    [
        (1, 0.6, 1),
        (2, 0.6, 2),
        (3, 0.6, 2),
        (3, 2 / 3, 2),
        (3, 1.0, 3),
        (5, 0.6, 3),
        (10, 0.1, 6),
        (10, 0.7, 7),
    ],
)
def test_votes_needed(votes: int, agreement: float, needed: int) -> None:
    assert votes_needed(votes, agreement) == needed
