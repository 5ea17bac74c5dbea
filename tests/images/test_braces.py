"""Brace expansion: ranges, lists, and what cannot be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.errors import SpecError
from scotoma.images.braces import MOST, expanded


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.tar", ["a.tar"]),
        ("a-{000..002}.tar", ["a-000.tar", "a-001.tar", "a-002.tar"]),
        ("a-{8..11}.tar", ["a-8.tar", "a-9.tar", "a-10.tar", "a-11.tar"]),
        ("{train,val}-{0..1}.tar", ["train-0.tar", "train-1.tar", "val-0.tar", "val-1.tar"]),
        ("{one}.tar", ["one.tar"]),
        ("{a,}.tar", ["a.tar", ".tar"]),
        ("{5..5}", ["5"]),
    ],
)
def test_patterns(pattern: str, names: list[str]) -> None:
    assert expanded(pattern) == names


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("a-{000..003.tar", "braces must close"),
        ("a-000}.tar", "braces must close"),
        ("{a,{b,c}}.tar", "not lie in one another"),
        ("{}.tar", "empty braces"),
        ("{3..1}.tar", "runs backwards"),
        ("{0..999999999}.tar", "more than"),
        ("{0..999}{0..999}.tar", "more than"),
    ],
)
def test_what_cannot_be_read_is_one_line(pattern: str, told: str) -> None:
    with pytest.raises(SpecError, match=re.escape(told)) as caught:
        expanded(pattern)
    assert "\n" not in str(caught.value)


@given(st.text("{},.0129ab-", max_size=24))
def test_any_pattern_is_names_or_one_line(pattern: str) -> None:
    try:
        names = expanded(pattern)
    except SpecError as error:
        assert "\n" not in str(error)
    else:
        assert 1 <= len(names) <= MOST
        assert not any(set("{}") & set(name) for name in names)
        assert ("{" in pattern) or names == [pattern]


@given(st.integers(0, 500), st.integers(0, 60), st.integers(1, 6))
def test_ranges_count_as_wide_as_written(first: int, more: int, width: int) -> None:
    names = expanded(f"{{{str(first).zfill(width)}..{first + more}}}")
    assert [int(name) for name in names] == list(range(first, first + more + 1))
    assert all(len(name) >= width for name in names)
