"""The matrix: the grammar on planted candidates, trained beside untrained questioners, kept and gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comparing.compared_runs import IMAGES, made_run
from fakes import scene_folder
from runs import probes, synthetic_probe
from scotoma.analysis.figures import PhaseComparison, compare_phases
from scotoma.comparing.matrix import matrix, transfer_of
from scotoma.config import load_config
from scotoma.discovery import discover
from scotoma.errors import SpecError
from scotoma.ledger import Ledger
from scotoma.records import Probe
from tiny import build_llava

WEAK = 'name = "weak"\naccuracy = 0.9\n[[blind_spot]]\nskills = ["existence"]\nfailure_rate = 0.9\n'
ASKED = {"eval_images": 4, "eval_questions": 3}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    scene_folder(folder / "images", 24)
    (folder / "weak.toml").write_text(WEAK)
    return folder


@pytest.fixture(scope="module")
def grammar(parts: Path) -> Path:
    config: dict[str, Any] = {
        "images": str(parts / "images"),
        "candidate": "oracle",
        "engine": "random",
        "out": str(parts / "grammar"),
        "steps": 1,
        "images_per_step": 1,
        "group_size": 2,
        "eval_images": 0,
        "confirm_calls": 0,
    }
    discover(load_config(flags=config))
    return parts / "grammar"


def test_one_questionnaire_for_all_candidates_and_paid_once(
    parts: Path, grammar: Path, tmp_path: Path
) -> None:
    candidates = ["oracle", f"planted:{parts / 'weak.toml'}"]
    out = tmp_path / "matrix"
    found = matrix([grammar], candidates, ASKED, out)
    assert (found.questioners, found.candidates) == (("grammar",), tuple(candidates))
    assert (found.images, found.questions) == (4, 12)
    perfect, weak = (found.cell("grammar", candidate) for candidate in candidates)
    assert perfect.figures.failures == 0 < weak.figures.failures
    assert (weak.beside, weak.transfer) == (None, None)
    folders = sorted(out.iterdir())
    assert len(folders) == 2
    texts = [[p.question.text for p in probes(folder, "eval:random")] for folder in folders]
    assert texts[0] == texts[1]
    before = _counts(folders)
    assert matrix([grammar], candidates, ASKED, out) == found
    assert _counts(folders) == before
    with pytest.raises(SpecError, match="was made with eval_images = 4, not 5: name another --out"):
        matrix([grammar], candidates, {**ASKED, "eval_images": 5}, out)


def test_a_cell_that_was_stopped_is_gone_on_with(parts: Path, grammar: Path, tmp_path: Path) -> None:
    whole = matrix([grammar], ["oracle"], ASKED, tmp_path / "whole")

    class Stop:
        """Ends the sitting when the evaluation begins."""

        def begin(self, what: str, total: int, done: int = 0) -> None:
            if what.startswith("evaluate"):
                raise KeyboardInterrupt

        def advance(self, count: int, figures: object) -> None: ...

        def end(self) -> None: ...

    with pytest.raises(KeyboardInterrupt):
        matrix([grammar], ["oracle"], ASKED, tmp_path / "out", lambda run_dir: Stop())
    (cell,) = (tmp_path / "out").iterdir()
    assert probes(cell, "eval:random") == []
    assert matrix([grammar], ["oracle"], ASKED, tmp_path / "out").cells == whole.cells


def test_a_trained_questioner_stands_beside_the_untrained_one(parts: Path, tmp_path: Path) -> None:
    build_llava(tmp_path / "start")
    run = made_run(
        tmp_path / "trained",
        steps=1,
        questioner=f"hf:{tmp_path / 'start'}",
        candidate="oracle",
        question_tokens=6,
    )
    build_llava(run / "checkpoints" / "final")
    asked = {**ASKED, "images": str(parts / "images")}
    found = matrix([run], ["oracle", f"planted:{parts / 'weak.toml'}"], asked, tmp_path / "out")
    assert found.questioners == ("trained", f"hf:{tmp_path / 'start'}, untrained")
    home, away = found.cells[:2]
    assert (home.transfer, away.transfer) == ("home", "not shown")
    assert home.beside is not None
    assert home.beside.second == found.questioners[1]
    assert all(cell.figures.asked == 12 for cell in found.cells)


def _counts(folders: list[Path]) -> list[tuple[int, int]]:
    counts = []
    for folder in folders:
        with Ledger.open(folder, readonly=True) as ledger:
            counts.append((ledger.spent().calls, ledger.probe_count()))
    return counts


def asked_by(hardness: float) -> list[Probe]:
    return [
        synthetic_probe("eval:static", (0, at, member), image, hardness, 0)
        for at, image in enumerate(IMAGES)
        for member in range(4)
    ]


def test_what_transfers_is_credibly_above_the_untrained_one() -> None:
    hard, plain = ("hard", asked_by(0.95)), ("plain", asked_by(0.0))
    better, worse, same = (compare_phases(*two) for two in ((hard, plain), (plain, hard), (plain, plain)))
    assert transfer_of(better, at_home=True) == "home"
    assert transfer_of(better, at_home=False) == "transfers"
    assert transfer_of(worse, at_home=False) == "worse"
    assert transfer_of(same, at_home=False) == "not shown"
    assert transfer_of(PhaseComparison("a", "b", None, None), at_home=False) == "not shown"
