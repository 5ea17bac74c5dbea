"""What is said of weights in this process, and of what is built in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from scotoma.checking import Checked, check_specs
from scotoma.checking.checks import check_specs as check
from tiny import build_llava, build_tokenizer


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_llava(tmp_path_factory.mktemp("llava"))


def only(text: str) -> Checked:
    (found,) = check_specs([text])
    return found


def test_a_folder_is_loaded_and_asked(llava: Path) -> None:
    found = only(f"hf:{llava},dtype=bfloat16,device=cpu")
    assert (found.kind, found.reached) == ("weights", True)
    assert found.weights is not None
    assert (found.weights.model, found.weights.dtype, found.weights.device) == (
        "LlavaForConditionalGeneration",
        "bfloat16",
        "cpu",
    )
    assert 10_000 < found.weights.parameters < 100_000
    assert found.weights.image_processor == "SiglipImageProcessorPil"
    assert (found.weights.trainable.found, found.weights.torchvision.told) == (True, "not needed")
    assert found.bill is not None
    assert (found.bill.price_in, found.bill.cost_usd) == (0.0, 0.0)
    assert "one word" in (found.question or "")


def test_the_mini_is_asked_bare() -> None:
    found = only("mini")
    assert found.reached
    assert found.question == "What is the main colour of this picture?"
    assert found.answer
    assert found.samples is not None


def test_a_run_is_asked_for_a_question(llava: Path, tmp_path: Path) -> None:
    shutil.copytree(llava, tmp_path / "run" / "checkpoints" / "final")
    found = only(str(tmp_path / "run"))
    assert (found.kind, found.reached) == ("run", True)
    assert "Ask one question" in (found.question or "")


@pytest.mark.parametrize("broken", ["missing", "empty", "config", "types", "weights", "tokens", "template"])
def test_what_cannot_be_loaded_is_one_line(broken: str, llava: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    if broken == "empty":
        folder.mkdir()
    elif broken != "missing":
        shutil.copytree(llava, folder)
    if broken == "config":
        (folder / "config.json").write_text("{")
    if broken == "types":
        config = json.loads((folder / "config.json").read_text())
        config["text_config"]["hidden_size"] = "many"
        (folder / "config.json").write_text(json.dumps(config))
    if broken == "template":
        (folder / "chat_template.jinja").write_text("{% for message in %}")
    if broken == "weights":
        whole = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    if broken == "tokens":
        (folder / "tokenizer.json").write_text("{}")
    found = only(f"hf:{folder}")
    assert not found.reached
    assert found.problem
    assert "\n" not in found.problem
    assert found.weights is None


def test_torchvision_is_asked_for_where_a_processor_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qwen2.5-VL's processor has a part for videos."""
    build_tokenizer().save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen2_5_vl"}))
    (tmp_path / "preprocessor_config.json").write_text(
        json.dumps(
            {"image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor"}
        )
    )
    monkeypatch.setattr("transformers.utils.is_torchvision_available", lambda: False)
    found = only(f"hf:{tmp_path}")
    assert not found.reached
    assert "pip install torchvision" in (found.problem or "")
    assert torch.__version__ in (found.problem or "")


@pytest.mark.parametrize("text", ["oracle", "exact", "static", "adversarial", "random"])
def test_what_is_built_in_is_there(text: str) -> None:
    found = only(text)
    assert (found.kind, found.reached, found.bill) == ("built in", True, None)
    assert found.about


def test_a_planted_candidate_says_what_is_planted(tmp_path: Path) -> None:
    file = tmp_path / "spots.toml"
    file.write_text(
        'name = "counts"\naccuracy = 0.9\n[[blind_spot]]\nskills = ["counting"]\nfailure_rate = 0.9\n'
    )
    found = only(f"planted:{file}")
    assert found.reached
    assert "“counts”: 1 blind spot, right in 90% elsewhere" in found.about
    file.write_text("name = ")
    assert "TOML" in (only(f"planted:{file}").problem or "")


def test_each_spec_has_its_turn(llava: Path) -> None:
    began: list[str] = []
    texts = ["moon", f"hf:{llava}", "tabletop:n=3", "openai:m@http://user:pa55word@h/v1", "", "oracle"]
    found = check(texts, began.append)
    assert [one.reached for one in found] == [False, True, False, False, False, True]
    assert [one.problem is None for one in found] == [one.reached for one in found]
    assert "scotoma images check" in (found[2].problem or "")
    assert "pa55word" not in repr(found)
    assert began == [f"hf:{llava}"]
