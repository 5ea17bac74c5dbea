"""Names of clusters: what most of their questions need, else many, else keywords; the same name is one skill."""

from __future__ import annotations

import numpy as np

from scotoma.labelling import load_catalogue
from scotoma.novelty.embed import MiniLmEmbedder
from scotoma.taxonomy.naming import OTHER, NamedSkill, merged, name_clusters
from scotoma.taxonomy.primitives import combinations_of
from scotoma.taxonomy.topics import Topics

CATALOGUE = load_catalogue()
EMBEDDER = MiniLmEmbedder()


def named(skills: list[tuple[str, ...]], keywords: tuple[str, ...] = ()) -> NamedSkill:
    """All of these questions as one cluster."""
    found = combinations_of(skills, CATALOGUE, EMBEDDER)
    size = len(found.sets_D)
    topics = Topics(np.zeros(size, np.intp), (keywords,), size, 0, ())
    return name_clusters(found, topics, CATALOGUE, EMBEDDER).skills[0]


def test_what_most_need_names_it() -> None:
    found = named([("counting", "occlusion")] * 9 + [("counting", "colour")])
    assert found.name == "counting + occlusion"
    assert found.skills == ("counting", "occlusion")
    assert found.family == "counting and quantity"
    assert found.definition == "Questions that need counting and occlusion together."


def test_without_keywords_what_is_rare_elsewhere_comes_first() -> None:
    found = combinations_of([("counting", "occlusion"), ("counting",)], CATALOGUE, EMBEDDER)
    topics = Topics(np.arange(2), ((), ()), 0, 0, ())
    names = {skill.name for skill in name_clusters(found, topics, CATALOGUE, EMBEDDER).skills}
    assert names == {"occlusion + counting", "counting"}


def test_keywords_say_what_comes_first() -> None:
    found = named([("counting", "occlusion")] * 9 + [("counting", "colour")], ("occlusion", "counting"))
    assert found.name == "occlusion + counting"
    assert found.family == "space and position"


def test_one_skill_has_the_definition_of_the_catalogue() -> None:
    assert named([("negation",)]).definition == CATALOGUE.skills["negation"].definition


def test_what_many_need_is_no_claim_about_all() -> None:
    found = named([("counting", "colour")] * 6 + [("size", "colour")] * 4 + [("size",), ("shape",)] * 3)
    assert found.name == "colour"
    assert found.skills == ()


def test_a_mixture_is_named_after_its_keywords() -> None:
    found = named([("size",), ("material",), ("colour",)], ("size", "material", "colour"))
    assert found.name == "size / material / colour"
    assert found.skills == ()
    assert found.family == "attributes"
    assert found.definition == "Questions that need one or several of size, material, colour."


def test_phrases_are_told_under_the_entry_that_is_near_or_stand_by_themselves() -> None:
    assert named([("reading of text",)]).name == "reading text"
    found = named([("quarterly dividends",)])
    assert found.name == "quarterly dividends"
    assert (found.family, found.skills) == (OTHER, ())


def test_clusters_of_the_same_name_are_one_skill_with_all_keywords() -> None:
    one = NamedSkill("Counting", "first", ("a", "b"), "x", ("counting",))
    two, other = NamedSkill("counting", "second", ("b", "c"), "y"), NamedSkill("size", "third", ("d",), "z")
    found = merged([one, other, two])
    assert found.skill_K.tolist() == [0, 1, 0]
    assert found.skills == (NamedSkill("Counting", "first", ("a", "b", "c"), "x", ("counting",)), other)
