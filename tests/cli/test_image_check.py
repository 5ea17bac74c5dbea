"""`scotoma images check`: counts, names what is broken, and never ends in a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from images.pictures import encoded, folder_of
from scotoma.cli import main


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder_of(tmp_path / "photos", 20)
    (tmp_path / "photos" / "copy.bmp").write_bytes(encoded(3, "BMP"))
    (tmp_path / "photos" / "bro\x1b[31mken.png").write_bytes(b"no picture")
    return tmp_path / "photos"


def test_it_counts_and_names(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "check", str(photos)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("20 images: ")
    assert "1 duplicates dropped, 1 broken ones skipped" in shown
    assert "\\x1b[31mken.png is no picture" in shown
    assert "\x1b" not in shown


def test_as_json(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "check", str(photos), "--held-out-share", "0.5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["entries"], told["walked"], told["duplicates"], told["skipped"]) == (22, 22, 1, 1)
    assert told["discover"] + told["held_out"] == 20
    assert 4 < told["held_out"] < 16
    assert list(told["listed"]) == ["bro\x1b[31mken.png"]


def test_many_broken_ones_are_counted_and_some_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder_of(tmp_path, 1)
    for number in range(30):
        (tmp_path / f"x{number}.jpg").touch()
    assert main(["images", "check", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "30 broken ones" in shown
    assert shown.count("is no picture") == 20
    assert "and 10 more" in shown


@pytest.mark.parametrize(
    ("images", "told"),
    [
        ("{}/none/", "does not exist"),
        ("{}", "no readable image"),
        ("wds:{}/a-{{0..2}}.tar", "does not exist"),
        ("wds:{}/a-{{2..0}}.tar", "runs backwards"),
        ("parquet:{}", "there is no Parquet file"),
        ("hf:{}", "cannot be loaded"),
        ("moon", "unknown image source"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], images: str, told: str
) -> None:
    assert main(["images", "check", images.format(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
