"""`scotoma images tabletop`: the same files whatever the number of processes; nothing is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scotoma.errors import ImagesError
from scotoma.identity import image_id
from scotoma.tabletop.dataset import write_dataset
from scotoma.tabletop.scene import Scene


def test_files_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    seen: list[int] = []
    for workers in (0, 2):
        write_dataset(5, 11, tmp_path / str(workers), size=48, workers=workers, progress=seen.append)
    assert seen == [1, 2, 3, 4, 5] * 2
    names = sorted(path.name for path in (tmp_path / "0").iterdir())
    assert names == [*(f"{index:06d}.png" for index in range(5)), "truth.jsonl"]
    for name in names:
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_rows_name_their_files(tmp_path: Path) -> None:
    path = write_dataset(2, 3, tmp_path / "out", size=48, workers=0)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in rows:
        assert row["id"] == image_id((path.parent / row["file"]).read_bytes())
        assert all(
            item.box is not None or item.visible == 0.0 for item in Scene.from_truth(row["truth"]).objects
        )


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", "utf-8")
    with pytest.raises(ImagesError, match="not empty"):
        write_dataset(1, 0, tmp_path, size=48, workers=0)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_n_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match="at least 1"):
        write_dataset(0, 0, tmp_path / "out")
