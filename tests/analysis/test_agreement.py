"""Kappa by its definition; a sample weighs what it stands for; two verifiers side by side, and when to suspect."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.agreement import Agreement, Drawn, agreement, drawn, kappa
from scotoma.records import Answer, Probe, Question, Verdict

RIGHT = Verdict(True, True, "red", "right")
WRONG = Verdict(True, False, "red", "wrong")
INVALID = Verdict(False, None, None, "unreadable")
UNSURE = Verdict(True, None, "red", "verifier_unsure")
LOST = Verdict(None, None, None, "call_failed")

counts = st.integers(0, 500)
said = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def probe(at: int, verdict: Verdict, *, images: int | None = None, phase: str = "eval:trained") -> Probe:
    """Probe number `at`, on an image of its own or on one of `images`."""
    image = f"i{at if images is None else at % images}"
    answer = None if verdict.valid is not True else Answer("blue", "mini")
    return Probe(phase, 0, at, 0, image, Question(f"What is {at}?", "mini"), answer, verdict)


def phase_of(*verdicts: tuple[Verdict, int]) -> list[Probe]:
    return [probe(at, verdict) for at, verdict in enumerate(v for v, n in verdicts for _ in range(n))]


def compared(
    pairs: Sequence[tuple[Verdict, Verdict | None]], *, images: int | None = None, learned: bool = True
) -> Agreement:
    """The agreement over probes of weight 1."""
    sample = [Drawn(probe(at, first, images=images), 1.0) for at, (first, _) in enumerate(pairs)]
    return agreement(sample, [second for _, second in pairs], first="hf:a", second="hf:b", learned=learned)


def table(pairs: Sequence[tuple[bool, bool]]) -> tuple[int, int, int, int]:
    found = Counter(pairs)
    return found[True, True], found[True, False], found[False, True], found[False, False]


# ---- kappa ----------------------------------------------------------------------------------------------


def test_kappa_of_a_table_from_a_textbook() -> None:
    """Fifty grant proposals, two readers: observed 0.7, by chance 0.5."""
    assert kappa(20, 5, 10, 15) == pytest.approx(0.4)


@given(counts, counts, counts, counts)
def test_kappa_is_what_its_definition_says(a: int, b: int, c: int, d: int) -> None:
    found, n = kappa(a, b, c, d), a + b + c + d
    by_chance = ((a + b) * (a + c) + (c + d) * (b + d)) / (n * n) if n else 1.0
    if n == 0 or {a + b, a + c} in ({0}, {n}):
        assert found is None
    else:
        assert found is not None
        assert found == pytest.approx(((a + d) / n - by_chance) / (1.0 - by_chance), abs=1e-9)
        assert -1.0 <= found <= 1.0


@given(st.lists(st.booleans(), min_size=2))
def test_kappa_of_equal_verdicts_is_1(verdicts: list[bool]) -> None:
    expected = 1.0 if len(set(verdicts)) == 2 else None
    assert kappa(*table([(one, one) for one in verdicts])) == expected


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_kappa_of_independent_verdicts_is_0(yes: int, no: int, other_yes: int, other_no: int) -> None:
    assert kappa(yes * other_yes, yes * other_no, no * other_yes, no * other_no) == 0.0


def test_kappa_of_drawn_independent_verdicts_is_near_0_with_an_interval_that_holds_it() -> None:
    rng = random.Random(3)
    pairs = [(rng.choice((RIGHT, WRONG)), rng.choice((RIGHT, WRONG))) for _ in range(600)]
    found = compared(pairs).correctness
    assert found is not None
    assert abs(found.value) < 0.1
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.0 < found.high


@given(counts, counts, counts, counts)
def test_kappa_does_not_ask_who_came_first_or_what_is_yes(a: int, b: int, c: int, d: int) -> None:
    assert kappa(a, b, c, d) == kappa(a, c, b, d) == kappa(d, b, c, a)


@given(said, st.randoms(use_true_random=False))
def test_an_agreement_does_not_depend_on_order(
    verdicts: list[tuple[bool, bool]], shuffled: random.Random
) -> None:
    pairs = [(RIGHT if one else WRONG, RIGHT if other else WRONG) for one, other in verdicts]
    sample = [Drawn(probe(at, first, images=12), 1.0) for at, (first, _) in enumerate(pairs)]
    order = list(range(len(pairs)))
    shuffled.shuffle(order)
    one, other = (
        agreement(
            [sample[at] for at in places],
            [pairs[at][1] for at in places],
            first="a",
            second="b",
            learned=True,
        )
        for places in (range(len(pairs)), order)
    )
    assert one == other


def test_perfect_agreement_still_has_an_interval() -> None:
    """Forty equal verdicts do not prove that two verifiers never differ."""
    found = compared([(RIGHT, RIGHT), (WRONG, WRONG)] * 20)
    assert found.correctness is not None
    assert found.correctness.value == found.correctness.high == 1.0
    assert found.correctness.low is not None
    assert 0.7 < found.correctness.low < 0.95
    assert found.difference is not None
    assert found.difference.estimate == 0.0
    assert found.difference.low < 0.0 < found.difference.high


# ---- the sample -----------------------------------------------------------------------------------------


def strata(sample: Sequence[Drawn]) -> dict[str, int]:
    return dict(Counter(one.probe.verdict.reason for one in sample))


def test_half_of_a_sample_are_failures_and_it_weighs_what_it_stands_for() -> None:
    phase = phase_of((WRONG, 100), (RIGHT, 500), (INVALID, 200), (UNSURE, 50), (LOST, 30))
    sample = drawn(phase, 80, 0)
    assert strata(sample) == {"wrong": 40, "right": 20, "unreadable": 20}
    assert sum(one.weight for one in sample) == pytest.approx(80)
    share = sum(one.weight for one in sample if one.probe.verdict.failure) / 80
    assert share == pytest.approx(100 / 800)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(10, 120), st.integers(0, 9))
def test_a_sample_is_as_large_as_it_can_be(wrong: int, right: int, bad: int, most: int, seed: int) -> None:
    phase = phase_of((WRONG, wrong), (RIGHT, right), (INVALID, bad), (LOST, 5))
    sample = drawn(phase, most, seed)
    assert len(sample) == len({one.probe.key for one in sample}) == min(most, wrong + right + bad)
    assert sum(one.weight for one in sample) == pytest.approx(len(sample))
    assert drawn(phase[::-1], most, seed) == sample


def test_another_seed_draws_another_sample_and_a_growing_phase_keeps_most_of_it() -> None:
    phase = phase_of((WRONG, 300))
    sample = {one.probe.key for one in drawn(phase, 50, 0)}
    assert sample != {one.probe.key for one in drawn(phase, 50, 1)}
    grown = {one.probe.key for one in drawn(phase_of((WRONG, 330)), 50, 0)}
    assert len(sample & grown) >= 40


# ---- side by side ---------------------------------------------------------------------------------------


def test_rates_of_the_whole_phase_come_from_the_sample() -> None:
    """The second verifier sees half of the failures and none that the first does not."""
    phase = phase_of((WRONG, 100), (RIGHT, 500), (INVALID, 200))
    sample = drawn(phase, 160, 0)
    seen = {True: iter([WRONG, RIGHT] * 80)}
    verdicts = [next(seen[True]) if one.probe.verdict.failure else one.probe.verdict for one in sample]
    found = agreement(sample, verdicts, first="a", second="b", learned=True)
    assert found.first_fdr is not None
    assert found.second_fdr is not None
    assert found.difference is not None
    assert found.first_fdr.estimate == pytest.approx(100 / 600)
    assert found.second_fdr.estimate == pytest.approx(50 / 600)
    assert found.difference.estimate == pytest.approx(50 / 600)
    assert (found.compared, found.lost, found.won, found.undecided) == (120, 40, 0, 0)
    assert found.suspicious


def test_what_either_cannot_decide_is_left_out_and_counted() -> None:
    found = compared(
        [(WRONG, WRONG)] * 9
        + [(WRONG, UNSURE), (RIGHT, LOST), (INVALID, LOST), (RIGHT, None), (RIGHT, INVALID)]
    )
    assert (found.drawn, found.judged, found.undecided) == (14, 13, 3)
    assert (found.compared, found.found_invalid) == (10, 1)
    assert found.second_fdr is not None
    assert found.second_over_valid is not None
    assert (found.second_fdr.estimate, found.second_over_valid.estimate) == (0.9, 1.0)
    assert found.validity is not None
    assert found.validity.both == 11


def test_an_unanswered_question_counts_for_validity_alone() -> None:
    found = compared([(INVALID, Verdict(True, None, None, "not_answered"))] * 12 + [(RIGHT, RIGHT)] * 12)
    assert (found.compared, found.undecided) == (12, 0)
    assert found.validity is not None
    assert (found.validity.value, found.validity.observed) == (0.0, 0.5)


def test_few_images_have_no_interval_and_no_flag() -> None:
    found = compared([(WRONG, RIGHT)] * 40 + [(RIGHT, RIGHT)] * 40, images=9)
    assert found.difference is None
    assert not found.higher
    assert found.correctness is not None
    assert found.correctness.low is None


@pytest.mark.parametrize(
    ("lost", "won", "learned", "suspicious"),
    [
        (10, 0, True, True),
        (10, 0, False, False),
        (2, 0, True, False),
        (10, 8, True, False),
        (0, 10, True, False),
        (60, 5, True, True),
        (60, 50, True, False),
    ],
)
def test_a_gap_is_flagged_where_chance_does_not_explain_it(
    lost: int, won: int, learned: bool, suspicious: bool
) -> None:
    pairs = [(WRONG, RIGHT)] * lost + [(RIGHT, WRONG)] * won + [(WRONG, WRONG), (RIGHT, RIGHT)] * 40
    found = compared(pairs, learned=learned)
    assert found.suspicious is suspicious
    assert found.higher is (suspicious or not learned)


def test_a_sixth_of_a_hundred_failures_is_told_from_chance() -> None:
    """What the default size of the sample is chosen for."""
    sample = drawn(phase_of((WRONG, 240), (RIGHT, 480), (INVALID, 80)), 200, 0)
    at = iter(range(1000))
    verdicts = [
        RIGHT if one.probe.verdict.failure and next(at) % 6 == 0 else one.probe.verdict for one in sample
    ]
    found = agreement(sample, verdicts, first="a", second="b", learned=True)
    assert found.lost == 17
    assert found.suspicious


def coverage(pairs: Callable[[random.Random], tuple[bool, bool]], truth: float, n: int) -> float:
    """How often the interval of kappa over n probes on n / 2 images holds the truth."""
    held = 0
    for seed in range(60):
        rng = random.Random(seed)
        drawn_ = [pairs(rng) for _ in range(n)]
        verdicts = [(RIGHT if one else WRONG, RIGHT if other else WRONG) for one, other in drawn_]
        found = compared(verdicts, images=n // 2).correctness
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    return held / 60


@pytest.mark.parametrize("differ", [0.02, 0.2])
def test_intervals_of_kappa_hold_the_truth(differ: float) -> None:
    """Half of the answers are right, and the second verifier turns a share of verdicts: kappa is 1 - 2 x share."""

    def pairs(rng: random.Random) -> tuple[bool, bool]:
        one = rng.random() < 0.5
        return one, one != (rng.random() < differ)

    assert coverage(pairs, 1.0 - 2.0 * differ, 160) >= 0.9
