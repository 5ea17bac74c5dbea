"""Proposed questions: valid, writable, balanced, and of the skills that were asked for."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes import random_scene, scene, thing
from scotoma.records import SKILLS
from scotoma.tabletop.asking import propose, propose_any
from scotoma.tabletop.language import read, writable, write
from scotoma.tabletop.oracle import judge
from scotoma.tabletop.program import Count, WhichSide, skills_of

RICH = scene(
    thing(1, "cube", "red", at=(-0.10, -0.20), size="large", material="metal"),
    thing(2, "sphere", "blue", at=(0.12, 0.00)),
    thing(3, "cube", "green", at=(0.50, 0.10), material="metal"),
    thing(4, "horse", "brown", at=(-0.35, 0.00), yaw_deg=90.0, has_front=True, size="large"),
    thing(5, "chicken", "yellow", at=(0.30, 0.45), has_front=True),
    thing(6, "sign", "gray", at=(-0.60, 0.20), text="EXIT", size="large"),
    thing(7, "mug", "red", at=(-0.11, 0.25), visible=0.5),
    thing(8, "horse", "red", at=(0.55, -0.35), yaw_deg=180.0, has_front=True),
)
"""A scene in which every skill can be asked for."""

EXCLUSIVE = [
    {"existence", "counting"},
    {"existence", "category"},
    {"existence", "shape"},
    {"existence", "comparison"},
    {"counting", "category"},
    {"counting", "shape"},
    {"category", "shape"},
    {"category", "comparison"},
    {"shape", "comparison"},
    {"comparison", "conjunction"},
    {"shape", "text_reading"},
    {"shape", "orientation"},
]
"""Pairs that no writable question has: each comes with another kind of question."""


@given(st.integers(0, 100_000))
def test_a_proposal_is_valid_and_can_be_written_and_read(seed):
    place, rng = random_scene(seed), random.Random(seed)
    program = propose(place, rng)
    if program is not None:
        ruling = judge(program, place)
        assert ruling.valid, ruling
        assert 1 <= len(ruling.skills) <= 5
        assert read(write(program, rng)) == program


@given(st.integers(0, 100_000))
def test_an_unchecked_proposal_can_be_written_and_read(seed):
    rng = random.Random(seed)
    program = propose_any(random_scene(seed), rng)
    assert read(write(program, rng)) == program


def test_proposals_depend_on_nothing_but_the_scene_and_the_dice():
    first = [propose(RICH, random.Random(seed)) for seed in range(40)]
    again = [propose(RICH, random.Random(seed)) for seed in range(40)]
    assert first == again
    assert len(set(first)) > 30
    anything = [propose_any(RICH, random.Random(seed)) for seed in range(40)]
    assert anything == [propose_any(RICH, random.Random(seed)) for seed in range(40)]


@pytest.mark.parametrize("skill", SKILLS)
def test_every_skill_can_be_asked_for(skill):
    programs = [propose(RICH, random.Random(seed), skills=[skill]) for seed in range(40)]
    found = [program for program in programs if program is not None]
    assert len(found) >= 0.9 * len(programs)
    for program in found:
        assert skill in skills_of(program)
        assert judge(program, RICH).valid
        assert len(skills_of(program)) <= 4
    assert len(set(found)) >= 3


@pytest.mark.parametrize(
    "pair", [set(pair) for pair in combinations(SKILLS, 2)], ids=lambda pair: "+".join(sorted(pair))
)
def test_every_possible_pair_of_skills_can_be_asked_for(pair):
    programs = [propose(RICH, random.Random(seed), skills=sorted(pair)) for seed in range(6)]
    found = [program for program in programs if program is not None]
    if pair in EXCLUSIVE:
        assert not found
        return
    assert len(found) >= 4 or pair in RARE
    for program in found:
        assert pair <= set(skills_of(program))
        assert judge(program, RICH).valid


RARE = [
    {"category", "text_reading"},
    {"text_reading", "orientation"},
    {"shape", "occlusion"},
    {"between", "text_reading"},
]
"""Pairs that need more luck: a text gives the category away, what has a text has no front, and here the only
sign and the hidden mug are at the edge or no block."""


def test_a_proposal_asks_for_as_few_other_skills_as_it_can():
    for skills in (
        ["colour"],
        ["counting"],
        ["left_right"],
        ["counting", "left_right"],
        ["colour", "superlative"],
    ):
        programs = [propose(RICH, random.Random(seed), skills=skills) for seed in range(30)]
        exact = [
            program for program in programs if program is not None and set(skills_of(program)) == set(skills)
        ]
        assert len(exact) >= 24, skills


def test_the_number_of_skills_is_bounded():
    for seed in range(60):
        program = propose(RICH, random.Random(seed), max_skills=2)
        assert program is not None
        assert len(skills_of(program)) <= 2


def test_an_impossible_wish_gives_none():
    assert propose(RICH, random.Random(0), skills=["counting", "shape"]) is None
    assert propose(scene(thing(1)), random.Random(0), skills=["left_right"]) is None
    with pytest.raises(ValueError, match="colours"):
        propose(RICH, random.Random(0), skills=["colours"])


def test_an_empty_table_gives_none():
    assert propose(scene(), random.Random(0)) is None


@pytest.fixture(scope="module")
def mix():
    """Rulings on 3,000 proposals about 150 scenes of 3 to 10 objects, and how many proposals failed."""
    rng = random.Random(11)
    places = [random_scene(seed, 3 + seed % 8) for seed in range(150)]
    programs = [(place, propose(place, rng)) for _ in range(20) for place in places]
    return [judge(program, place) for place, program in programs if program is not None], len(programs)


def test_nearly_every_proposal_succeeds(mix):
    rulings, tried = mix
    assert len(rulings) > 0.98 * tried


def test_every_skill_has_a_share_and_none_rules(mix):
    rulings, _ = mix
    counts = Counter(skill for ruling in rulings for skill in ruling.skills)
    for skill in SKILLS:
        assert 0.02 * len(rulings) < counts[skill] < 0.35 * len(rulings), (skill, counts[skill])


def test_most_questions_need_one_to_three_skills(mix):
    rulings, _ = mix
    lengths = Counter(len(ruling.skills) for ruling in rulings)
    for length, share in {1: 0.35, 2: 0.40, 3: 0.20}.items():
        assert lengths[length] / len(rulings) == pytest.approx(share, abs=0.07)
    assert 0.01 < sum(count for length, count in lengths.items() if length > 3) / len(rulings) < 0.12


def test_yes_and_no_are_even_within_every_construct(mix):
    rulings, _ = mix
    said = defaultdict(Counter)
    for ruling in rulings:
        if ruling.answer in ("yes", "no"):
            said[type(ruling.program)][ruling.answer] += 1
    assert len(said) == 7
    for construct, counts in said.items():
        assert counts.total() > 40
        assert 0.36 < counts["yes"] / counts.total() < 0.64, (construct, counts)


def test_no_kind_of_answer_rules(mix):
    rulings, _ = mix
    kinds = Counter(
        "yes/no" if r.answer in ("yes", "no") else "number" if r.answer.isdigit() else "word" for r in rulings
    )
    assert all(0.1 < count / len(rulings) < 0.6 for count in kinds.values()), kinds
    counts = Counter(r.answer for r in rulings if isinstance(r.program, Count))
    assert counts["0"] < 0.2 * counts.total()
    assert counts["1"] < 0.55 * counts.total()
    sides = Counter(r.answer for r in rulings if isinstance(r.program, WhichSide))
    assert 0.3 < sides["left"] / sides.total() < 0.7


def test_no_thing_is_spoken_of_that_hardly_shows():
    place = scene(thing(1, "mug", "red", visible=0.1), thing(2, "cube", "blue", at=(0.4, 0.0)))
    programs = [propose(place, random.Random(seed)) for seed in range(60)]
    found = [program for program in programs if program is not None]
    assert len(found) > 40
    for program in found:
        ruling = judge(program, place)
        assert "mug" not in ruling.evidence or ruling.answer in ("no", "0")


def test_unchecked_proposals_are_mostly_invalid_for_many_reasons():
    rng = random.Random(5)
    reasons = Counter(judge(propose_any(place, rng), place).reason for place in map(random_scene, range(400)))
    assert 0.1 < reasons["valid"] / 400 < 0.6
    assert {"no_referent", "ambiguous_referent", "gives_itself_away", "false_premise"} <= set(reasons)
    assert all(writable(propose_any(RICH, rng)) for _ in range(100))
