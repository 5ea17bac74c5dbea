"""A server that is not ours: `transformers serve` with the mini-candidate, and whole runs against it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Picture

from runs import probes
from scotoma.checking import check_specs
from scotoma.cli import main
from scotoma.identity import picture_id
from scotoma.models.chat import Request
from scotoma.models.compatible import open_compatible
from scotoma.models.local import load_local
from scotoma.models.mini import mini_path
from scotoma.specs import Compatible
from scotoma.tabletop.dataset import write_dataset

STARTS_S = 600.0
QUESTIONS = (
    "How many objects are there?",
    "What colour is the leftmost object?",
    "Is there a red cube?",
    "What is the material of the largest object?",
)


def healthy(port: int) -> bool:
    """Does the server answer?"""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except OSError:
        return False


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("transformers")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(mini_path("candidate"))]
    options = ["--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        environment = {**os.environ, "HF_HUB_CACHE": str(folder)}
        server = subprocess.Popen([*command, *options], env=environment, stdout=log, stderr=log)
    try:
        ends_s = time.monotonic() + STARTS_S
        while not healthy(port):
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < ends_s, (folder / "log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered") / "images"
    write_dataset(12, 3, folder, 112, 1)
    return folder


def served(url: str) -> Compatible:
    return Compatible(str(mini_path("candidate")), url, concurrency=2)


def test_greedy_answers_over_http_are_those_of_the_same_weights_here(url: str, rendered: Path) -> None:
    requests = []
    for file in sorted(rendered.glob("*.png"))[:6]:
        with Picture.open(file) as opened:
            picture = opened.convert("RGB")
        requests += [Request(picture, picture_id(picture), question) for question in QUESTIONS]
    there = asyncio.run(open_compatible(served(url), max_new_tokens=16).reply(requests))
    here = load_local("mini", mini_path("candidate"), max_new_tokens=16).generate(requests)
    assert [reply.text for reply in there] == [reply.text for reply in here]
    assert [reply.prompt_tokens for reply in there] == [reply.prompt_tokens for reply in here]
    assert len({reply.text for reply in there}) > 4


def test_what_it_takes_and_does_not_follow_is_found_out(url: str) -> None:
    (found,) = check_specs([str(served(url))])
    assert found.reached
    abilities = (found.sees, found.usage, found.schema, found.samples, found.logprobs)
    assert [ability and ability.found for ability in abilities] == [True, True, False, False, False]
    assert found.schema is not None
    assert "taken and not held to" in found.schema.told


@pytest.mark.parametrize("engine", ["bandit", "grpo"])
def test_a_run_against_it_is_the_run_against_the_weights(
    engine: str, url: str, rendered: Path, tmp_path: Path
) -> None:
    small = "--steps 2 --eval-images 2 --eval-questions 2 --seed 1".split()
    sizes = "group_size=4 images_per_step=2 question_tokens=24 candidate_prompt={question}".split()
    options = [*small, *(part for size in sizes for part in ("--set", size))]
    for name, candidate in (("there", str(served(url))), ("here", "mini")):
        arguments = ["--images", str(rendered), "--candidate", candidate, "--engine", engine]
        assert main(["discover", *arguments, *options, "--out", str(tmp_path / name)]) == 0
    there, here = probes(tmp_path / "there"), probes(tmp_path / "here")
    assert [(probe.phase, probe.question.text) for probe in there] == [
        (probe.phase, probe.question.text) for probe in here
    ]
    assert [probe.answer and probe.answer.text for probe in there] == [
        probe.answer and probe.answer.text for probe in here
    ]
    assert [probe.verdict for probe in there] == [probe.verdict for probe in here]
    assert len([probe for probe in there if probe.phase == "train"]) == 2 * 2 * 4
    assert any(probe.verdict.correct is not None for probe in there)
    assert not any(probe.lost for probe in there)
