"""A judge behind HTTP, with known error rates: calibrating it recovers them, with and without JSON schemas."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from fakes import SceneSource, scene_folder
from judge_server import serving
from judges import SceneJudge, judge
from scotoma.analysis.calibration import calibration
from scotoma.calibrating import judge_all, pose
from scotoma.cli import main
from scotoma.cli.results import json_ready
from scotoma.training.progress import Silent

SCENES = 20
RATES = {"calls_valid_invalid": 0.1, "calls_invalid_valid": 0.2, "answers_wrongly": 0.15}


def in_process(model: SceneJudge) -> Any:
    """What the same model comes to without a network between."""
    source = SceneSource(SCENES)
    posed = pose(source.record, SCENES, 80, 0)
    return json_ready(calibration(asyncio.run(judge_all(judge(model, source), posed, 80, Silent()))))


@pytest.mark.parametrize("takes_schemas", [True, False])
def test_injected_rates_are_recovered_over_http(
    takes_schemas: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-1234567890")
    images = scene_folder(tmp_path / "scenes", SCENES)
    out, kept = tmp_path / "found.json", tmp_path / "kept"
    with serving(SCENES, RATES, takes_schemas=takes_schemas) as server:
        spec = f"openai:judge@http://127.0.0.1:{server.server_address[1]}/v1"
        command = ["calibrate", "--verifier", spec, "--images", str(images), "--n", "80", "--out", str(out)]
        assert main([*command, "--ledger", str(kept), "--json"]) == 0
        first, calls = json.loads(capsys.readouterr().out), server.calls
        # Attempts that were refused for their schema went over the wire, and are counted.
        assert first["verifier_calls"] >= calls + server.refused > 1
        # A second calibration finds every call in the ledger.
        assert main([*command, "--ledger", str(kept), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["figures"] == first["figures"]
        assert server.calls == calls
    assert (server.refused > 0) is not takes_schemas
    figures = first["figures"]
    assert figures == in_process(server.judge)
    for rate, injected in (
        (figures["validity"]["sensitivity"], 0.9),
        (figures["validity"]["specificity"], 0.8),
        (figures["correctness"]["sensitivity"], 0.85),
        (figures["correctness"]["specificity"], 1.0),
    ):
        for interval in (rate["bootstrap"], rate["wilson"]):
            assert interval["low"] <= injected <= interval["high"]
    assert figures["validity"]["abstention"]["bootstrap"]["estimate"] == 0.0
    written = b"".join(path.read_bytes() for path in [out, *kept.rglob("*")] if path.is_file())
    assert b"canary" not in written
