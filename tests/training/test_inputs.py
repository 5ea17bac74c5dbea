"""What TRL hands on to a model."""

from __future__ import annotations

import inspect

from trl.trainer.grpo_trainer import GRPOTrainer

from scotoma.training.inputs import TRL_INPUTS, unknown_inputs


def test_they_are_those_that_trl_takes() -> None:
    taken = inspect.signature(GRPOTrainer._get_per_token_logps_and_entropies).parameters
    assert set(taken) >= TRL_INPUTS
    others = "self model input_ids attention_mask logits_to_keep batch_size compute_entropy compute_aux_loss"
    assert set(taken) - TRL_INPUTS == {*others.split(), "num_images", "num_tiles"}


def test_what_trl_does_not_know() -> None:
    assert unknown_inputs(["input_ids", "attention_mask", "pixel_values"]) == []
    assert unknown_inputs(["pixel_values", "image_flags", "aspect_ratio_ids"]) == [
        "aspect_ratio_ids",
        "image_flags",
    ]
