"""The minis' vocabulary stays as it is: checkpoints of another size could not be loaded."""

from __future__ import annotations

from mini.model import build_tokenizer


def test_prompts_of_engines_add_no_word() -> None:
    assert len(build_tokenizer()) == 387
