"""A small certification from end to end, on scenes without a renderer; it is gone on with, not repeated."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image as Picture

from runs import probes
from scenes import random_scene
from scotoma.certifying.running import certify
from scotoma.certifying.scoring import certificate
from scotoma.certifying.suite import load_suite

PAIR = ("counting", "occlusion")


def test_what_is_planted_is_found_and_nothing_in_the_empty_one(tmp_path: Path) -> None:
    images, suite = tmp_path / "images", tmp_path / "suite"
    images.mkdir()
    suite.mkdir()
    with (images / "truth.jsonl").open("w", encoding="utf-8") as lines:
        for index in range(240):
            Picture.new("RGB", (28, 28), (index, 255 - index, index * 7 % 256)).save(
                images / f"{index:03d}.png"
            )
            truth = random_scene(index, 6 + index % 5).to_truth()
            lines.write(json.dumps({"file": f"{index:03d}.png", "truth": truth}) + "\n")
    head = 'name = "x"\naccuracy = 0.97\n'
    (suite / "pair.toml").write_text(
        f"{head}[[blind_spot]]\nskills = {json.dumps(PAIR)}\nfailure_rate = 0.9\n"
    )
    (suite / "none.toml").write_text(head)
    flags = {
        "images": str(images),
        "engine": "bandit",
        "questioner": "random",
        "held_out_share": 0.5,
        "max_calls": 1500,
        "confirm_calls": 300,
    }
    scores = list(certify(load_suite(suite), flags, tmp_path / "runs"))
    result = certificate(scores)
    assert [one.name for one in scores] == ["none", "pair"]
    assert (result.recall, result.precision) == (1.0, 1.0)
    assert scores[0].false == ()
    assert scores[1].hits == (PAIR,)
    assert scores[1].to_first is not None
    assert 1100 < scores[1].to_first <= scores[1].calls <= 1500
    asked = len(probes(tmp_path / "runs" / "pair"))
    assert list(certify(load_suite(suite), flags, tmp_path / "runs")) == scores
    assert len(probes(tmp_path / "runs" / "pair")) == asked
