"""Which checkpoint a killed run goes on from, and the questioner that it leaves."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from scotoma.models.pixels import cache_pixels
from scotoma.training.checkpoints import last_whole, mark_whole, save_final
from tiny import build_llava


def test_the_last_whole_checkpoint_counts_and_broken_ones_go(tmp_path: Path) -> None:
    assert last_whole(tmp_path) is None
    for step in (8, 9, 10):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-old").mkdir()
    mark_whole(tmp_path / "checkpoint-8")
    mark_whole(tmp_path / "checkpoint-9")
    assert last_whole(tmp_path) == (9, tmp_path / "checkpoint-9")
    assert not (tmp_path / "checkpoint-10").exists()
    assert (tmp_path / "checkpoint-old").exists()


def test_final_is_half_precision_loads_and_replaces_an_older_one(tmp_path: Path) -> None:
    source = build_llava(tmp_path / "tiny", seed=3)
    model = AutoModelForImageTextToText.from_pretrained(source, dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(source)
    cache_pixels(processor)
    (tmp_path / "final").mkdir()
    (tmp_path / "final" / "stale").touch()
    save_final(model, processor, tmp_path / "final")
    again = AutoModelForImageTextToText.from_pretrained(tmp_path / "final")
    for name, weight in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight.half().float())
    stored = load_file(tmp_path / "final" / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert AutoProcessor.from_pretrained(tmp_path / "final").chat_template == processor.chat_template
    assert not (tmp_path / "final" / "stale").exists()
    assert model.dtype == torch.float32
