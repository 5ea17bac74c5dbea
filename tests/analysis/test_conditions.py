"""Conditions of a question on a scene: those that a planted candidate knows, by the same names, and found again."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scenes import random_scene, scene, thing
from scotoma.analysis.conditions import conditions_of, features_of, tabletop_conditions
from scotoma.analysis.features import ProbeTable
from scotoma.analysis.modes import find_modes
from scotoma.records import Answer, Probe, Question, Verdict
from scotoma.tabletop.asking import propose
from scotoma.tabletop.language import write
from scotoma.tabletop.oracle import ask, grade
from scotoma.tabletop.planted import BlindSpot, PlantedSpec, When
from scotoma.tabletop.program import Count, Noun, Ref
from scotoma.tabletop.scene import Scene

PLACE = scene(
    thing(1, "cube", "red", at=(-0.5, 0.0)),
    thing(2, "cube", "blue", at=(-0.2, 0.0)),
    thing(3, "cube", "green", at=(0.1, 0.0), visible=0.6),
    thing(4, "horse", "brown", at=(0.5, 0.0), yaw_deg=90.0, has_front=True, size="large"),
)
PLAIN = Count(Ref(Noun("object", "object")))


def met(question: str, place: Scene = PLACE) -> set[str]:
    return set(conditions_of(question, place))


def test_what_a_question_meets() -> None:
    scene_size = {"objects>=3", "objects>=4"}
    counts = {f"count>={n}" for n in (1, 2, 3)} | {f"count<={n}" for n in range(3, 8)}
    cube = {"category=cube", "family=block"}
    assert met("how many cubes are there?") == scene_size | counts | cube | {"visible<0.7", "visible<0.9"}
    assert met("is there a red horse?") == scene_size | {"colour=red", "category=horse", "family=animal"}
    assert met("what colour is the large object?") == scene_size | {
        "size=large",
        "visible<0.7",
        "visible<0.9",
    }
    assert met("banana") == set()


def test_a_number_on_a_sign_is_no_count() -> None:
    place = scene(thing(1, "sign", text="7"), thing(2, "cube", at=(0.4, 0.0)))
    assert ask("what does the sign say?", place).answer == "7"
    assert not any(name.startswith("count") for name in met("what does the sign say?", place))


@pytest.mark.parametrize("key", ["min_count", "max_count", "min_objects", "colour", "category", "family"])
@given(st.integers(0, 10_000), st.integers(1, 7))
def test_conditions_are_those_of_planted_candidates(key: str, seed: int, bound: int) -> None:
    rng = random.Random(seed)
    place = random_scene(seed, 3 + seed % 8)
    skills = ["counting"] if key.endswith("_count") else None
    ruling = ask(write(propose(place, rng, skills=skills) or PLAIN, rng), place)
    assume(ruling.valid and ruling.program is not None)
    if key.endswith("_count"):
        assume(isinstance(ruling.program, Count))
        when, name = When(**{key: bound}), f"count{'>=' if key == 'min_count' else '<='}{bound}"
    elif key == "min_objects":
        when, name = When(min_objects=bound + 2), f"objects>={bound + 2}"
    else:
        word = getattr(rng.choice(place.objects), key)
        when, name = When(**{key: word}), f"{key}={word}"
    assert (name in met(write(ruling.program, rng), place)) == when.holds(ruling, place)


def test_images_without_truth_meet_nothing() -> None:
    conditions = tabletop_conditions({"a": PLACE.to_truth()})
    assert "objects>=4" in conditions(probe("is there a red cube?", "a"))
    assert conditions(probe("is there a red cube?", "b")) == ()
    assert conditions(probe("\x00", "a")) == ()


# ---- found again -----------------------------------------------------------------------------------------


def probe(
    question: str, image: str, *, correct: bool = True, skills: tuple[str, ...] = ("existence",)
) -> Probe:
    verdict = Verdict(True, correct, "no", "graded", skills=skills)
    return Probe("train", 1, 0, 0, image, Question(question, "grammar"), Answer("yes", "planted"), verdict)


@cache
def asked() -> tuple[dict[str, Scene], list[tuple[str, str]]]:
    """120 scenes and 2,500 valid questions of the grammar about them."""
    rng = random.Random(7)
    places = {f"{n}": random_scene(n, 2 + n % 9) for n in range(120)}
    questions = []
    while len(questions) < 2500:
        image = f"{rng.randrange(120)}"
        program = propose(places[image], rng)
        if program is not None and ask(question := write(program, rng), places[image]).valid:
            questions.append((image, question))
    return places, questions


@pytest.mark.parametrize(
    "spots",
    [
        [],
        [BlindSpot(("counting",), 0.9, When(min_count=3))],
        [BlindSpot(("left_right", "colour"), 0.9)],
        [BlindSpot(("viewpoint",), 0.4)],
        [BlindSpot(("existence",), 0.9, When(min_objects=8))],
        [BlindSpot(("colour",), 0.9, When(colour="red"))],
        [
            BlindSpot(("viewpoint",), 0.9),
            BlindSpot(("counting", "colour"), 0.6),
            BlindSpot(("text_reading",), 0.4),
        ],
    ],
    ids=lambda spots: "; ".join(f"{'+'.join(spot.skills)} {spot.failure_rate}" for spot in spots) or "none",
)
def test_blind_spots_planted_on_the_tabletop_are_named(spots: list[BlindSpot]) -> None:
    places, questions = asked()
    candidate = PlantedSpec("test", 0.97, tuple(spots))
    probes = []
    for image, question in questions:
        ruling = ask(question, places[image])
        correct, _ = grade(ruling, candidate.answer(question, places[image], image))
        probes.append(probe(question, image, correct=correct is True, skills=ruling.skills))
    conditions = tabletop_conditions({image: place.to_truth() for image, place in places.items()})
    modes = find_modes(ProbeTable.of(probes, conditions))
    assert len(modes) == len(spots), [mode.features for mode in modes]
    for spot in spots:
        assert any(mode.means(features_of(spot)) for mode in modes), [mode.features for mode in modes]


def test_planted_blind_spots_are_called_as_modes_are() -> None:
    when = When(2, 5, "red", "cube", "block", 3)
    assert features_of(BlindSpot(("counting",), 0.9, when)) == (
        *("counting", "count>=2", "count<=5", "objects>=3"),
        *("colour=red", "category=cube", "family=block"),
    )
    assert features_of(BlindSpot(("colour", "left_right"), 0.9)) == ("colour", "left_right")
