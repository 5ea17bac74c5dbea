"""The transformers back end with a tiny LLaVA; the pixel cache."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path

import pytest
import torch
from PIL import Image as Picture
from transformers import AutoProcessor, Idefics3ImageProcessorPil, Qwen2VLImageProcessorPil

from scotoma.errors import AssetError, ModelError
from scotoma.models.chat import Request
from scotoma.models.local import load_local
from scotoma.models.mini import mini_path
from scotoma.models.pixels import CachedImageProcessor, cache_pixels, stacks, uncached
from tiny import build_llava

COLOURS = ["red", "green", "blue", "white", "black"]


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_llava(tmp_path_factory.mktemp("llava"))


def requests(n: int = 5) -> list[Request]:
    texts = ["Is there a red cube?", "What?", "How many blue signs are left of the large chair?"]
    pictures = [Picture.new("RGB", (40, 30), COLOURS[index % 5]) for index in range(n)]
    return [Request(picture, str(index), texts[index % 3]) for index, picture in enumerate(pictures)]


def replies(llava: Path, asked: list[Request], seed: int = 0, **options: float) -> list[str | None]:
    model = load_local("hf:tiny", llava, max_new_tokens=6, **options)  # type: ignore[arg-type]
    return [reply.text for reply in asyncio.run(model.reply(asked, seed=seed))]


def test_greedy_replies_do_not_depend_on_the_batch(llava: Path) -> None:
    asked = requests()
    together = replies(llava, asked)
    assert replies(llava, asked, batch_size=2) == together
    assert replies(llava, asked[::-1]) == together[::-1]
    assert len(set(together)) > 1
    assert any(together)
    assert not any("<" in (text or "") for text in together)


def test_sampling_follows_the_seed_and_leaves_the_callers_dice_alone(llava: Path) -> None:
    asked = requests(1) * 6
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    first = replies(llava, asked, seed=1, temperature=1.0)
    assert torch.rand(1) == expected
    assert first == replies(llava, asked, seed=1, temperature=1.0)
    assert first != replies(llava, asked, seed=2, temperature=1.0)
    assert len(set(first)) > 1


def test_requests_with_and_without_picture_share_a_batch(llava: Path) -> None:
    seen, blind = requests(3), [Request(None, "", request.text) for request in requests(3)]
    mixed = [request for pair in zip(seen, blind, strict=True) for request in pair]
    together = replies(llava, mixed)
    assert together[::2] == replies(llava, seen)
    assert together[1::2] == replies(llava, blind)
    assert together[::2] != together[1::2]


def test_what_is_told_first_stands_at_the_head_of_the_turn(llava: Path) -> None:
    (picture, identity, text) = (requests(1)[0].picture, "0", "What?")
    told = Request(picture, identity, text, system="Is there a red cube?", schema={"type": "object"})
    assert replies(llava, [told]) == replies(
        llava, [Request(picture, identity, f"Is there a red cube?\n\n{text}")]
    )
    assert replies(llava, [told]) != replies(llava, [Request(picture, identity, text)])


def test_no_request(llava: Path) -> None:
    assert replies(llava, []) == []


def test_parameters_tell_what_changes_a_reply(llava: Path) -> None:
    model = load_local("hf:tiny", llava, max_new_tokens=6, temperature=0.5)
    assert model.name == "hf:tiny"
    assert model.parameters == {"max_new_tokens": 6, "temperature": 0.5, "dtype": "float32"}


def test_what_cannot_be_loaded_is_told_in_one_line(llava: Path, tmp_path: Path) -> None:
    for source, options in ((tmp_path, {}), (tmp_path / "missing", {}), (llava, {"dtype": "int8"})):
        with pytest.raises(ModelError) as error:
            load_local("hf:x", source, max_new_tokens=4, **options)
        assert str(error.value).startswith("hf:x: ")
        assert "\n" not in str(error.value)


def test_a_broken_picture_is_a_model_error(llava: Path) -> None:
    model = load_local("hf:tiny", llava, max_new_tokens=4)
    with pytest.raises(ModelError, match="generation failed"):
        asyncio.run(model.reply([Request("no picture", "0", "What?")]))  # type: ignore[arg-type]


def test_missing_asset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("scotoma.models.mini.files", lambda package: tmp_path)
    with pytest.raises(AssetError, match="mini candidate is missing"):
        mini_path("candidate")


class Counting:
    """An image processor that counts the pictures that it prepares."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self.prepared = 0

    def __call__(self, images: list[Picture.Image], **options: object) -> object:
        self.prepared += len(images)
        return self.inner(images, **options)  # type: ignore[operator]


def test_pixels_are_prepared_once_and_equal(llava: Path) -> None:
    plain = AutoProcessor.from_pretrained(llava).image_processor
    counting = Counting(plain)
    cached = CachedImageProcessor(counting, capacity=2)
    red, blue, green = (Picture.new("RGB", (9, 9), colour) for colour in ("red", "blue", "green"))
    batch = [[red], [blue], [red.copy()], [red]]
    assert torch.equal(
        cached(batch)["pixel_values"], plain([red, blue, red, red], return_tensors="pt")["pixel_values"]
    )
    assert counting.prepared == 2
    cached([green])
    cached([red])  # still kept: it was used last
    assert counting.prepared == 3
    cached([blue])
    assert counting.prepared == 4


def test_cache_stands_in_only_where_it_is_exact(llava: Path) -> None:
    assert stacks(AutoProcessor.from_pretrained(llava).image_processor)
    assert not stacks(Qwen2VLImageProcessorPil())
    assert not stacks(Idefics3ImageProcessorPil())


def test_a_cached_processor_saves_and_copies_as_the_plain_one(llava: Path, tmp_path: Path) -> None:
    processor = AutoProcessor.from_pretrained(llava)
    plain = processor.image_processor
    assert cache_pixels(processor)
    assert cache_pixels(processor)
    processor.image_processor([Picture.new("RGB", (9, 9))])
    processor.save_pretrained(tmp_path)
    assert (tmp_path / "processor_config.json").read_text() == (llava / "processor_config.json").read_text()
    assert type(copy.deepcopy(processor).image_processor) is type(plain)
    assert uncached(processor).image_processor is plain
