"""Asking again what failed calls left, and questioners behind servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from hostile import Act, Asked, Script, Server, answering
from http_runs import run, sensible, told
from runs import probes
from scotoma.discovery import resume
from scotoma.errors import ModelError, SpecError
from scotoma.ledger import Ledger
from scotoma.probing import TRAIN

# ---- asking again -----------------------------------------------------------------------------------------


def broken_for(share: int, reason: str = "too long", said: Callable[[Asked], str] = sensible) -> Script:
    """Refuses one request in `share`, by its digest; says to the others what `said` has for them."""
    good = answering(said)

    def script(asked: Asked) -> Act:
        if int(asked.digest[8:16], 16) % share == 0:
            return Act(b'{"error": {"message": "%s"}}' % reason.encode(), 400)
        return good(asked)

    return script


def test_what_failed_calls_left_is_asked_again_and_nothing_else(scenes: Path, tmp_path: Path) -> None:
    with Server(broken_for(4)) as server:
        run(scenes, tmp_path / "run", server.spec(concurrency=8))
        lost = [probe for probe in probes(tmp_path / "run") if probe.lost]
        assert len(lost) > 5
        assert {probe.verdict.evidence for probe in lost} == {"HTTP 400: too long"}
        server._script = answering(sensible)
        before = server.calls
        again = resume(tmp_path / "run", retry_errors=True)
        wanted = {(probe.image_id, probe.question.text) for probe in lost}
        assert server.calls - before == len(wanted)
        assert again.retried == (len(lost), len(lost))
        assert resume(tmp_path / "run", retry_errors=True).retried == (0, 0)
        run(scenes, tmp_path / "whole", server.spec(concurrency=8))
    assert [told(probe) for probe in probes(tmp_path / "run")] == [
        told(probe) for probe in probes(tmp_path / "whole")
    ]
    with Ledger.open(tmp_path / "run", readonly=True) as ledger:
        assert ledger.superseded_count() == len(lost)


def test_what_fails_again_stays_as_it_was(scenes: Path, tmp_path: Path) -> None:
    with Server(broken_for(4)) as server:
        run(scenes, tmp_path / "run", server.spec())
        before = probes(tmp_path / "run")
        asked, scored = resume(tmp_path / "run", retry_errors=True).retried or (0, 0)
    assert (asked, scored) == (sum(probe.lost for probe in before), 0)
    assert probes(tmp_path / "run") == before


# ---- a questioner behind a server ---------------------------------------------------------------------------


def asking_about(asked: Asked) -> str:
    """A question that depends on the picture, and on the seed where it is sampled."""
    colours = ("red", "blue", "green", "yellow", "purple", "cyan")
    return f"Is there a {colours[(int(asked.digest[:8], 16)) % len(colours)]} object?"


def test_a_questioner_behind_a_server_asks_is_kept_and_is_asked_again(scenes: Path, tmp_path: Path) -> None:
    with Server(broken_for(5, "busy", asking_about)) as server:
        flags = {"engine": "static", "questioner": server.spec("asker")}
        run(scenes, tmp_path / "run", "oracle", **flags)
        made = probes(tmp_path / "run")
        unasked = [probe for probe in made if probe.verdict.reason == "not_asked"]
        assert 3 < len(unasked) < len(made) // 2
        for probe in unasked:
            assert (probe.question.text, probe.answer, probe.reward) == ("", None, None)
            assert probe.verdict.unscorable
            assert probe.verdict.evidence == "HTTP 400: busy"
        assert {probe.question.questioner for probe in made} == {"static"}
        seeds = Counter(asked.body["seed"] for asked in server.seen)
        assert max(seeds.values()) <= 4  # images of a step: samples of one image never share a seed
        assert {asked.body["temperature"] for asked in server.seen} == {1.0}
        server._script, before = answering(asking_about), server.calls
        again = resume(tmp_path / "run", retry_errors=True)
        assert again.retried == (len(unasked), len(unasked))
        assert server.calls - before == len(unasked)
        run(scenes, tmp_path / "whole", "oracle", **flags)
    # Novelty was paid in view of the questions that there were.
    assert [told(probe)[:4] for probe in probes(tmp_path / "run")] == [
        told(probe)[:4] for probe in probes(tmp_path / "whole")
    ]


@pytest.mark.parametrize("engine", ["bandit", "feedback"])
def test_what_an_engine_was_to_ask_in_the_evaluation_is_asked_with_its_own_prompts(
    engine: str, scenes: Path, tmp_path: Path
) -> None:
    """Discovery, from which the engine has learned, stays as it is."""
    with Server(broken_for(5, "busy", asking_about)) as server:
        run(scenes, tmp_path / "run", "oracle", engine=engine, questioner=server.spec("asker"))
        before = probes(tmp_path / "run")
        unasked = [probe.phase == TRAIN for probe in before if probe.verdict.reason == "not_asked"]
        again = unasked.count(False)
        assert again and unasked.count(True)
        server._script, calls = answering(asking_about), server.calls
        assert resume(tmp_path / "run", retry_errors=True).retried == (again, again)
        assert server.calls - calls == again
    after = probes(tmp_path / "run")
    assert [probe.question.prompt for probe in after] == [probe.question.prompt for probe in before]
    assert [told(probe) for probe in after if probe.phase == TRAIN] == [
        told(probe) for probe in before if probe.phase == TRAIN
    ]
    assert sum(probe.verdict.reason == "not_asked" for probe in after) == unasked.count(True)


def test_what_cannot_be_trained_is_refused_in_one_line(scenes: Path, tmp_path: Path) -> None:
    with pytest.raises(
        SpecError, match="questioner 'asker' answers behind a server and cannot be trained"
    ) as caught:
        run(scenes, tmp_path / "run", "oracle", engine="grpo", questioner="openai:asker@http://h/v1")
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="variable NO_SUCH_KEY is not set"):
        run(
            scenes,
            tmp_path / "run",
            "oracle",
            engine="static",
            questioner="openai:asker@http://h/v1,key_env=NO_SUCH_KEY",
        )
    assert not (tmp_path / "run").exists()
