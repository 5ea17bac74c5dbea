"""What a run will come to, before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostile import Server, answering
from http_runs import flags_for
from scotoma.cli import main
from scotoma.config import load_config
from scotoma.discovery.estimate import SAMPLES, estimate
from scotoma.models.chat import Request
from scotoma.models.compatible import prompt_bound
from scotoma.questioners.feedback import longest_prompt
from scotoma.questioners.prompts import for_skills, load

# ---- the estimate -------------------------------------------------------------------------------------------


def test_the_estimate_counts_what_there_may_be_at_most_and_sends_nothing(
    scenes: Path, tmp_path: Path
) -> None:
    with Server(answering()) as server:
        spec = server.spec(price_in=2, price_out=10, concurrency=10)
        config = load_config(
            flags=flags_for(scenes, tmp_path / "run", spec, steps=3, answer_tokens=8, question_tokens=20)
        )
        figures = estimate(config)
        assert server.calls == 0
    assert [(row.phase, row.role, row.calls) for row in figures.rows] == [
        ("discovery", "candidate", 3 * 4 * 8),
        ("evaluation, random", "candidate", 4 * 4),
    ]
    text = " Answer with one word or a short phrase."
    # Pictures of 28 x 28 pixels are four patches.
    each = prompt_bound(Request(None, "", text), 1024) + 4 + 20
    discovery = figures.rows[0]
    assert (discovery.prompt_tokens, discovery.completion_tokens) == (96 * each, 96 * 8)
    assert discovery.usd == pytest.approx((96 * each * 2 + 96 * 8 * 10) / 1e6)
    assert discovery.minutes == pytest.approx(96 * 2.0 / 10 / 60)
    assert figures.usd == pytest.approx(discovery.usd * 112 / 96)
    assert not (tmp_path / "run").exists()
    assert SAMPLES == 12


def test_the_estimate_says_what_is_not_known(scenes: Path, tmp_path: Path) -> None:
    asker = "openai:asker@http://h/v1,rpm=10,tpm=1000"
    flags = flags_for(scenes, tmp_path / "run", "mini", engine="static", questioner=asker, eval_images=0)
    figures = estimate(load_config(flags=flags))
    questioner, candidate = figures.rows
    assert (questioner.role, questioner.calls, questioner.usd) == ("questioner", 64, None)
    assert (candidate.role, candidate.calls, candidate.usd, candidate.minutes) == ("candidate", 64, 0.0, None)
    assert figures.usd is None
    tokens = (questioner.prompt_tokens or 0) + (questioner.completion_tokens or 0)
    assert figures.minutes == pytest.approx(tokens / 1000)
    assert any("What the questioner costs is not known" in line for line in figures.assumptions)
    local = estimate(load_config(flags=flags | {"questioner": "mini", "max_calls": 40, "steps": 9}))
    assert [row.calls for row in local.rows] == [40]
    assert (local.usd, local.minutes) == (0.0, None)


def test_the_estimate_counts_the_confirmation(scenes: Path, tmp_path: Path) -> None:
    flags = flags_for(scenes, tmp_path / "run", "mini", eval_images=0)
    rows = estimate(load_config(flags=flags | {"max_calls": 500, "confirm_calls": None})).rows
    assert [(row.phase, row.role, row.calls) for row in rows][-1] == ("confirmation", "candidate", 100)


def test_the_estimate_knows_how_long_the_prompts_of_engines_are(scenes: Path, tmp_path: Path) -> None:
    def tokens(engine: str) -> dict[str, int]:
        asker = "openai:asker@http://h/v1"
        flags = flags_for(scenes, tmp_path / "run", "oracle", engine=engine, questioner=asker)
        rows = estimate(load_config(flags=flags)).rows
        return {row.phase: (row.prompt_tokens or 0) // row.calls for row in rows if row.role == "questioner"}

    base = tokens("static")["discovery"]
    longest = {
        "bandit": for_skills(("same_attribute", "front_behind", "text_reading")),
        "feedback": longest_prompt(5, 64),
    }
    for engine, prompt in longest.items():
        each = tokens(engine)
        assert each["discovery"] == each[f"evaluation, {engine}"] == base + len(prompt) - len(load("base"))
        assert each["evaluation, static"] == base


def test_the_estimate_on_the_command_line(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    spec = "openai:m@http://127.0.0.1:1/v1,price_in=1,price_out=1"
    arguments = ["discover", "--images", str(scenes), "--candidate", spec, "--engine", "random", "--estimate"]
    assert main([*arguments, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "nothing was sent or written" in shown
    assert "$" in shown
    assert main([*arguments, "--out", str(out), "--json"]) == 0
    assert '"usd": 0.' in capsys.readouterr().out
    assert not out.exists()
    assert main(["discover", "--retry-errors"]) == 2
    assert "name it with --resume RUN" in capsys.readouterr().err
    assert main(["discover", "--resume", str(out), "--estimate"]) == 2
    assert "--estimate cannot change a run" in capsys.readouterr().err
