"""What is posed is as true as the oracle says, balanced, and the same each time."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from fakes import SceneSource
from scotoma.calibrating import Posed, pose
from scotoma.errors import ImagesError
from scotoma.records import Image
from scotoma.tabletop.oracle import ask, grade
from scotoma.tabletop.scene import Scene

SOURCE = SceneSource(30)


@cache
def posed(questions: int = 112, seed: int = 0, images: int = 30) -> list[Posed]:
    return list(pose(SOURCE.record, images, questions, seed))


def test_truth_is_the_oracles() -> None:
    for entry in posed():
        ruling = ask(entry.text, Scene.from_truth(entry.image.truth or {}))
        assert (entry.cause, entry.skills) == (ruling.reason, ruling.skills)
        if not ruling.valid:
            ((kind, guess),) = entry.answers
            assert kind is None
            assert guess
            continue
        graded = {kind: grade(ruling, text)[0] for kind, text in entry.answers}
        assert graded == {"right": True, "wrong": False, "hedged": None}


def test_half_of_the_questions_are_valid_and_causes_and_skills_are_spread() -> None:
    entries = posed()
    causes = Counter(entry.cause for entry in entries)
    assert len(entries) == 112
    assert causes["valid"] == 56
    assert len(causes) >= 7
    assert max(count for cause, count in causes.items() if cause != "valid") <= 56 // 4
    assert len({skill for entry in entries if entry.cause == "valid" for skill in entry.skills}) >= 12


def test_four_questions_an_image_each_once() -> None:
    counts = Counter(entry.image.id for entry in posed())
    assert set(counts.values()) == {4}
    assert len({(entry.image.id, entry.text) for entry in posed()}) == 112


def test_few_images_are_asked_about_more_often() -> None:
    entries = posed(questions=30, images=3)
    assert set(Counter(entry.image.id for entry in entries).values()) == {10}


def test_the_seed_decides() -> None:
    assert posed(20) == list(pose(SOURCE.record, 30, 20, 0))
    assert [entry.text for entry in posed(20)] != [entry.text for entry in posed(20, seed=1)]


def test_an_image_without_truth_is_refused() -> None:
    photo = Image("0" * 64, "photos", 10, 10, "cat.jpg")
    with pytest.raises(ImagesError, match=r"cat.jpg has none: use --images tabletop"):
        list(pose(lambda place: photo, 1, 4, 0))
