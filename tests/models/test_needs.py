"""What a processor needs beside transformers, and what is said where it is missing or broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from fakes import scene_folder
from scotoma.config import load_config
from scotoma.discovery import discover
from scotoma.errors import ModelError
from scotoma.models import needs
from scotoma.models.local import load_local, require_model
from scotoma.models.needs import Needs, processor_needs
from tiny import build_idefics3, build_smolvlm, build_tokenizer

BUILD = f"the build for torch {torch.__version__} and from the same package index"


def folder(path: Path, kind: str) -> Path:
    """A model folder without weights whose processor is the one for its kind of model."""
    build_tokenizer("<|image_pad|>", "<|video_pad|>").save_pretrained(path)
    (path / "config.json").write_text(json.dumps({"model_type": kind}))
    name = {"qwen2_5_vl": "Qwen2_5_VLProcessor", "smolvlm": "SmolVLMProcessor"}[kind]
    (path / "preprocessor_config.json").write_text(json.dumps({"processor_class": name}))
    return path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither torchvision nor num2words is installed."""
    if needs.find_spec("torchvision") is not None:
        pytest.skip("torchvision is installed, and transformers has seen it")
    monkeypatch.setattr("transformers.utils.is_num2words_available", lambda: False)


def test_what_is_missing_and_what_to_do() -> None:
    assert Needs("X", ("torchvision",), ("torchvision",)).told == (
        f"its processor (X) needs torchvision, which is not installed: pip install torchvision, {BUILD}"
    )
    assert Needs("X", ("torchvision", "num2words"), ("torchvision", "num2words")).told == (
        "its processor (X) needs torchvision and num2words, which are not installed: "
        f"pip install torchvision num2words, torchvision in {BUILD}"
    )
    told = Needs("X", ("torchvision", "num2words"), ("num2words",)).told
    assert told == "its processor (X) needs num2words, which is not installed: pip install num2words"


def test_by_kind_of_model(tmp_path: Path) -> None:
    assert processor_needs(build_idefics3(tmp_path / "idefics3")).packages == ()
    assert processor_needs(folder(tmp_path / "qwen", "qwen2_5_vl")).packages == ("torchvision",)
    assert processor_needs(folder(tmp_path / "smol", "smolvlm")).packages == ("torchvision", "num2words")


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("kind", ["qwen2_5_vl", "smolvlm"])
def test_a_run_does_not_start_without_them(tmp_path: Path, kind: str) -> None:
    model = folder(tmp_path / "model", kind)
    with pytest.raises(ModelError, match="needs torchvision") as loading:
        load_local("hf:x", model, max_new_tokens=4)
    assert "\n" not in str(loading.value)
    flags = {"images": str(scene_folder(tmp_path / "images", 12)), "candidate": "oracle", "engine": "grpo"}
    flags |= {"questioner": f"hf:{model}", "out": str(tmp_path / "run")}
    with pytest.raises(ModelError, match="pip install torchvision"):
        discover(load_config(flags=flags))
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("bare")
def test_a_folder_may_name_a_processor_that_needs_less(tmp_path: Path) -> None:
    model = build_smolvlm(tmp_path)
    assert processor_needs(model).missing
    require_model("hf:x", model)


def test_a_torchvision_for_another_torch_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(needs, "find_spec", lambda name: object())
    monkeypatch.setattr(needs, "import_module", broken)
    monkeypatch.setattr(needs, "version", lambda name: "0.0.1")
    with pytest.raises(
        ModelError, match=r"torchvision 0\.0\.1 does not fit torch .* pip uninstall torchvision"
    ):
        load_local("hf:x", tmp_path, max_new_tokens=4)
    monkeypatch.setattr(needs, "import_module", lambda name: None)
    assert needs.misfit() is None
