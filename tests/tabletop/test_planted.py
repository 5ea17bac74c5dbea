"""Planted candidates: what their files may say, and how they answer."""

from __future__ import annotations

import random
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes import random_scene, scene, thing
from scotoma.errors import SpecError
from scotoma.tabletop.asking import propose, propose_any
from scotoma.tabletop.language import kind_of, read_answer, write
from scotoma.tabletop.oracle import ask, grade
from scotoma.tabletop.planted import UNKNOWING, BlindSpot, PlantedSpec, When, load_planted

PLACE = scene(
    thing(1, "cube", "red", at=(-0.5, 0.0)),
    thing(2, "cube", "blue", at=(-0.2, 0.0)),
    thing(3, "cube", "green", at=(0.1, 0.0)),
    thing(4, "cube", "red", at=(0.3, 0.2), visible=0.5),
    thing(5, "horse", "brown", at=(0.5, 0.0), yaw_deg=90.0, has_front=True, size="large"),
    thing(6, "sign", "gray", at=(0.6, 0.4), text="EXIT"),
)
HOW_MANY = "how many cubes are there?"
BLIND = BlindSpot(("counting",), 1.0)


def spec(*blind_spots, accuracy=1.0, seed=0):
    return PlantedSpec("test", accuracy, blind_spots, seed)


def fires(when, question, place=PLACE):
    """Does a blind spot for everything, under this condition, fire?"""
    ruling = ask(question, place)
    assert ruling.valid, ruling
    return BlindSpot((), 1.0, when).fires(ruling, place)


def write_spec(tmp_path, text):
    path = tmp_path / "planted.toml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = """
name = "loses count"
accuracy = 0.97
[[blind_spot]]
skills = ["occlusion", "counting"]
when = { min_count = 2, max_count = 5, color = "red", category = "cube", family = "block", min_objects = 3 }
failure_rate = 0.9
[[blind_spot]]
skills = ["colour"]
failure_rate = 1
"""


def test_a_file_is_read_as_written(tmp_path):
    assert load_planted(write_spec(tmp_path, GOOD)) == PlantedSpec(
        "loses count",
        0.97,
        (
            BlindSpot(("counting", "occlusion"), 0.9, When(2, 5, "red", "cube", "block", 3)),
            BlindSpot(("colour",), 1.0),
        ),
    )


def test_accuracy_seed_and_blind_spots_may_be_left_out(tmp_path):
    assert load_planted(write_spec(tmp_path, 'name = "perfect"')) == PlantedSpec("perfect", 1.0, ())
    assert load_planted(write_spec(tmp_path, 'name = "other dice"\nseed = 3')).seed == 3


@pytest.mark.parametrize(
    ("name", "skills"),
    [
        ("counts-behind-things.toml", ("counting", "occlusion")),
        ("left-right-by-colour.toml", ("colour", "left_right")),
    ],
)
def test_the_shipped_examples_are_read(name, skills):
    planted = load_planted(str(files("scotoma") / "assets" / "planted" / name))
    assert planted.accuracy == 0.97
    assert [(spot.skills, spot.failure_rate, spot.when) for spot in planted.blind_spots] == [
        (skills, 0.9, When())
    ]


SPOT = 'name = "x"\n[[blind_spot]]\nskills = ["counting"]\nfailure_rate = 0.5\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "is not valid TOML"),
        ("", "name must be a text"),
        ('name = ""', "name must be a text"),
        ("name = 3", "name must be a text"),
        (
            'name = "x"\naccurracy = 1',
            "there is no key 'accurracy'; allowed are name, accuracy, seed, blind_spot",
        ),
        ('name = "x"\naccuracy = 1.2', "accuracy must be a number from 0 to 1, not 1.2"),
        ('name = "x"\naccuracy = nan', "accuracy must be a number from 0 to 1, not nan"),
        ('name = "x"\naccuracy = true', "accuracy must be a number from 0 to 1, not True"),
        ('name = "x"\naccuracy = "high"', "accuracy must be a number from 0 to 1, not 'high'"),
        ('name = "x"\nseed = -1', "seed must be a whole number of at least 0, not -1"),
        ('name = "x"\nblind_spot = 3', "blind_spot must be written as [[blind_spot]] tables"),
        ('name = "x"\nblind_spot = [3]', "blind_spot 1: must be a table"),
        ('name = "x"\n[[blind_spot]]\nfailure_rate = 1', "blind_spot 1: skills must be a list"),
        ('name = "x"\n[[blind_spot]]\nskills = []\nfailure_rate = 1', "blind_spot 1: skills must be a list"),
        (
            'name = "x"\n[[blind_spot]]\nskills = ["colours"]\nfailure_rate = 1',
            "'colours' is none of existence, ",
        ),
        ('name = "x"\n[[blind_spot]]\nskills = [3]\nfailure_rate = 1', "blind_spot 1: skills: 3 is none of"),
        (
            'name = "x"\n[[blind_spot]]\nskills = ["colour"]',
            "failure_rate must be a number from 0 to 1, not None",
        ),
        (SPOT.replace("0.5", "-0.1"), "failure_rate must be a number from 0 to 1, not -0.1"),
        (SPOT + "rate = 1", "blind_spot 1: there is no key 'rate'; allowed are skills, failure_rate, when"),
        (SPOT + "when = 3", "blind_spot 1: when must be a table"),
        (
            SPOT + "when = { count = 3 }",
            "blind_spot 1: when: there is no key 'count'; allowed are min_count, ",
        ),
        (SPOT + 'when = { colour = "pink" }', "blind_spot 1: when: colour: 'pink' is none of red, blue"),
        (SPOT + 'when = { category = "unicorn" }', "'unicorn' is none of"),
        (SPOT + 'when = { family = "unicorns" }', "'unicorns' is none of"),
        (
            SPOT + 'when = { min_count = "many" }',
            "min_count must be a whole number of at least 0, not 'many'",
        ),
        (SPOT + "when = { min_count = true }", "min_count must be a whole number"),
        (SPOT + "when = { min_objects = 2.5 }", "min_objects must be a whole number"),
        (SPOT + "when = { min_count = 5, max_count = 4 }", "min_count 5 is above max_count 4"),
        (SPOT + 'when = { colour = "red", color = "red" }', "give colour or color, not both"),
    ],
)
def test_a_broken_file_is_explained_in_one_line(tmp_path, text, said):
    path = write_spec(tmp_path, text)
    with pytest.raises(SpecError) as failure:
        load_planted(path)
    message = str(failure.value)
    assert message.startswith(str(path))
    assert said in message
    assert "\n" not in message


def test_a_missing_file_and_a_folder_and_bytes_are_explained(tmp_path):
    with pytest.raises(SpecError, match=r"nowhere\.toml: cannot be read \(No such file"):
        load_planted(tmp_path / "nowhere.toml")
    with pytest.raises(SpecError, match="cannot be read"):
        load_planted(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b"name = \xff\xfe")
    with pytest.raises(SpecError, match=r"bytes\.toml: is not valid TOML"):
        load_planted(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    ("when", "question", "expected"),
    [
        (When(), HOW_MANY, True),
        (When(min_count=4), HOW_MANY, True),
        (When(min_count=5), HOW_MANY, False),
        (When(max_count=4), HOW_MANY, True),
        (When(max_count=3), HOW_MANY, False),
        (When(min_count=1), "are there any cubes?", False),
        (When(max_count=9), "are there any cubes?", False),
        (When(min_objects=6), HOW_MANY, True),
        (When(min_objects=7), HOW_MANY, False),
        (When(colour="red"), "how many cubes are red?", True),
        (When(colour="red"), "how many cubes are not red?", True),
        (When(colour="red"), "how many cubes are blue or red?", True),
        (When(colour="brown"), "how many cubes are to the left of the brown horse?", True),
        (When(colour="brown"), "what colour is the horse?", False),
        (When(colour="brown"), "is the horse brown?", True),
        (When(category="horse"), "how many cubes are to the left of the horse?", True),
        (When(category="cube"), "how many blocks are there?", False),
        (When(family="block"), "how many blocks are there?", True),
        (When(family="block"), HOW_MANY, True),
        (When(family="animal"), HOW_MANY, False),
        (When(colour="red"), "is the horse to the right of the hidden red cube?", True),
        (When(colour="gray"), "seen from the horse, is the gray sign on its left or on its right?", True),
        (When(colour="blue"), "is the horse larger than the blue cube?", True),
        (When(colour="blue"), "are there more horses than blue cubes?", True),
        (When(colour="blue"), "do the horse and the blue cube have the same material?", True),
        (When(colour="blue"), "is there a horse or a blue cube?", True),
        (When(family="block", colour="red"), HOW_MANY, False),
        (When(family="block", colour="red", min_count=2), "how many cubes are red?", True),
    ],
)
def test_a_condition_must_hold(when, question, expected):
    assert fires(when, question) is expected


def test_a_blind_spot_needs_all_its_skills_and_a_valid_question():
    spot = BlindSpot(("counting", "colour"), 1.0)
    assert spot.fires(ask("how many cubes are red?", PLACE), PLACE)
    assert not spot.fires(ask(HOW_MANY, PLACE), PLACE)
    assert not BlindSpot(("colour",), 1.0).fires(ask("what colour is the cube?", PLACE), PLACE)


def test_the_highest_rate_counts_and_accuracy_elsewhere():
    planted = spec(BlindSpot(("counting",), 0.4), BlindSpot(("counting",), 0.7), accuracy=0.9)
    assert planted.failure_rate(ask(HOW_MANY, PLACE), PLACE) == 0.7
    assert planted.failure_rate(ask("is the horse brown?", PLACE), PLACE) == pytest.approx(0.1)


def test_it_is_right_where_it_sees_and_wrong_where_it_does_not():
    planted = spec(BLIND)
    assert planted.answer("what colour is the horse?", PLACE, "i") == "brown"
    assert planted.answer("what does the sign say?", PLACE, "i") == "exit"
    wrong = Counter(planted.answer(HOW_MANY, PLACE, f"image {n}") for n in range(200))
    assert set(wrong) == {"2", "3", "5", "6"}
    assert wrong["3"] + wrong["5"] > wrong["2"] + wrong["6"]


@given(st.integers(0, 100_000))
def test_a_wrong_answer_is_plausible_and_of_the_right_kind(seed):
    place, rng = random_scene(seed), random.Random(seed)
    program = propose(place, rng)
    if program is None:
        return
    question = write(program, rng)
    ruling = ask(question, place)
    wrong = spec(accuracy=0.0).answer(question, place, str(seed))
    assert grade(ruling, wrong) == (False, "wrong")
    assert grade(ruling, spec().answer(question, place, str(seed))) == (True, "right")


@given(st.integers(0, 100_000))
def test_what_has_no_answer_is_guessed_at(seed):
    place, rng = random_scene(seed), random.Random(seed)
    program = propose_any(place, rng)
    said = spec(BLIND).answer(write(program, rng), place, str(seed))
    assert read_answer(said, kind_of(program)).status == "read"


@pytest.mark.parametrize("text", ["", "asdf", "what colour is the horse? how many cubes are there?"])
def test_what_is_no_question_is_not_answered(text):
    assert spec().answer(text, PLACE, "i") == UNKNOWING
    assert read_answer(UNKNOWING, "colour").status == "hedged"


def test_the_same_question_gets_the_same_answer_and_every_part_of_it_matters():
    planted = spec(BlindSpot(("counting",), 0.5))
    asked = [(HOW_MANY, f"image {n}", repeat) for n in range(40) for repeat in range(2)]

    def answers(candidate, question=None):
        return [candidate.answer(question or text, PLACE, image, repeat) for text, image, repeat in asked]

    first = answers(planted)
    assert first == answers(spec(BlindSpot(("counting",), 0.5)))
    assert first[::2] != first[1::2]
    assert len(set(first)) > 2
    assert first != answers(spec(BlindSpot(("counting",), 0.5), seed=1))
    assert first != answers(PlantedSpec("other", 1.0, (BlindSpot(("counting",), 0.5),)))
    assert first != answers(planted, "what is the number of cubes?")


def test_the_dice_never_change():
    """A run can be repeated years later: these answers were drawn once and must stay."""
    planted = spec(BlindSpot(("counting",), 0.5))
    drawn = [planted.answer(HOW_MANY, PLACE, f"image {n}") for n in range(12)]
    assert drawn == ["5", "5", "4", "4", "5", "5", "4", "4", "4", "4", "4", "6"]


@pytest.mark.parametrize(("rate", "accuracy"), [(0.9, 0.97), (0.3, 0.8)])
def test_rates_are_kept(rate, accuracy):
    planted = spec(BlindSpot(("counting",), rate), accuracy=accuracy)
    images = [f"image {n}" for n in range(2000)]
    counted = sum(planted.answer(HOW_MANY, PLACE, image) != "4" for image in images)
    named = sum(planted.answer("what colour is the horse?", PLACE, image) != "brown" for image in images)
    assert counted / 2000 == pytest.approx(rate, abs=0.03)
    assert named / 2000 == pytest.approx(1.0 - accuracy, abs=0.03)
