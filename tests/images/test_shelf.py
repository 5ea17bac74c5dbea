"""Records and names on disk come back as they were put there."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.images.shelf import Listing, Shelf
from scotoma.records import Image

TRUTH = {"objects": [{"id": 1, "x": 0.25, "text": None}], "background": 0}
NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=20)


def test_records_come_back_equal() -> None:
    shelf = Shelf()
    image = Image("ab", "photos", 3, 4, "é\n.png", TRUTH)
    shelf.put(7, image)
    shelf.put(8, None)
    assert shelf.get(7) == image
    assert shelf.get(8) is None
    assert 7 in shelf
    assert 9 not in shelf
    with pytest.raises(KeyError):
        shelf.get(9)
    shelf.put(7, None)
    assert shelf.get(7) is None
    shelf.close()


@given(NAMES)
def test_names_stay_in_order_or_are_sorted(names: list[str]) -> None:
    came, ordered = Listing(names, in_order=False), Listing(names, in_order=True)
    assert [came[index] for index in range(len(came))] == names
    assert [ordered[index] for index in range(len(ordered))] == sorted(names, key=str.encode)
    for index in (-1, len(names)):
        with pytest.raises(IndexError):
            came[index]
    came.close()
    ordered.close()


def test_memory_does_not_grow_with_the_number_of_names() -> None:
    def peak(n: int) -> int:
        tracemalloc.start()
        listing = Listing((f"folder/{number}.png" for number in range(n)), in_order=True)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        listing.close()
        return most

    peak(10)
    assert peak(20_000) < peak(200) + 50_000
