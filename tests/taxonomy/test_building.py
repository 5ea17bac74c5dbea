"""The whole taxonomy, offline: what was planted is found, the same comes out twice, small runs are told apart."""

from __future__ import annotations

import asyncio
import random

import pytest

from planted_questions import BESIDE, FIRST, HEADS, SECOND, compositions, questions
from scotoma.errors import LedgerError, ModelError
from scotoma.labelling import load_catalogue
from scotoma.novelty.embed import MiniLmEmbedder
from scotoma.taxonomy import Asked, Taxonomy, build

EMBEDDER = MiniLmEmbedder()

KNOWN = {
    "counting": "counting_objects",
    "orientation and facing": "facing_direction",
    "reading text": "scene_text",
    "another's point of view": "human_viewpoint",
    "negation": "negation_ignored",
    "colour": "colour_perception",
}


def built(asked: list[Asked], seed: int = 0, **limits: int) -> Taxonomy:
    return asyncio.run(build(asked, seed=seed, embedder=EMBEDDER, **limits))


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return built(questions())


def test_what_was_planted_is_found_where_it_was_planted(taxonomy: Taxonomy) -> None:
    assert taxonomy.candidates == (FIRST, SECOND)
    universal = [skill.name for skill in taxonomy.universal]
    specific = [skill.name for skill in taxonomy.specific]
    assert universal
    assert all("orientation and facing" in name for name in universal)
    assert specific
    assert all("another's point of view" in name for name in specific)
    for skill in taxonomy.specific:
        assert [of.candidate for of in skill.candidates if of.fails] == [FIRST]


def test_every_question_is_counted_once(taxonomy: Taxonomy) -> None:
    asked = questions()
    assert sum(meta.figures.probes for meta in taxonomy.meta_skills) == len(asked)
    assert sum(skill.figures.probes for skill in taxonomy.skills) == len(asked)
    assert sum(skill.figures.failures for skill in taxonomy.skills) == sum(one.failed for one in asked)
    for skill in taxonomy.skills:
        assert sum(of.probes for of in skill.candidates) == skill.figures.probes
        rate = skill.figures.rate
        assert rate.low <= skill.figures.failures / skill.figures.probes <= rate.high


def test_clusters_are_told_in_words_of_the_catalogue(taxonomy: Taxonomy) -> None:
    """No head is split over skills that do not name it, so that a name says what is in it."""
    names = [skill.name for skill in taxonomy.skills]
    catalogue = load_catalogue()
    for head in HEADS:
        assert any(catalogue.words_for(head) in name for name in names), head
    assert len(names) == len(set(names))
    families = {skill.family for skill in catalogue.skills.values()}
    assert {meta.name for meta in taxonomy.meta_skills} <= families
    assert taxonomy.stages.skills == len(names)
    assert taxonomy.stages.combinations == len(compositions())
    assert taxonomy.stages.primitives == len(HEADS) + len(BESIDE)
    assert taxonomy.told == ()


def test_a_skill_is_known_only_by_all_that_it_needs(taxonomy: Taxonomy) -> None:
    known = {skill.name: skill.known.weakness for skill in taxonomy.skills}
    assert {name: weakness and weakness.id for name, weakness in known.items() if "+" not in name} == {
        name: KNOWN.get(name) for name in known if "+" not in name
    }


def test_the_same_seed_gives_the_same_in_any_order(taxonomy: Taxonomy) -> None:
    asked = questions()
    random.Random(1).shuffle(asked)
    assert built(asked) == taxonomy


def test_few_combinations_are_not_clustered_and_that_is_told() -> None:
    few = [one for one in questions(40) if len(one.skills) == 1]
    found = built(few)
    assert found.told == ("only 7 combinations of skills, 30 are needed to cluster: each is told by itself",)
    assert found.stages.clustered == 0
    assert sorted(skill.name for skill in found.skills) == sorted(map(load_catalogue().words_for, HEADS))
    assert [skill.name for skill in found.universal] == ["orientation and facing"]


def test_one_question_is_enough_and_none_is_not() -> None:
    (one, *_) = questions()
    found = built([one])
    assert [(skill.figures.probes, skill.spread) for skill in found.skills] == [(1, "single")]
    with pytest.raises(LedgerError, match="nothing to sort: run the discovery on"):
        built([])
    with pytest.raises(LedgerError, match=r"\(3 nothing_near\): give a --labeller SPEC"):
        asyncio.run(build([], seed=0, unlabelled={"nothing_near": 3}))


def test_more_combinations_than_fit_are_sampled_and_the_rest_joins(taxonomy: Taxonomy) -> None:
    asked = questions()
    found = built(asked, largest=40)
    assert found.told == (
        "40 of 105 combinations were clustered, drawn by the seed; the others joined the nearest cluster",
    )
    assert found.stages.clustered == 40
    assert sum(skill.figures.probes for skill in found.skills) == len(asked)
    assert built(asked, largest=40) == found


def test_without_bertopic_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bertopic", None)
    with pytest.raises(ModelError, match=r"pip install 'scotoma\[taxonomy\]'"):
        built(questions(1))


def test_examples_are_failures_first(taxonomy: Taxonomy) -> None:
    failed = {one.text for one in questions() if one.failed}
    for skill in taxonomy.skills:
        told = [text in failed for text in skill.examples]
        assert told == sorted(told, reverse=True)
        assert any(told) == (skill.figures.failures > 0)
        assert 1 <= len(told) <= 3
