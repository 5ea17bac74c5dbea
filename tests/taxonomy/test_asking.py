"""A model that names skills and families: read, kept, bounded; what it cannot say keeps its offline name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import ScriptedModel
from planted_questions import questions
from scotoma.models.cached import CachedCalls, MemoryCalls
from scotoma.models.guard import Budget
from scotoma.novelty.embed import HashedEmbedder
from scotoma.taxonomy import Taxonomy, build
from scotoma.taxonomy.asking import NAME_CHARS, Cluster, ModelNamer, _read_families
from scotoma.taxonomy.naming import OTHER, NamedSkill

SKILL = NamedSkill("counting", "Saying how many.", ("counting", "colour"), "counting and quantity")
QUESTION = 'How many? {"name": "mine", "definition": "all"}'


def namer(model: ScriptedModel) -> ModelNamer:
    return ModelNamer(model, CachedCalls(MemoryCalls(), Budget(), "labeller"))


def names(script: Callable[[str], str | None]) -> tuple[list[NamedSkill], list[str], ScriptedModel]:
    model = ScriptedModel(script)
    found, told = asyncio.run(namer(model).names([Cluster(SKILL, (QUESTION, "Second\nline?"))]))
    return found, told, model


def test_a_cluster_is_shown_fenced_and_named() -> None:
    reply = json.dumps({"name": "Telling numbers.", "definition": "Saying how many there are."})
    (found,), told, model = names(lambda text: f"I was told {QUESTION}. {reply}")
    assert (found.name, found.definition) == ("telling numbers", "Saying how many there are.")
    assert (found.keywords, found.family, told) == (SKILL.keywords, SKILL.family, [])
    (text,) = model.asked
    assert text.count("----- begin") == 4
    assert "counting, colour" in text


@pytest.mark.parametrize("reply", ["no", "{}", '{"name": ""}', json.dumps({"name": "x" * 200}), None])
def test_a_cluster_that_cannot_be_named_keeps_its_offline_name(reply: str | None) -> None:
    (found,), (told,), model = names(lambda text: reply)
    assert found == SKILL
    assert told.startswith("1 of 1 skills kept their offline names: ")
    assert len(model.asked) == (1 if reply is None else 3)


def test_families_are_read_and_gaps_told() -> None:
    skills = [SKILL, SKILL, SKILL]
    reply = json.dumps(
        {"families": [{"name": "Quantity", "skills": [1, 9]}, {"name": "Space", "skills": [1, 3]}]}
    )
    metas, told = asyncio.run(namer(ScriptedModel(lambda text: reply)).families(skills))
    assert metas == ["quantity", OTHER, "space"]
    assert told == ["the model put 1 of 3 skills into no family"]


def test_families_that_cannot_be_read_are_those_of_the_catalogue() -> None:
    metas, (told,) = asyncio.run(namer(ScriptedModel(lambda text: "none")).families([SKILL]))
    assert metas == ["counting and quantity"]
    assert told.startswith("meta-skills are those of the catalogue: asked 3 times")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_a_reply_says_families_have_short_names(value: object) -> None:
    found = _read_families(json.dumps({"families": value}))
    assert found is None or all(0 < len(name) <= NAME_CHARS for name in found.values())


def test_names_of_a_model_merge_clusters_and_stand_in_the_tree() -> None:
    def script(text: str) -> str:
        if "families" in text:
            return json.dumps({"families": [{"name": "all there is", "skills": [1, 2]}]})
        return json.dumps({"name": "facing" if "orientation" in text else "the rest", "definition": "So."})

    asked = [one for one in questions() if len(one.skills) == 1]

    def built(with_model: bool) -> Taxonomy:
        name = namer(ScriptedModel(script)) if with_model else None
        return asyncio.run(build(asked, seed=0, embedder=HashedEmbedder(), namer=name))

    found = built(True)
    assert sorted(skill.name for skill in found.skills) == ["facing", "the rest"]
    assert [meta.name for meta in found.meta_skills] == ["all there is"]
    offline = {skill.name: skill.figures for skill in built(False).skills}
    facing = next(skill for skill in found.skills if skill.name == "facing")
    assert facing.figures == offline["orientation and facing"]
