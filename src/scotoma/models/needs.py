"""A model's configuration -> the packages that its processor needs beside transformers, and which are missing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Needs:
    """What the processor that transformers has for a kind of model needs. It is for nought where a folder names
    another processor."""

    processor: str
    packages: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What is missing, and what to do. Only where something is."""
        import torch

        told = (
            f"its processor ({self.processor}) needs {' and '.join(self.missing)}, which "
            f"{'are' if len(self.missing) > 1 else 'is'} not installed: pip install {' '.join(self.missing)}"
        )
        if "torchvision" not in self.missing:
            return told
        build = "the build" if len(self.missing) == 1 else "torchvision in the build"
        return f"{told}, {build} for torch {torch.__version__} and from the same package index"


def misfit() -> str | None:
    """What is wrong with a torchvision that is installed and cannot be imported. It breaks every processor.

    The plain wheel of most indexes is the CUDA build: beside a torch for the CPU it does not load.
    """
    import torch

    if find_spec("torchvision") is None:
        return None
    try:
        import_module("torchvision")
    except (ImportError, RuntimeError, OSError):
        return (
            f"torchvision {version('torchvision')} does not fit torch {torch.__version__}: install the build for it, "
            "from the same package index, or pip uninstall torchvision"
        )
    return None


def processor_needs(source: str | Path) -> Needs:
    """For a model whose configuration can be read.

    Torchvision, where it has a part for videos, as that of Qwen2.5-VL.
    """
    import transformers

    library: Any = transformers
    kind = library.AutoConfig.from_pretrained(source).model_type
    name = library.models.auto.processing_auto.PROCESSOR_MAPPING_NAMES.get(kind)
    if name is None or "video_processor" not in getattr(library, name).get_attributes():
        return Needs(name or "none")
    there = {"torchvision": library.utils.is_torchvision_available()}
    if name == "SmolVLMProcessor":
        there["num2words"] = library.utils.is_num2words_available()
    return Needs(name, tuple(there), tuple(package for package in there if not there[package]))
