"""Static, random and trained questioners, and their prompts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fakes import SceneSource, ScriptedModel
from scotoma.errors import AssetError, ImagesError, ModelError, SpecError
from scotoma.questioners import prompts
from scotoma.questioners.opening import prompt_from_spec, questioner_from_spec, weights_from_spec
from scotoma.questioners.policy import weights_of
from scotoma.questioners.random import RandomQuestioner
from scotoma.questioners.static import StaticQuestioner
from scotoma.records import Image
from scotoma.tabletop.oracle import ask
from scotoma.tabletop.scene import Scene


def test_prompts_are_short_and_say_what_counts() -> None:
    for name in prompts.NAMES:
        text = prompts.load(name)
        assert "one question" in text
        assert "objective" in text
        assert "\n" not in text
    assert prompts.for_skills(["counting", "occlusion"]).endswith("Skills needed: counting, occlusion.")
    with pytest.raises(AssetError, match="base, adversarial, skills"):
        prompts.load("rude")


def test_static_asks_its_prompt_n_times_an_image() -> None:
    source = SceneSource(3)
    replies = iter(["a?", "b?", "c?", None, "e?", "f?"])
    model = ScriptedModel(lambda text: next(replies))
    questioner = StaticQuestioner("static", model, source, "Ask.")
    images = [source.record(index) for index in range(3)]
    assert asyncio.run(questioner.ask(images, 2, seed=0)) == [["a?", "b?"], ["c?", ""], ["e?", "f?"]]
    assert model.asked == ["Ask."] * 6


def test_random_is_readable_and_depends_on_image_and_seed_alone() -> None:
    source = SceneSource(6)
    images = [source.record(index) for index in range(6)]
    asked = asyncio.run(RandomQuestioner().ask(images, 4, seed=1))
    assert asked[2] == asyncio.run(RandomQuestioner().ask(images[2:3], 4, seed=1))[0]
    assert asked != asyncio.run(RandomQuestioner().ask(images, 4, seed=2))
    assert all(
        ask(text, Scene.from_truth(image.truth or {})).program
        for image, group in zip(images, asked, strict=True)
        for text in group
    )


def test_random_valid_is_valid_and_plain_random_is_often_not() -> None:
    source = SceneSource(20)
    images = [source.record(index) for index in range(20)]

    def valid_share(questioner: RandomQuestioner) -> float:
        asked = asyncio.run(questioner.ask(images, 3, seed=0))
        rulings = [
            ask(text, Scene.from_truth(image.truth or {}))
            for image, group in zip(images, asked, strict=True)
            for text in group
        ]
        return sum(ruling.valid for ruling in rulings) / len(rulings)

    assert valid_share(RandomQuestioner(valid=True)) > 0.95
    assert valid_share(RandomQuestioner()) < 0.8


def test_random_needs_truth() -> None:
    with pytest.raises(ImagesError, match="no exact truth"):
        asyncio.run(RandomQuestioner().ask([Image("0", "f", 1, 1, "photo.png")], 1, seed=0))


def test_weights_of_a_run_a_directory_and_nothing(tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "model"
    (run / "checkpoints" / "final").mkdir(parents=True)
    model.mkdir()
    with pytest.raises(ModelError, match="holds no trained questioner"):
        weights_of(run)
    for folder in (run / "checkpoints" / "final", model):
        (folder / "config.json").touch()
    assert weights_of(run) == run / "checkpoints" / "final"
    assert weights_of(model) == model
    with pytest.raises(ModelError, match="does not exist"):
        weights_of(tmp_path / "missing")


def test_specs() -> None:
    assert isinstance(questioner_from_spec("random", SceneSource(1)), RandomQuestioner)
    assert weights_from_spec("hf:some/model,device=cpu").source == "some/model"
    assert weights_from_spec("hf:some/model,device=cpu").device == "cpu"
    assert prompt_from_spec("adversarial") == prompts.load("adversarial")
    assert prompt_from_spec("mini") == prompts.load("base")
    with pytest.raises(SpecError, match="cannot be trained"):
        weights_from_spec("random")
