"""checkpoints -> the Hugging Face directories that the package ships, in fp16."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from mini.model import build_processor, build_tokenizer, side_of
from mini.packed import PackedModel

ASSETS = Path(__file__).resolve().parents[2] / "src" / "scotoma" / "assets"


def ship(checkpoint: Path, out: Path) -> None:
    """Write the LLaVA of a checkpoint, without the dense heads, as a directory for `from_pretrained`."""
    weights = torch.load(checkpoint, map_location="cpu")["model"]
    side = side_of(weights)
    model = PackedModel(len(build_tokenizer()), side)
    model.load_state_dict(weights)
    llava = model.llava.to(torch.float16)
    llava.config.dtype = "float16"
    llava.save_pretrained(out)
    build_processor(side).save_pretrained(out)
    print(f"{out}: {sum(path.stat().st_size for path in out.iterdir()) / 1e6:.1f} MB")


def main(arguments: list[str]) -> None:
    """Ship whichever checkpoints are there."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/mini"))
    parser.add_argument("--candidate", default="packed.pt")
    parser.add_argument("--questioner", default="questioner.pt")
    options = parser.parse_args(arguments)
    for name, checkpoint in (("mini_candidate", options.candidate), ("mini_questioner", options.questioner)):
        if (options.data / checkpoint).exists():
            ship(options.data / checkpoint, ASSETS / name)
