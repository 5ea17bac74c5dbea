"""texts of one image -> token segments; several images -> one training batch behind a block-diagonal mask.

A row is `<s> <image> x 64` followed by segments. Each segment sees the image and itself, never its neighbours, and its
positions start anew behind the image, so that a packed segment is computed exactly as it will be when asked alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mini.model import IMAGE_TOKENS, SPECIAL, WORD

PAD, BOS, EOS, UNKNOWN, IMAGE, ANSWER = (
    SPECIAL.index(word) for word in ("<pad>", "<s>", "</s>", "<unk>", "<image>", "<answer>")
)
PREFIX = 1 + IMAGE_TOKENS


@dataclass(frozen=True)
class Segment:
    """tokens, and for each the weight of predicting it (0: only read)."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]

    def weighing(self, share: float) -> Segment:
        """The same with every weight times `share`."""
        return Segment(self.tokens, tuple(weight * share for weight in self.weights))


@dataclass(frozen=True)
class Batch:
    """ids, positions, owner: (B, M); owner is 0 for the image, else the number of the segment, -1 for padding.
    rows, columns, targets, weights: the supervised places and what comes next there."""

    ids: torch.Tensor
    positions: torch.Tensor
    owner: torch.Tensor
    rows: torch.Tensor
    columns: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))

    def mask(self) -> torch.Tensor:
        """(B, 1, M, M): 0 where a token may look, else very negative."""
        shared = (self.owner[:, None, :] == 0) | (self.owner[:, :, None] == self.owner[:, None, :])
        earlier = self.positions[:, None, :] <= self.positions[:, :, None]
        hidden = ~(shared & earlier)[:, None]
        return torch.zeros(hidden.shape, device=hidden.device).masked_fill(hidden, -1e9)


class Packer:
    """Turns texts into segments with the vocabulary of the mini tokenizer (same splitting, without its overhead)."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._word = re.compile(WORD)

    def tokens(self, text: str) -> list[int]:
        """Token ids of a text; raises KeyError for a word that the minis do not know."""
        return [self._vocabulary[word] for word in self._word.findall(text.lower())]

    def segment(self, prompt: str, answer: str, prompt_weight: float, answer_weight: float) -> Segment:
        """prompt <answer> answer </s>; predicting the prompt's own words weighs `prompt_weight`."""
        asked, said = self.tokens(prompt), self.tokens(answer)
        weights = [prompt_weight] * len(asked) + [0.0] + [answer_weight] * (len(said) + 1)
        return Segment((*asked, ANSWER, *said, EOS), tuple(weights))


def collate(rows: Sequence[Sequence[Segment]]) -> Batch:
    """Pack one list of segments an image into a batch."""
    lengths = [PREFIX + sum(len(segment.tokens) for segment in row) for row in rows]
    longest = max(lengths)
    ids = np.zeros((len(rows), longest), np.int64)
    positions = np.zeros((len(rows), longest), np.int64)
    owner = np.full((len(rows), longest), -1, np.int64)
    weights = np.zeros((len(rows), longest), np.float32)
    for index, row in enumerate(rows):
        ids[index, 0], ids[index, 1:PREFIX] = BOS, IMAGE
        positions[index, :PREFIX] = np.arange(PREFIX)
        owner[index, :PREFIX] = 0
        at = PREFIX
        for number, segment in enumerate(row, 1):
            end = at + len(segment.tokens)
            ids[index, at:end] = segment.tokens
            weights[index, at:end] = segment.weights
            positions[index, at:end] = np.arange(PREFIX, PREFIX + end - at)
            owner[index, at:end] = number
            at = end
    return _batch(ids, positions, owner, weights)


def _batch(ids: NDArray[Any], positions: NDArray[Any], owner: NDArray[Any], weights: NDArray[Any]) -> Batch:
    # The first token of a segment is predicted from the end of the image; it is left unsupervised because packed
    # segments share that place.
    follows = (owner[:, 1:] == owner[:, :-1]) & (weights[:, 1:] != 0)
    rows, columns = np.nonzero(follows)
    return Batch(
        ids=torch.from_numpy(ids),
        positions=torch.from_numpy(positions),
        owner=torch.from_numpy(owner),
        rows=torch.from_numpy(rows),
        columns=torch.from_numpy(columns),
        targets=torch.from_numpy(ids[rows, columns + 1]),
        weights=torch.from_numpy(weights[rows, columns + 1]),
    )
