"""seed -> a directory with random weights of under 100,000 parameters, made in well under two seconds.

LLaVA takes one picture of one size; Idefics3, and the SmolVLM that came of it, cut a picture into tiles;
Qwen2.5-VL takes pictures of any size, as patches in one row.
"""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scotoma.records import SKILLS

IMAGE_PX = 28
PATCH_PX = 14
_WORDS = """
ask one question about this image the must be objective and only can answer it skills needed is
there a what colour material size of are how many left right yes no red blue green yellow purple
cyan brown gray matte metal cube sphere cylinder cone sign object animal chair in front behind
leftmost rightmost any do you see small large
""".split()
TEMPLATE = (
    "{% for message in messages %}{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "{% if message['role'] == 'assistant' %}<eos>{% else %} <ask>{% endif %}{% endfor %}"
)


def build_llava(directory: Path, seed: int = 0) -> Path:
    """Write model and processor to `directory` and give it back."""
    from transformers import (
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        SiglipVisionConfig,
    )
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    tokenizer = build_tokenizer()
    image_token = tokenizer.convert_tokens_to_ids("<image>")
    vision = SiglipVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=IMAGE_PX,
        patch_size=PATCH_PX,
        vision_use_head=False,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=LlamaConfig(**_text_sizes(tokenizer) | {"max_position_embeddings": 128}),
        image_token_index=image_token,
        image_token_id=image_token,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        image_seq_length=(IMAGE_PX // PATCH_PX) ** 2,
        tie_word_embeddings=True,
    )
    processor = LlavaProcessor(
        image_processor=SiglipImageProcessorPil(size={"height": IMAGE_PX, "width": IMAGE_PX}),
        tokenizer=tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="full",
        image_token="<image>",
        num_additional_image_tokens=0,
        chat_template=TEMPLATE,
    )
    return _saved(directory, _seeded(LlavaForConditionalGeneration, config, seed), processor)


TILE_PX = 28
"""Side of a tile of Idefics3 and SmolVLM; the longest side of a picture becomes two tiles."""

TILE_TOKENS = 4


def build_idefics3(directory: Path, seed: int = 0) -> Path:
    """Idefics3, which is also the first SmolVLM: its processor needs no torchvision."""
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration

    return _build_tiled(directory, seed, Idefics3Config, Idefics3ForConditionalGeneration, own_processor=True)


def build_smolvlm(directory: Path, seed: int = 0, *, own_processor: bool = False) -> Path:
    """SmolVLM2. own_processor: with SmolVLMProcessor, which needs torchvision and num2words, else Idefics3's,
    which makes the same of a picture."""
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration

    return _build_tiled(
        directory, seed, SmolVLMConfig, SmolVLMForConditionalGeneration, own_processor=own_processor
    )


def _build_tiled(
    directory: Path, seed: int, config_type: Any, model_type: Any, *, own_processor: bool
) -> Path:
    from transformers import Idefics3ImageProcessorPil, Idefics3Processor

    names = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    tokenizer = build_tokenizer("<fake_token_around_image>", "<end_of_utterance>", "<global-img>", *names)
    image_token = tokenizer.convert_tokens_to_ids("<image>")
    config = config_type(
        vision_config={
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": TILE_PX,
            "patch_size": 7,
        },
        text_config={"model_type": "llama"} | _text_sizes(tokenizer),
        scale_factor=2,
        image_token_id=image_token,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )
    tiles = {"size": {"longest_edge": 2 * TILE_PX}, "max_image_size": {"longest_edge": TILE_PX}}
    options = {"tokenizer": tokenizer, "image_seq_len": TILE_TOKENS, "chat_template": TEMPLATE}
    processor: Any
    if own_processor and model_type.__name__.startswith("SmolVLM"):
        from transformers import SmolVLMImageProcessorPil, SmolVLMProcessor, SmolVLMVideoProcessor

        pictures = SmolVLMImageProcessorPil(**tiles)
        processor = SmolVLMProcessor(
            image_processor=pictures, video_processor=SmolVLMVideoProcessor(), **options
        )
    else:
        processor = Idefics3Processor(image_processor=Idefics3ImageProcessorPil(**tiles), **options)
    return _saved(directory, _seeded(model_type, config, seed), processor)


def build_qwen25vl(directory: Path, seed: int = 0) -> Path:
    """Qwen2.5-VL; its processor has a part for videos, which needs torchvision."""
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessorPil,
        Qwen2VLVideoProcessor,
    )

    names = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer = build_tokenizer(*names)
    start, end, image, video = tokenizer.convert_tokens_to_ids(names)
    sizes = _text_sizes(tokenizer)
    config = Qwen2_5_VLConfig(
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": sizes["hidden_size"],
            "patch_size": 7,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "window_size": 28,
            "fullatt_block_indexes": [1],
        },
        text_config=sizes
        | {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]}},
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
        tie_word_embeddings=True,
    )
    options = {"patch_size": 7, "merge_size": 2, "temporal_patch_size": 2}
    size = {"shortest_edge": 28 * 28, "longest_edge": 56 * 56}
    processor = Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessorPil(size=size, **options),
        video_processor=Qwen2VLVideoProcessor(size=size, **options),
        tokenizer=tokenizer,
        chat_template=TEMPLATE.replace("<image>", "<|vision_start|><|image_pad|><|vision_end|>"),
    )
    return _saved(directory, _seeded(Qwen2_5_VLForConditionalGeneration, config, seed), processor)


def _without(*modules: str) -> pytest.MarkDecorator:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(modules)}")


FAMILIES = [
    pytest.param(build_idefics3, id="idefics3"),
    pytest.param(build_smolvlm, id="smolvlm"),
    pytest.param(
        partial(build_smolvlm, own_processor=True),
        id="smolvlm-processor",
        marks=_without("torchvision", "num2words"),
    ),
    pytest.param(build_qwen25vl, id="qwen25vl", marks=_without("torchvision")),
]
"""Builders of the families beside LLaVA, to parametrise with; skipped where what their processors need is missing."""


def _text_sizes(tokenizer: Any) -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 256,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "tie_word_embeddings": True,
        "initializer_range": 0.4,  # so that untrained weights do more than repeat the last word
    }


def _seeded(model_type: Any, config: Any, seed: int) -> Any:
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return model_type(config)


def _saved(directory: Path, model: Any, processor: Any) -> Path:
    import transformers

    transformers.utils.logging.disable_progress_bar()
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.save_pretrained(directory)
    processor.save_pretrained(directory)
    return directory


def build_tokenizer(*more: str):  # type: ignore[no-untyped-def]  # transformers' own class is untyped
    """A word-level tokenizer, lower-casing, padding on the left. more: special tokens of a family."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<unk>", "<bos>", "<eos>", "<image>", "<ask>", *more]
    words = sorted({*_WORDS, *SKILLS, "?", ".", ",", *map(str, range(13))})
    vocabulary = {word: index for index, word in enumerate(special + words)}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.normalizer = normalizers.Lowercase()
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split("?", "isolated"),
            pre_tokenizers.Split(".", "isolated"),
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<bos>",
        eos_token="<eos>",
        extra_special_tokens=["<image>", "<ask>", *more],
        padding_side="left",
    )
