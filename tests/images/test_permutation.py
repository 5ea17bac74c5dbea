"""An order of n numbers: each once, the same for the same seed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.images.permutation import Permutation


@given(st.integers(0, 600), st.integers(0, 2**64))
def test_every_number_comes_once(n: int, seed: int) -> None:
    order = Permutation(n, seed)
    assert sorted(order[place] for place in range(len(order))) == list(range(n))
    for place in (-1, n):
        with pytest.raises(IndexError):
            order[place]


def test_another_seed_is_another_order() -> None:
    orders = [[Permutation(50, seed)[place] for place in range(50)] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != list(range(50))


def test_a_place_of_a_billion_is_found_at_once() -> None:
    order = Permutation(10**9, 3)
    assert len({order[place] for place in range(1000)}) == 1000


def test_each_number_is_as_likely_to_be_first() -> None:
    firsts = [Permutation(5, seed)[0] for seed in range(2000)]
    assert all(320 < firsts.count(number) < 480 for number in range(5))
