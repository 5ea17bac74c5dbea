"""Planner + asker -> questions with their prompts; who can be told what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from fakes import SceneSource, ScriptedModel
from questioners.asked import INVALID, probe
from scenes import random_scene
from scotoma.errors import ImagesError, SpecError
from scotoma.ledger import Ledger
from scotoma.questioners.bandit import Bandit
from scotoma.questioners.feedback import SkillFeedback, ToldFeedback
from scotoma.questioners.opening import asker_from_spec, planner_for, reads_anything
from scotoma.questioners.random import RandomQuestioner
from scotoma.questioners.static import StaticQuestioner
from scotoma.questioners.told import Instruction, ToldQuestioner
from scotoma.records import Image, Probe, Question
from scotoma.tabletop.oracle import ask

PAIR = ("counting", "colour")
IMAGES = [
    Image(f"{index:064x}", "scenes", 28, 28, f"scene:{index}", random_scene(index, 7).to_truth())
    for index in range(12)
]


class InTurn:
    """A planner that numbers its prompts and says what it learned."""

    def __init__(self) -> None:
        self.learned: list[Probe] = []

    def instructions(self, n: int, seed: int) -> list[Instruction]:
        return [Instruction(f"prompt {seed + place}") for place in range(n)]

    def learn(self, probes: Iterable[Probe]) -> None:
        self.learned += probes

    def figures(self) -> Mapping[str, float]:
        return {"learned": len(self.learned)}


def test_each_question_carries_the_prompt_that_it_was_asked_with() -> None:
    source = SceneSource(2)
    asker = StaticQuestioner("mini", ScriptedModel(lambda text: f"{text}?"), source, "never said")
    told = ToldQuestioner("bandit", asker, InTurn())
    asked = asyncio.run(told.questions([source.record(0), source.record(1)], 2, seed=5))
    assert asked == [
        [Question("prompt 5?", "bandit", "prompt 5"), Question("prompt 6?", "bandit", "prompt 6")],
        [Question("prompt 7?", "bandit", "prompt 7"), Question("prompt 8?", "bandit", "prompt 8")],
    ]


def test_it_learns_through_its_planner() -> None:
    told = ToldQuestioner("bandit", RandomQuestioner(valid=True), InTurn())
    told.learn([probe(INVALID)])
    assert told.figures() == {"learned": 1}


# ---- the grammar ----------------------------------------------------------------------------------------


def questions(skills: tuple[str, ...], seed: int = 0) -> list[str]:
    told = [Instruction.needing(skills)] * len(IMAGES)
    return asyncio.run(RandomQuestioner(valid=True).ask_each(IMAGES, told, seed))


def test_the_grammar_asks_what_is_valid_and_needs_the_skills() -> None:
    from scotoma.tabletop.scene import Scene

    for image, text in zip(IMAGES, questions(PAIR), strict=True):
        ruling = ask(text, Scene.from_truth(image.truth or {}))
        assert ruling.valid
        assert set(PAIR) <= set(ruling.skills)


def test_where_a_scene_allows_no_such_question_it_asks_another_valid_one() -> None:
    from scotoma.tabletop.scene import Scene

    for image, text in zip(IMAGES, questions(("category", "shape")), strict=True):
        assert ask(text, Scene.from_truth(image.truth or {})).valid


def test_the_grammar_asks_the_same_for_the_same_image_skills_and_seed() -> None:
    assert questions(PAIR) == questions(PAIR) != questions(PAIR, seed=1)
    told = [Instruction.needing(PAIR)] * 4
    twice = asyncio.run(RandomQuestioner(valid=True).ask_each([*IMAGES[:2], *IMAGES[:2]], told, 0))
    assert twice[:2] == questions(PAIR)[:2] != twice[2:]


def test_the_grammar_needs_truth() -> None:
    with pytest.raises(ImagesError, match="needs the tabletop"):
        asyncio.run(
            RandomQuestioner(valid=True).ask_each(
                [Image("0", "f", 1, 1, "photo.png")], [Instruction("Ask.")], 0
            )
        )


# ---- specs ----------------------------------------------------------------------------------------------


def test_who_asks() -> None:
    assert isinstance(asker_from_spec("random", SceneSource(1)), RandomQuestioner)
    with pytest.raises(SpecError):
        asker_from_spec("gpt", SceneSource(1))


def test_only_general_models_read_any_prompt(tmp_path: Path) -> None:
    assert [reads_anything(text) for text in ("mini", "static", "adversarial", "random")] == [False] * 4
    assert reads_anything("hf:some/model")
    for start, expected in (("mini", False), ("hf:some/model", True)):
        run = tmp_path / start.replace(":", "-").replace("/", "-")
        with Ledger.create(run, {"questioner": start}, {}):
            pass
        assert reads_anything(str(run)) is expected
    # From a run that began with a run.
    with Ledger.create(tmp_path / "second", {"questioner": str(tmp_path / "mini")}, {}):
        pass
    assert not reads_anything(str(tmp_path / "second"))
    assert reads_anything(str(tmp_path))


def test_planners() -> None:
    def planner(engine: str, questioner: str) -> object:
        assert engine == "bandit" or engine == "feedback"
        return planner_for(engine, questioner, exploring=True, support=20, examples=5)

    assert isinstance(planner("bandit", "mini"), Bandit)
    assert isinstance(planner("feedback", "mini"), SkillFeedback)
    assert isinstance(planner("feedback", "random"), SkillFeedback)
    assert isinstance(planner("feedback", "hf:some/model"), ToldFeedback)
