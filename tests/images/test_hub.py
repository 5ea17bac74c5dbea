"""Datasets of Hugging Face `datasets`, saved on disk or in a folder that it can load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pytest

from images.pictures import encoded, folder_of, picture
from scotoma.errors import ImagesError
from scotoma.images.hub import is_saved, open_hub


def rows(first: int, n: int, **more: Any) -> datasets.Dataset:
    cells = [{"bytes": encoded(number), "path": None} for number in range(first, first + n)]
    made = datasets.Dataset.from_dict({"image": cells, "label": list(range(n)), **more})
    return made.cast_column("image", datasets.Image())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Two splits of four and two rows."""
    both = datasets.DatasetDict({"train": rows(0, 4), "test": rows(4, 2)})
    both.save_to_disk(str(tmp_path / "saved"))
    return tmp_path / "saved"


def test_a_saved_split(tmp_path: Path) -> None:
    rows(0, 3).save_to_disk(str(tmp_path / "one"))
    assert is_saved(tmp_path / "one")
    source = open_hub(str(tmp_path / "one"), None, None, None, "hf:one")
    records = [source.record(index) for index in range(3)]
    assert [record.uri for record in records if record] == ["#0", "#1", "#2"]
    assert records[2] is not None
    assert source.picture(records[2]).tobytes() == picture(2).tobytes()


def test_train_is_read_unless_another_split_is_named(saved: Path) -> None:
    assert is_saved(saved)
    assert len(open_hub(str(saved), None, None, None, "hf:a")) == 4
    assert len(open_hub(str(saved), "test", None, None, "hf:a")) == 2
    with pytest.raises(ImagesError, match=r"has no split 'dev': write hf:.*:SPLIT with one of train, test"):
        open_hub(str(saved), "dev", None, None, "hf:a")


def test_a_folder_that_datasets_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder_of(tmp_path / "photos", 3)
    source = open_hub(str(tmp_path / "photos"), None, None, None, "hf:photos")
    assert len(source) == 3
    assert all(source.record(index) is not None for index in range(3))


def test_bytes_without_the_type_of_an_image(tmp_path: Path) -> None:
    made = datasets.Dataset.from_dict(
        {"picture": [encoded(1)]}, datasets.Features({"picture": datasets.Value("binary")})
    )
    made.save_to_disk(str(tmp_path / "plain"))
    assert open_hub(str(tmp_path / "plain"), None, None, None, "hf:plain").record(0) is not None


def test_several_columns_and_none(tmp_path: Path) -> None:
    cells = [{"bytes": encoded(9), "path": None}] * 2
    two = rows(0, 2, other=cells).cast_column("other", datasets.Image())
    two = two.rename_column("image", "first")
    two.save_to_disk(str(tmp_path / "two"))
    with pytest.raises(ImagesError, match=r"say which, with ,column=.*'first', 'other'"):
        open_hub(str(tmp_path / "two"), None, None, None, "hf:two")
    record = open_hub(str(tmp_path / "two"), None, None, "other", "hf:two").record(0)
    assert record is not None
    two.remove_columns(["first", "other"]).save_to_disk(str(tmp_path / "none"))
    with pytest.raises(ImagesError, match="no column holds encoded pictures"):
        open_hub(str(tmp_path / "none"), None, None, None, "hf:none")


def test_what_cannot_be_loaded_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    for name in ("state.json", "dataset_info.json"):
        (tmp_path / "broken" / name).write_text("{")
    for name in (str(tmp_path / "broken"), "no-such-owner/no-such-dataset", str(tmp_path / "missing")):
        with pytest.raises(ImagesError, match=r"cannot be loaded") as caught:
            open_hub(name, None, None, None, f"hf:{name}")
        assert "\n" not in str(caught.value)
