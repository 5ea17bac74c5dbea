"""Modes into claims, and outcomes into JSON and back."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.modes import find_modes
from scotoma.analysis.sequential import EVEN
from scotoma.analysis.statistics import Interval
from scotoma.confirming.claims import MARGIN, Again, ModeClaim, Outcome, claims_of
from scotoma.records import SKILLS
from simulated import Planted, table

rates = st.floats(0.0, 1.0)


@given(found=rates, beside=rates)
def test_what_is_expected_is_the_mean_of_what_is_observed(found: float, beside: float) -> None:
    claim = ModeClaim(("counting",), (), found, beside).to_test()
    assert claim.expected == pytest.approx((1 + found - beside) / 2)
    assert claim.threshold == pytest.approx(EVEN + MARGIN / 2)
    assert claim.calls_an_image == 2


def test_a_mode_is_held_against_its_nearest_part() -> None:
    claims = claims_of(find_modes(table(4000, [Planted(("counting", "occlusion"))])))
    assert [claim.features for claim in claims] == [("counting", "occlusion")]
    (claim,) = claims
    assert set(claim.nearest) < set(claim.features)
    assert claim.found > 0.8
    assert claim.beside < 0.1
    assert claim.name == "counting + occlusion"


def test_features_are_told_apart() -> None:
    claim = ModeClaim(("counting", "count>=4"), ("counting",), 0.9, 0.1)
    assert claim.skills == ("counting",)
    assert claim.conditions == ("count>=4",)
    assert claim.nearest_skills == ("counting",)
    assert claim.nearest_conditions == ()


intervals = st.none() | st.builds(
    Interval, rates, rates, rates, st.integers(1, 99), st.integers(1, 99), st.just("wilson"), st.just(0.95)
)
evidence = st.floats(0.0, allow_nan=False)
names = st.lists(st.sampled_from([*SKILLS, "count>=4", "colour=red"]), max_size=4).map(tuple)
outcomes = st.builds(
    Outcome,
    claim=st.builds(ModeClaim, names, names, rates, rates, st.lists(names, max_size=2).map(tuple)),
    state=st.sampled_from(["confirmed", "refuted", "undecided"]),
    images=st.integers(0, 99),
    rate=intervals,
    part=intervals,
    e_confirm=evidence,
    e_refute=evidence,
    needed=evidence,
    calls_left=st.none() | st.integers(0, 9999),
    askable=rates,
    repeated=st.builds(Again, st.integers(0, 9), st.integers(0, 9)),
    reworded=st.builds(Again, st.integers(0, 9), st.integers(0, 9)),
)


@given(outcomes)
def test_an_outcome_is_read_back_as_it_was_written(outcome: Outcome) -> None:
    written = json.dumps(outcome.to_json(), allow_nan=False) if math.isfinite(outcome.needed) else None
    if written is not None:
        read = Outcome.from_json(json.loads(written))
        assert read.claim == outcome.claim
        assert read.to_json() == outcome.to_json()
