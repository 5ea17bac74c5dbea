"""The shipped catalogue of skills: large enough, whole, and one with the tabletop's skills."""

from __future__ import annotations

import pytest

from scotoma.labelling import load_catalogue
from scotoma.records import SKILLS

CATALOGUE = load_catalogue()


def test_it_holds_more_than_a_hundred_skills_and_all_of_the_tabletop() -> None:
    assert len(CATALOGUE.skills) >= 100
    assert set(SKILLS) <= set(CATALOGUE.skills)


def test_every_entry_is_whole() -> None:
    for skill in CATALOGUE.skills.values():
        assert skill.id.replace("_", "").isalpha()
        assert skill.id == skill.id.lower()
        assert skill.definition.endswith(".")
        assert "\n" not in skill.definition
        assert len(skill.examples) >= 3, skill.id
        assert all(example.endswith(("?", ".")) for example in skill.examples)
        assert len(set(skill.examples)) == len(skill.examples)


def test_names_are_told_apart_and_families_hold_several() -> None:
    names = [skill.name for skill in CATALOGUE.skills.values()]
    assert len(set(names)) == len(names)
    families = [skill.family for skill in CATALOGUE.skills.values()]
    assert min(map(families.count, families)) >= 5


def test_things_are_plain_words() -> None:
    assert all(word.isalpha() and word.islower() for word in CATALOGUE.things)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("left_right", "left_right"),
        ("Left  and right", "left_right"),
        ("ANOTHER'S POINT OF VIEW", "viewpoint"),
        ("out-of-place things", "unusual_object"),
        ("moods of walls", None),
        ("", None),
    ],
)
def test_a_skill_is_found_by_id_or_name(text: str, found: str | None) -> None:
    assert CATALOGUE.id_of(text) == found
