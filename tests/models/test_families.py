"""The transformers back end with families beside LLaVA: tiled pictures, and patches in one row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Picture

from fakes import scene_folder
from scotoma.checking import check_specs
from scotoma.config import load_config
from scotoma.discovery import discover
from scotoma.ledger import Ledger
from scotoma.models.chat import Request
from scotoma.models.local import LocalChat, load_local
from tiny import FAMILIES

SIZES = [(40, 30), (30, 80), (28, 28), (120, 20), (56, 56)]
TEXTS = ["Is there a red cube?", "What?", "How many blue signs are left of the large chair?"]


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    build: Callable[[Path], Path] = request.param
    return build(tmp_path_factory.mktemp("model"))


def requests() -> list[Request]:
    """Pictures of noise of different sizes, wide and high."""
    dice = np.random.default_rng(3)
    pictures = [
        Picture.fromarray(dice.integers(0, 256, (height, width, 3), np.uint8)) for width, height in SIZES
    ]
    return [Request(picture, str(index), TEXTS[index % 3]) for index, picture in enumerate(pictures)]


def loaded(folder: Path, **options: Any) -> LocalChat:
    return load_local("hf:tiny", folder, max_new_tokens=8, **options)


def texts(model: LocalChat, asked: list[Request], seed: int = 0) -> list[str | None]:
    return [reply.text for reply in model.generate(asked, seed=seed)]


def test_pictures_of_different_sizes_are_answered_in_one_batch_as_alone(folder: Path) -> None:
    model, asked = loaded(folder), requests()
    together = texts(model, asked)
    assert together == [text for request in asked for text in texts(model, [request])]
    assert together == texts(loaded(folder, batch_size=2), asked)  # and another load
    assert together[::-1] == texts(model, asked[::-1])
    assert all(together)
    assert len(set(together)) == len(asked)
    assert not any("<" in (text or "") for text in together)


def test_the_picture_counts(folder: Path) -> None:
    model, asked = loaded(folder), requests()
    same_text = [Request(request.picture, request.image_id, TEXTS[0]) for request in asked]
    assert len(set(texts(model, same_text))) > 1
    blind = [Request(None, "", TEXTS[0])]
    mixed = [part for request in same_text for part in (request, *blind)]
    assert texts(model, mixed)[::2] == texts(model, same_text)
    assert set(texts(model, mixed)[1::2]) == set(texts(model, blind))


def test_the_chat_template_of_the_folder_is_used(folder: Path) -> None:
    """<ask> is the template's alone."""
    model = loaded(folder)
    (asked, *_) = requests()
    prompt = model._prompt(asked)
    assert prompt.endswith(f"{TEXTS[0]} <ask>")
    ids = model.processor(images=[[asked.picture]], text=[prompt], return_tensors="pt")["input_ids"][0]
    assert ids[-1] == model.processor.tokenizer.convert_tokens_to_ids("<ask>")
    (counted,) = model.generate([asked])
    assert counted.prompt_tokens == len(ids)
    pictures = int((ids == model.model.config.image_token_id).sum())
    assert pictures >= 4


def test_a_text_that_names_the_placeholder_is_a_text(folder: Path) -> None:
    """A question may hold whatever a questioner wrote: it must not end the run."""
    model, (asked, *_) = loaded(folder), requests()
    token = model.processor.tokenizer.convert_ids_to_tokens(model.model.config.image_token_id)
    for picture in (asked.picture, None):
        (reply,) = model.generate([Request(picture, "0", f"What is {token}{token} here?")])
        assert reply.text is not None


def test_sampling_follows_the_seed(folder: Path) -> None:
    model, asked = loaded(folder, temperature=1.0), requests()
    assert texts(model, asked, seed=1) == texts(model, asked, seed=1)
    assert texts(model, asked, seed=1) != texts(model, asked, seed=2)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision(folder: Path, dtype: str) -> None:
    model = loaded(folder, dtype=dtype, device="cpu")
    assert model.model.dtype == getattr(torch, dtype)
    assert model.parameters["dtype"] == dtype
    assert all(texts(model, requests()))


def test_check_says_what_it_is(folder: Path) -> None:
    (found,) = check_specs([f"hf:{folder},device=cpu"])
    assert (found.kind, found.reached, found.problem) == ("weights", True, None)
    assert found.weights is not None
    assert found.weights.trainable.found
    assert found.weights.parameters < 100_000


@pytest.mark.parametrize("engine", ["static", "random"])
def test_a_short_run_asks_and_answers(folder: Path, tmp_path: Path, engine: str) -> None:
    """static: it asks, and what it asks while untrained is never valid. random: the grammar asks, it answers."""
    scene_folder(tmp_path / "images", 12)
    flags = {
        "images": str(tmp_path / "images"),
        "candidate": f"hf:{folder}",
        "questioner": f"hf:{folder}",
        "engine": engine,
        "out": str(tmp_path / "run"),
        "steps": 2,
        "images_per_step": 2,
        "group_size": 2,
        "question_tokens": 8,
        "eval_images": 2,
        "eval_questions": 2,
    }
    assert discover(load_config(flags=flags)).steps == 2
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        probes = list(ledger.probes("train"))
    assert len(probes) == 8
    assert {probe.question.questioner for probe in probes} == {engine}
    assert any(probe.question.text for probe in probes)
    if engine == "random":
        assert all(probe.answer and probe.answer.text for probe in probes if probe.verdict.valid)
        assert any(probe.verdict.valid for probe in probes)
