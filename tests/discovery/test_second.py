"""A second verifier on whole runs: a judge's reward hacking measured exactly, and nothing asked or paid twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes import scene_folder
from judge_server import JudgeServer, serving
from runs import probes
from scotoma.cli import main
from scotoma.config import load_config
from scotoma.discovery import discover, resume
from scotoma.discovery.estimate import estimate
from scotoma.errors import SpecError
from scotoma.ledger import Ledger
from scotoma.rejudging import VERDICTS, sample_in
from scotoma.report.page import render_page
from scotoma.report.second import HACKING
from scotoma.report.source import load_run

SCENES = 60


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_folder(tmp_path_factory.mktemp("second") / "scenes", SCENES)


@pytest.fixture
def harsh(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    """A judge that answers a third of the questions wrongly itself, and so takes right answers for wrong ones."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-1234567890")
    with serving(SCENES, {"answers_wrongly": 0.35, "calls_invalid_valid": 0.2}) as server:
        yield server


def spec(server: JudgeServer) -> str:
    return f"openai:judge@http://127.0.0.1:{server.server_address[1]}/v1,price_in=1,price_out=1"


def flags(images: Path, out: Path, **more: Any) -> dict[str, Any]:
    given = {"images": str(images), "candidate": "oracle", "questioner": "random", "engine": "bandit"}
    small = {"steps": 1, "images_per_step": 4, "group_size": 4, "held_out_share": 0.5, "judge_votes": 1}
    small |= {"judge_temperature": 0.0, "eval_images": 16, "eval_questions": 3, "second_sample": 40}
    return {**given, **small, "confirm_calls": 0, "out": str(out), **more}


def test_the_exact_verifier_shows_what_a_judge_got_wrong(
    images: Path, harsh: JudgeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The candidate is always right: every failure is the judge's own mistake."""
    out = tmp_path / "run"
    summary = discover(load_config(flags=flags(images, out, verifier=spec(harsh), second_verifier="exact")))
    second = summary.second
    assert second is not None
    assert (second.phase, second.judged, second.second) == ("eval:bandit", second.drawn, "exact")
    assert second.first_fdr is not None
    assert second.second_fdr is not None
    assert second.first_fdr.estimate > 0.2
    assert second.second_fdr.estimate == 0.0
    assert second.lost > 6
    assert second.suspicious
    assert summary.second_calls == 0
    page = render_page(load_run(out))
    assert HACKING.capitalize() in page
    assert 'id="second"' in page
    assert main(["report", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["second"]
    assert told["possible_reward_hacking"] is True
    assert told["difference"]["estimate"] == pytest.approx(second.first_fdr.estimate)
    assert main(["report", str(out)]) == 0
    shown = capsys.readouterr().out
    assert HACKING.capitalize() in shown
    assert "agreement on correctness" in shown


def test_a_model_judges_what_the_truth_has_judged_and_is_asked_once(
    images: Path, harsh: JudgeServer, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    summary = discover(load_config(flags=flags(images, out, second_verifier=spec(harsh))))
    second = summary.second
    assert second is not None
    assert second.won > 0
    assert not second.higher
    assert second.correctness is None or second.correctness.value < 0.5
    calls = harsh.calls
    assert summary.second_calls == calls > 0
    with Ledger.open(out, readonly=True) as ledger:
        # Its calls are filed apart, and paid.
        assert ledger.call_count("verifier") == 0
        assert ledger.spent("verifier:second").usd > 0.0
        assert ledger.spent("verifier:second").usd == ledger.spent().usd
        sample = sample_in(ledger, load_config(flags=ledger.config()))
        assert len(ledger.state(VERDICTS)[spec(harsh)]) == len(sample)
    again = resume(out)
    assert again.second == second
    assert harsh.calls == calls


def test_what_was_not_judged_is_judged_when_the_run_goes_on(
    images: Path, harsh: JudgeServer, tmp_path: Path
) -> None:
    """A budget of tokens ends it early; with a larger one the rest is asked, and no more than in one go."""
    whole = discover(load_config(flags=flags(images, tmp_path / "whole", second_verifier=spec(harsh))))
    calls, tokens = harsh.calls, whole.spent.tokens
    out = tmp_path / "run"
    cut = discover(
        load_config(flags=flags(images, out, second_verifier=spec(harsh), max_tokens=tokens // 2 + 2500))
    )
    assert cut.stopped is not None
    assert calls < harsh.calls < 2 * calls
    done = resume(out, max_tokens=10 * tokens + 100_000)
    assert done.stopped is None
    assert harsh.calls == 2 * calls
    assert done.second == whole.second


def test_without_a_second_verifier_nothing_is_said(images: Path, tmp_path: Path) -> None:
    summary = discover(load_config(flags=flags(images, tmp_path / "run")))
    assert summary.second is None
    page = render_page(load_run(tmp_path / "run"))
    assert 'id="second"' not in page


def test_the_verifier_cannot_be_its_own_second(images: Path, tmp_path: Path) -> None:
    one = "openai:judge@http://h/v1"
    for first, second in (("exact", "exact"), (one, one), (one, f"{one},concurrency=2")):
        with pytest.raises(SpecError, match="is the verifier itself"):
            discover(
                load_config(flags=flags(images, tmp_path / "run", verifier=first, second_verifier=second))
            )
    assert not (tmp_path / "run").exists()


def test_the_estimate_counts_its_calls(images: Path, tmp_path: Path) -> None:
    judge = "openai:judge@http://h/v1,price_in=1,price_out=1"
    given = flags(images, tmp_path / "run", second_verifier=judge, judge_votes=3, judge_temperature=0.7)
    figures = estimate(load_config(flags=given))
    (row,) = [row for row in figures.rows if row.role == "second verifier"]
    assert (row.phase, row.calls) == ("second opinion", 40 * 9)
    assert row.usd is not None
    assert row.usd > 0.0
    assert figures.usd == pytest.approx(row.usd)
    (small,) = [
        row
        for row in estimate(load_config(flags=given | {"eval_images": 2})).rows
        if row.role == "second verifier"
    ]
    assert small.calls == 2 * 3 * 9


def test_a_limit_on_dollars_wants_its_price(images: Path, tmp_path: Path) -> None:
    unpriced = flags(images, tmp_path / "run", second_verifier="openai:judge@http://h/v1", max_usd=1.0)
    with pytest.raises(SpecError, match="what the second verifier"):
        discover(load_config(flags=unpriced))


def test_discovery_is_judged_where_nothing_is_held_out(
    images: Path, tmp_path: Path, harsh: JudgeServer
) -> None:
    given = flags(images, tmp_path / "run", second_verifier=spec(harsh), eval_images=0, engine="random")
    second = discover(load_config(flags=given)).second
    assert second is not None
    assert second.phase == "train"
    assert second.drawn == len([probe for probe in probes(tmp_path / "run") if not probe.verdict.unscorable])
    assert not second.learned
