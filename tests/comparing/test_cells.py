"""Cells of the matrix: which questioners there are, what all cells have in common, and bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from comparing.compared_runs import made_run
from scotoma.comparing.cells import askers_of, cell_flags, specs_in
from scotoma.errors import LedgerError, ModelError, SpecError


def trained(run_dir: Path, **config: object) -> Path:
    """A run of grpo that looks as if it had left a questioner."""
    made_run(run_dir, steps=1, **config)
    final = run_dir / "checkpoints" / "final"
    final.mkdir(parents=True)
    (final / "config.json").write_text("{}")
    return run_dir


def test_trained_questioners_come_with_what_they_were_trained_from(tmp_path: Path) -> None:
    runs = [
        trained(tmp_path / "first", temperature=0.7),
        trained(tmp_path / "half", candidate="mini:half"),
        made_run(tmp_path / "grammar", steps=1, engine="random"),
    ]
    first, half, grammar, untrained = askers_of(runs)
    assert (first.label, first.spec, first.engine) == ("first", str(runs[0]), "static")
    assert (first.home, first.before) == ("mini", "mini, untrained")
    assert first.asking == {"temperature": 0.7, "question_tokens": 40}
    assert (half.home, half.before) == ("mini:half", "mini, untrained")
    assert (grammar.engine, grammar.home, grammar.before) == ("random", None, None)
    assert (untrained.label, untrained.spec, untrained.before) == ("mini, untrained", "mini", None)


def test_what_cannot_be_asked_elsewhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="engine bandit learned is about its own candidate"):
        askers_of([made_run(tmp_path / "bandit", steps=1, engine="bandit")])
    with pytest.raises(ModelError, match="holds no trained questioner"):
        askers_of([made_run(tmp_path / "stopped", steps=1)])
    with pytest.raises(SpecError, match="adversarial prompt"):
        askers_of([trained(tmp_path / "hard", questioner="adversarial")])
    with pytest.raises(LedgerError, match="is not a run"):
        askers_of([tmp_path / "none"])
    run = trained(tmp_path / "twice")
    with pytest.raises(SpecError, match="named twice"):
        askers_of([run, run])


def test_cells_take_what_the_runs_agree_on(tmp_path: Path) -> None:
    runs = [
        made_run(tmp_path / "a", steps=1, seed=3, held_out_share=0.5),
        made_run(tmp_path / "b", steps=1, seed=4, held_out_share=0.2),
    ]
    flags = cell_flags(runs, {"eval_images": 30, "eval_questions": None})
    # Images that neither run was trained on: those of the smaller share.
    assert (flags["seed"], flags["held_out_share"], flags["eval_images"]) == (3, 0.2, 30)
    assert "eval_questions" not in flags
    other = made_run(tmp_path / "c", steps=1, verifier="hf:judge")
    with pytest.raises(SpecError, match=r"differ in verifier \(exact, hf:judge\): .* --verifier"):
        cell_flags([*runs, other], {})
    assert cell_flags([*runs, other], {"verifier": "exact"})["verifier"] == "exact"


def test_candidates_keep_their_own_commas() -> None:
    assert specs_in(["mini,hf:x,dtype=float32,device=cpu,oracle", "mini:half"]) == [
        "mini",
        "hf:x,dtype=float32,device=cpu",
        "oracle",
        "mini:half",
    ]
    served = "openai:m@http://localhost:8000/v1,price_in=0.1,price_out=0.2"
    assert specs_in([f"{served},mini"]) == [served, "mini"]
    for bad, told in (("mini,mini", "named twice"), ("mini,nobody", "unknown candidate"), ("", "is empty")):
        with pytest.raises(SpecError, match=told):
            specs_in([bad])
