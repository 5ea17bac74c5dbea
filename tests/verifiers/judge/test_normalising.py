"""When two answers are plainly the same, plainly different, and when only a judge can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.verifiers.judge.normalising import compare, normal

words = st.lists(
    st.sampled_from(
        ["red", "the", "a", "cup", "twenty", "one", "3", "no", "yes", "C++", "twenty-two", "-5", "."]
    ),
    min_size=1,
    max_size=5,
).map(" ".join)
spoken = words.filter(lambda answer: any(character.isalnum() for character in answer))


@given(st.text() | words)
def test_the_form_is_its_own_form(answer: str) -> None:
    assert normal(normal(answer)) == normal(answer)


@given(spoken, st.sampled_from(["", " ", ".", "!", "...", '"']), st.sampled_from(["", "  ", '"', "("]))
def test_case_space_and_edges_do_not_matter(answer: str, after: str, before: str) -> None:
    assert normal(f"{before}{answer.upper()}{after}") == normal(answer)


@given(st.integers(0, 99))
def test_number_words(number: int) -> None:
    units = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    units += "sixteen seventeen eighteen nineteen".split()
    tens = "x x twenty thirty forty fifty sixty seventy eighty ninety".split()
    ten, unit = divmod(number, 10)
    said = units[number] if number < 20 else "-".join([tens[ten], *([units[unit]] if unit else [])])
    assert normal(f"{said.capitalize()}.") == str(number)
    assert compare(str(number), f"the {said} cups") is None
    assert normal(f"the {said} cups") == f"{number} cups"


@given(st.text(), st.text())
def test_comparison_is_symmetric_and_equal_means_equal(first: str, second: str) -> None:
    assert compare(first, second) == compare(second, first)
    assert compare(first, first) is (True if normal(first) else None)


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ("Yes", "yep.", True),
        ("no", "Nope!", True),
        ("yes", "No", False),
        ("3", "three", True),
        ("3", "４", False),
        ("1,000", "1000", True),
        ("the red cup", "Red cup", True),
        ("A", "a", True),
        ("stop", "“STOP”", True),
        ("t-shirt", "T shirt", True),
        ("café", "cafe\u0301", True),
        ("red", "r\u200bed", True),
        ("?", "?", True),
        # Nothing that may matter is dropped.
        ("C", "C++", None),
        ("5", "-5", None),
        ("50", "50%", None),
        ("vitamin a", "vitamin", None),
        ("?", "!", None),
        ("3", "03", None),
        ("1,00", "100", None),
        # Meaning is for the judge.
        ("cup", "mug", None),
        ("yes", "Yes, it is", None),
        ("no", "no doubt", None),
        ("yes", "true", None),
        ("0", "no", None),
        ("", "", None),
        ("red", "", None),
    ],
)
def test_pairs(first: str, second: str, equal: bool | None) -> None:
    assert compare(first, second) is equal
