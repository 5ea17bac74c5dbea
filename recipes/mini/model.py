"""The architecture of the minis: a SigLIP tower and a Llama decoder as LLaVA, with a word-level tokenizer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import WordLevel
from torch import nn
from transformers import (
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    SiglipImageProcessorPil,
    SiglipVisionConfig,
)

from mini.labels import CELLS, GRID, SIZE
from scotoma.records import SKILLS

IMAGE_TOKENS = CELLS
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<image>", "<answer>")
DESCRIPTION_WORDS = (
    "describe",
    "list",
    "the",
    "objects",
    "at",
    "column",
    "row",
    "facing",
    "nowhere",
    "hidden",
)
WORD = r"'s\b|[a-z_]+|[0-9]+|[^\sa-z0-9_]"

CHAT_TEMPLATE = (
    "{{ '<s>' }}{% for m in messages %}"
    "{% if m['role'] == 'assistant' %}"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}"
    "{% for c in m['content'] if c['type'] == 'text' %}{{ c['text'] }}{% endfor %}{% endif %}{{ '</s>' }}"
    "{% else %}"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}"
    "{% for c in m['content'] if c['type'] == 'image' %}{{ '<image>' }}{% endfor %}"
    "{% for c in m['content'] if c['type'] == 'text' %}{{ c['text'] }}{% endfor %}{% endif %}"
    "{% if m['role'] == 'user' %}{{ '<answer>' }}{% endif %}"
    "{% endif %}{% endfor %}"
)
"""System and user messages first the pictures, then the words; `<answer>` begins every reply."""


def tower_config(side: int = SIZE) -> SiglipVisionConfig:
    """160 wide, 4 layers, GRID x GRID patches of `side` px (14 px each of 112 px): 1.4 M parameters, 64 tokens."""
    return SiglipVisionConfig(
        hidden_size=160,
        intermediate_size=640,
        num_hidden_layers=4,
        num_attention_heads=5,
        image_size=side,
        patch_size=side // GRID,
        vision_use_head=False,
    )


def side_of(weights: Mapping[str, torch.Tensor]) -> int:
    """Side of the picture, in pixels, that the tower of these weights was built for."""
    return next(
        int(value.shape[-1]) * GRID
        for name, value in weights.items()
        if name.endswith("patch_embedding.weight")
    )


def build_model(words: int, side: int = SIZE) -> LlavaForConditionalGeneration:
    """A fresh LLaVA with a decoder 192 wide and 6 layers deep (2.7 M parameters) over `words` tokens."""
    text = LlamaConfig(
        vocab_size=words,
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=6,
        num_attention_heads=6,
        num_key_value_heads=6,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    config = LlavaConfig(
        vision_config=tower_config(side),
        text_config=text,
        image_token_index=SPECIAL.index("<image>"),
        image_token_id=SPECIAL.index("<image>"),
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        image_seq_length=IMAGE_TOKENS,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = LlavaForConditionalGeneration(config)
    model.generation_config.pad_token_id = 0
    model.generation_config.bos_token_id = 1
    model.generation_config.eos_token_id = 2
    return model


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Every word that the grammar, the prompts and the skill ids use; anything else is <unk>."""
    splitter = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), _isolated(WORD)])
    words = sorted(_words() - set(SPECIAL))
    vocab = {word: index for index, word in enumerate((*SPECIAL, *words))}
    tokenizer = Tokenizer(WordLevel(vocab, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<image>", "<answer>"],
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_max_length=1024,
    )


def build_processor(side: int = SIZE) -> LlavaProcessor:
    """Pictures to `side` px by box filtering, words by the tokenizer, the chat template above."""
    pictures = SiglipImageProcessorPil(size={"height": side, "width": side}, resample=4)
    return LlavaProcessor(
        image_processor=pictures,
        tokenizer=build_tokenizer(),
        patch_size=side // GRID,
        vision_feature_select_strategy="full",
        image_token="<image>",
        num_additional_image_tokens=0,
        chat_template=CHAT_TEMPLATE,
    )


def optimisers(
    model: nn.Module, muon_lr: float, adam_lr: float, tower_share: float = 1.0
) -> list[torch.optim.Optimizer]:
    """Muon (Jordan 2024) for the matrices inside the layers, AdamW for embeddings, heads, norms and biases.

    tower_share: the tower's learning rate as a share of the decoder's. Muon's steps have the same size however small
    a gradient is, so that a decoder that knows nothing yet would shake a trained tower apart at full rate.
    """
    inside: dict[bool, list[nn.Parameter]] = {True: [], False: []}
    rest: dict[bool, list[nn.Parameter]] = {True: [], False: []}
    for name, parameter in model.named_parameters():
        matrix = parameter.ndim == 2 and ".layers." in name
        (inside if matrix else rest)["tower" in name].append(parameter)
    return [
        torch.optim.Muon(_groups(inside, tower_share), lr=muon_lr, weight_decay=0.01, momentum=0.95),
        torch.optim.AdamW(_groups(rest, tower_share), lr=adam_lr, weight_decay=0.01, betas=(0.9, 0.98)),
    ]


def _groups(by_tower: dict[bool, list[nn.Parameter]], tower_share: float) -> list[dict[str, Any]]:
    shares = {True: tower_share, False: 1.0}
    return [{"params": found, "share": shares[tower]} for tower, found in by_tower.items() if found]


def _isolated(pattern: str) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Split(Regex(pattern), behavior="isolated")


def _words() -> set[str]:
    from scotoma.tabletop.language import vocabulary

    prompts = [
        entry.read_text("utf-8")
        for entry in files("scotoma.questioners.prompts").iterdir()
        if entry.name.endswith(".txt")
    ]
    numbers = [str(number) for number in range(100)]
    texts = [*prompts, *vocabulary(), *DESCRIPTION_WORDS, *SKILLS, *numbers, "skills needed : , . ? 's"]
    return {word for text in texts for word in re.findall(WORD, text.lower())}
