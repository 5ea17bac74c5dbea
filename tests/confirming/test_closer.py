"""A confirmed claim on rendered scenes: its failures are asked again, one edit turns one, the report shows it."""

from __future__ import annotations

from pathlib import Path

from scotoma.config import load_config
from scotoma.confirming.claims import ModeClaim
from scotoma.confirming.kept import keep_claims
from scotoma.confirming.pairs import MinimalPair
from scotoma.discovery import confirm, discover
from scotoma.ledger import Ledger
from scotoma.report import write_report
from scotoma.report.source import load_run

COUNTS_TO_TWO = """name = "counts to two"
accuracy = 1.0
[[blind_spot]]
skills = ["counting"]
when = { min_count = 3 }
failure_rate = 1.0
"""


def test_a_confirmed_claim_gets_a_pair_that_the_report_shows(tmp_path: Path) -> None:
    (tmp_path / "weak.toml").write_text(COUNTS_TO_TWO)
    flags = {
        "images": "tabletop:n=90,seed=17,size=64",
        "candidate": f"planted:{tmp_path / 'weak.toml'}",
        "engine": "random",
        "steps": 1,
        "images_per_step": 2,
        "group_size": 2,
        "eval_images": 0,
        "held_out_share": 0.6,
        "confirm_calls": 0,
        "out": str(tmp_path / "run"),
    }
    discover(load_config(flags=flags))
    with Ledger.open(tmp_path / "run") as ledger:
        keep_claims(ledger, [ModeClaim(("counting", "count>=3"), ("counting",), 0.9, 0.0)])
    (outcome,) = confirm(tmp_path / "run", max_calls=160).outcomes
    assert outcome.state == "confirmed"
    assert (outcome.repeated.failed, outcome.repeated.asked) == (10, 10)
    assert outcome.reworded.failed == outcome.reworded.asked > 0
    assert outcome.pair is not None
    pair = MinimalPair.from_dict(outcome.pair)
    assert int(pair.reference or 0) >= 3 > int(pair.edited_reference or 9)
    page = write_report(load_run(tmp_path / "run")).read_text("utf-8")
    assert "One change that turns the answer" in page
    assert pair.edit.words in page
