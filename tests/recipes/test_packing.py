"""Packed segments are computed as if each stood alone, and the fast tokenizer agrees with the shipped one."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from PIL import Image as Picture

from mini.model import build_model, build_processor, build_tokenizer
from mini.packed import PackedModel
from mini.packing import ANSWER, EOS, PREFIX, Packer, collate
from mini.texts import texts_of
from scenes import random_scene
from scotoma.questioners.prompts import for_skills, load
from scotoma.records import SKILLS


@pytest.fixture(scope="module")
def packer() -> Packer:
    return Packer(build_tokenizer().get_vocab())


def test_the_packer_splits_as_the_shipped_tokenizer(packer: Packer) -> None:
    tokenizer = build_tokenizer()
    texts = [load("base"), load("adversarial"), for_skills(SKILLS)]
    for seed in range(30):
        taught = texts_of(random_scene(seed, 7), random.Random(seed), 10)
        texts += [question for question, _, _ in taught["qa"]] + [answer for _, answer, _ in taught["qa"]]
        texts += [text for pair in taught["describe"] for text in pair] + taught["list"]
    for text in texts:
        assert tokenizer(text, add_special_tokens=False)["input_ids"] == packer.tokens(text), text


def test_unknown_words_are_told_apart() -> None:
    tokenizer = build_tokenizer()
    assert tokenizer("xylophone", add_special_tokens=False)["input_ids"] == [tokenizer.unk_token_id]


def test_what_is_asked_comes_back_as_text(packer: Packer) -> None:
    tokenizer = build_tokenizer()
    question = "from the horse's point of view, is the red cube on its left or its right?"
    assert tokenizer.decode(packer.tokens(question)) == question


def test_a_packed_segment_equals_one_alone(packer: Packer) -> None:
    torch.manual_seed(0)
    model = PackedModel(len(build_tokenizer())).eval()
    pixels = torch.randn(1, 3, 112, 112)
    texts = [
        ("is there a cube?", "yes"),
        ("what colour is the horse?", "red"),
        ("how many signs are there?", "3"),
    ]
    segments = [packer.segment(question, answer, 0.0, 1.0) for question, answer in texts]
    with torch.inference_mode():
        together, _ = model(pixels, collate([segments]))
        alone = [model(pixels, collate([[segment]]))[0] for segment in segments]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


def test_packing_is_what_generation_will_see(packer: Packer) -> None:
    """The chat template and the processor give the very ids and pixels that training used."""
    processor = build_processor()
    messages = [
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Is there a cube?"}]}
    ]
    text = processor.apply_chat_template(messages, add_generation_prompt=True)
    picture = Picture.fromarray(np.full((224, 224, 3), 200, np.uint8))
    inputs = processor(images=[picture], text=[text], return_tensors="pt", add_special_tokens=False)
    batch = collate([[packer.segment("Is there a cube?", "yes", 0.0, 1.0)]])
    end = batch.ids[0].tolist().index(ANSWER) + 1
    assert inputs["input_ids"][0].tolist() == batch.ids[0, :end].tolist()
    assert inputs["pixel_values"].shape == (1, 3, 112, 112)
    assert torch.allclose(inputs["pixel_values"], torch.full((1, 3, 112, 112), 200 / 127.5 - 1.0), atol=1e-5)


def test_supervision_falls_on_answers_only(packer: Packer) -> None:
    batch = collate([[packer.segment("is there a cube?", "yes", 0.0, 1.0)]])
    assert batch.targets.tolist() == [*packer.tokens("yes"), EOS]
    assert (batch.columns >= PREFIX).all()


def test_the_minis_are_small() -> None:
    parameters = sum(parameter.numel() for parameter in build_model(len(build_tokenizer())).parameters())
    assert parameters * 2 * 2 < 40e6  # both, in fp16
