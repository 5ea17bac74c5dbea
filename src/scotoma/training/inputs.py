"""What a processor makes of a picture and a text -> what TRL's GRPOTrainer would not hand on to the model."""

from __future__ import annotations

from collections.abc import Iterable

TRL_INPUTS = frozenset(
    "pixel_values image_grid_thw pixel_attention_mask spatial_shapes image_sizes token_type_ids mm_token_type_ids "
    "image_position_ids".split()
)
"""Beside token ids and their mask, what its log-probabilities take (TRL 1.16)."""


def unknown_inputs(names: Iterable[str]) -> list[str]:
    """Those that TRL does not know, in alphabetical order: training would end in a TypeError."""
    return sorted(set(names) - TRL_INPUTS - {"input_ids", "attention_mask"})
