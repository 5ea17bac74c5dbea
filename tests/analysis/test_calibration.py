"""Rates of a verifier from what it made of known truth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.calibration import Accuracy, JudgedAnswer, JudgedQuestion, Rate, calibration
from scotoma.records import SKILLS

verdicts = st.sampled_from([True, False, None])
answers = st.lists(
    st.builds(
        JudgedAnswer, st.sampled_from(["right", "wrong", "hedged"]), st.just("x"), verdicts, st.just("r")
    ),
    max_size=3,
).map(tuple)
questions = st.lists(
    st.builds(
        JudgedQuestion,
        st.sampled_from(["a", "b", "c"]),
        st.just("?"),
        st.lists(st.sampled_from(SKILLS[:3]), max_size=2, unique=True).map(tuple),
        st.sampled_from(["valid", "valid", "no_referent", "thin_margin"]),
        verdicts,
        st.just("r"),
        answers,
    ),
    max_size=12,
)


def question(image: str, valid: bool | None, *said: JudgedAnswer, cause: str = "valid") -> JudgedQuestion:
    return JudgedQuestion(image, "?", ("counting", "colour"), cause, valid, "r", said)


def answer(kind: str, correct: bool | None) -> JudgedAnswer:
    return JudgedAnswer(kind, "x", correct, "r")  # type: ignore[arg-type]


def share(rate: Rate | None) -> tuple[float, int] | None:
    return None if rate is None else (rate.bootstrap.estimate, rate.bootstrap.n)


def shares(accuracy: Accuracy) -> tuple[tuple[float, int] | None, ...]:
    return share(accuracy.sensitivity), share(accuracy.specificity), share(accuracy.abstention)


def test_an_example_by_hand() -> None:
    judged = [
        question("a", True, answer("right", True), answer("wrong", True), answer("hedged", None)),
        question("a", True, answer("right", None), answer("wrong", False), answer("hedged", False)),
        question("b", True, answer("right", False), answer("wrong", False)),
        question("b", None),
        question("c", False),
        question("c", False, cause="no_referent"),
        question("c", True, answer("wrong", True), cause="no_referent"),
        question("c", None, cause="thin_margin"),
    ]
    found = calibration(judged)
    assert (found.questions, found.images) == (8, 3)
    assert shares(found.validity) == ((0.75, 4), (0.5, 2), (0.25, 8))
    # The answer to an invalid question has no truth, and is not counted.
    assert shares(found.correctness) == ((0.5, 2), (pytest.approx(2 / 3), 3), (pytest.approx(1 / 6), 6))
    assert share(found.hedges) == (0.5, 2)
    assert [(row.skill, row.questions) for row in found.skills] == [("counting", 8), ("colour", 8)]
    assert shares(found.skills[0].validity) == shares(found.validity)
    assert [(row.cause, row.questions, share(row.found)) for row in found.causes] == [
        ("no_referent", 2, (0.5, 2)),
        ("thin_margin", 1, None),
    ]


def test_nothing_judged_has_no_rates() -> None:
    found = calibration([])
    assert found.validity == found.correctness == Accuracy(None, None, None)
    assert (found.hedges, found.skills, found.causes) == (None, (), ())


@given(questions)
def test_what_is_not_judged_is_abstention_and_nothing_else(judged: list[JudgedQuestion]) -> None:
    found = calibration(judged)
    known = [question_ for question_ in judged if question_.valid is not None]
    without = calibration(known)
    assert shares(found.validity)[:2] == shares(without.validity)[:2]
    assert shares(found.correctness) == shares(without.correctness)
    if judged:
        assert share(found.validity.abstention) == (pytest.approx(1 - len(known) / len(judged)), len(judged))
    counted = sum(
        rate.bootstrap.n for rate in (found.validity.sensitivity, found.validity.specificity) if rate
    )
    assert counted == len(known)
    assert sum(row.questions for row in found.causes) == sum(
        not question_.truly_valid for question_ in judged
    )


@given(questions)
def test_both_intervals_hold_the_same_estimate(judged: list[JudgedQuestion]) -> None:
    found = calibration(judged)
    for accuracy in (found.validity, found.correctness, *(row.validity for row in found.skills)):
        for rate in (accuracy.sensitivity, accuracy.specificity, accuracy.abstention):
            if rate is not None:
                assert rate.bootstrap.estimate == rate.wilson.estimate
                for interval in (rate.bootstrap, rate.wilson):
                    assert 0.0 <= interval.low <= interval.estimate <= interval.high <= 1.0
                assert rate.wilson.method == "wilson"
