"""Equal budgets: what a number of candidate calls paid for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.equal import calls_of, within_calls
from scotoma.records import Answer, Probe, Question, Verdict


def probe(number: int, image: str, text: str, answered: bool) -> Probe:
    return Probe(
        "train", number, 0, 0, image, Question(text, "q"), Answer("yes", "c") if answered else None,
        Verdict(answered, True if answered else None, None, "made_up"),
    )  # fmt: skip


asked = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["x?", "y?", "z?"]), st.booleans()), max_size=30
).map(lambda rows: [probe(number, *row) for number, row in enumerate(rows)])


def test_only_what_is_put_to_the_candidate_for_the_first_time_is_a_call() -> None:
    probes = [
        probe(0, "a", "x?", True),
        probe(1, "a", "x?", True),
        probe(2, "a", "broken", False),
        probe(3, "b", "x?", True),
        probe(4, "b", "broken", False),
        probe(5, "a", "y?", True),
    ]
    assert calls_of(probes) == 3
    assert within_calls(probes, 1) == probes[:3]
    assert within_calls(probes, 2) == probes[:5]
    assert within_calls(probes, 3) == probes


@given(asked, st.integers(0, 12))
def test_a_cut_is_the_longest_beginning_within_the_budget(probes: list[Probe], calls: int) -> None:
    cut = within_calls(probes, calls)
    assert cut == probes[: len(cut)]
    assert calls_of(cut) == min(calls, calls_of(probes))
    if len(cut) < len(probes):
        assert calls_of(probes[: len(cut) + 1]) == calls + 1
