"""Claims against what was planted: only the very same questions count."""

from __future__ import annotations

from pathlib import Path

import pytest

from scotoma.analysis.sequential import State
from scotoma.certifying.scoring import certificate, score
from scotoma.certifying.suite import Plant, default_suite, load_suite
from scotoma.confirming.claims import ModeClaim, Outcome
from scotoma.errors import SpecError

PAIR = ("counting", "occlusion")


def plant(*spots: tuple[str, ...]) -> Plant:
    return Plant("p", Path("p.toml"), spots)


def outcome(*features: str, state: State = "confirmed", always: tuple[str, ...] = ()) -> Outcome:
    claim = ModeClaim(features, (), 0.9, 0.1, always=always)
    return Outcome(claim, state, 30, None, None, 1e9, 0.0, 20.0, 0, 1.0)


def test_the_same_questions_hit() -> None:
    one = score(plant(PAIR), [outcome(*PAIR)], 3000, [2500])
    assert (one.hits, one.missed, one.false) == ((PAIR,), (), ())
    assert (one.to_first, one.to_all) == (2500, 2500)


@pytest.mark.parametrize("claimed", [("counting",), ("counting", "occlusion", "colour")])
def test_a_part_or_a_superset_is_a_miss_and_a_false_alarm(claimed: tuple[str, ...]) -> None:
    one = score(plant(PAIR), [outcome(*claimed)], 3000, [2500])
    assert (one.hits, one.missed, one.false) == ((), (PAIR,), (claimed,))
    assert one.to_all is None


def test_what_is_always_asked_with_it_is_no_other_claim() -> None:
    told = outcome("orientation", always=("category",))
    assert score(plant(("category", "orientation")), [told], 3000, [9]).hits == (("category", "orientation"),)


@pytest.mark.parametrize("state", ["refuted", "undecided"])
def test_only_confirmed_claims_count(state: State) -> None:
    one = score(plant(), [outcome("counting", state=state)], 3000, [None])
    assert one.false == ()


def test_two_blind_spots_are_both_wanted() -> None:
    spots = (PAIR, ("text_reading",))
    half = score(plant(*spots), [outcome(*PAIR)], 3000, [2000])
    assert half.to_first == 2000
    assert half.to_all is None
    both = score(plant(*spots), [outcome(*PAIR), outcome("text_reading")], 3000, [2000, 2600])
    assert (both.to_first, both.to_all) == (2000, 2600)


def test_recall_and_precision_are_over_the_suite() -> None:
    scores = [
        score(plant(PAIR), [outcome(*PAIR)], 1, [1]),
        score(plant(("text_reading",)), [outcome("counting")], 1, [1]),
        score(plant(), [], 1, []),
    ]
    result = certificate(scores)
    assert (result.recall, result.precision) == (0.5, 0.5)
    empty = certificate([score(plant(), [], 1, [])])
    assert (empty.recall, empty.precision) == (None, None)


def test_the_suite_that_comes_with_the_package() -> None:
    plants = load_suite(default_suite())
    assert len(plants) == 12
    assert sum(not one.spots for one in plants) == 2
    assert {len(spot) for one in plants for spot in one.spots} >= {1, 2, 3}
    assert ("counting", "count>=4") in [spot for one in plants for spot in one.spots]


def test_no_suite(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="holds no planted candidate"):
        load_suite(tmp_path)
    with pytest.raises(SpecError, match="is no folder"):
        load_suite(tmp_path / "none")
