"""Built-in models over HTTP: the same answers as in this process, and errors that say what to do."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from fakes import scene_folder, scene_image
from scotoma.candidate import PlantedAnswerer, answerer_from_spec
from scotoma.cli import main
from scotoma.config import load_config
from scotoma.discovery import discover
from scotoma.errors import SpecError
from scotoma.identity import picture_id
from scotoma.images.album import Album
from scotoma.images.folder import open_folder
from scotoma.images.source import readable
from scotoma.ledger import Ledger
from scotoma.models.chat import Reply, Request
from scotoma.models.compatible import open_compatible
from scotoma.models.guard import Backoff
from scotoma.records import Probe
from scotoma.serve import open_served
from scotoma.serve.answering import ServedModel, bare_question
from scotoma.specs import Compatible
from scotoma.tabletop.planted import load_planted
from serve.serving import serving
from tiny import build_llava

PLANTED = 'name = "weak"\naccuracy = 0.5\n[[blind_spot]]\nskills = ["counting"]\nfailure_rate = 0.9\n'
QUESTIONS = ["How many objects are there?", "Is there a red object?", "What colour is the leftmost object?"]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_folder(tmp_path_factory.mktemp("scenes") / "images", 24)


@pytest.fixture(scope="module")
def mini() -> Iterator[str]:
    with serving(open_served("mini")) as url:
        yield url


def replies(spec: Compatible, requests: list[Request], **options: Any) -> list[Reply]:
    model = open_compatible(spec, max_new_tokens=16, backoff=Backoff(attempts=1), **options)
    return asyncio.run(model.reply(requests))


def post(url: str, body: bytes) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(f"{url}/chat/completions", body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def noise(seed: int) -> Picture.Image:
    return Picture.frombytes("RGB", (90, 70), random.Random(seed).randbytes(3 * 90 * 70))


# ---- models -----------------------------------------------------------------------------------------------


def run_of(scenes: Path, out: Path, candidate: str) -> list[Probe]:
    flags = {"images": str(scenes), "candidate": candidate, "engine": "random", "out": str(out), "steps": 2}
    flags |= {"images_per_step": 4, "eval_images": 4, "eval_questions": 4}
    discover(load_config(flags=flags))
    with Ledger.open(out, readonly=True) as ledger:
        return list(ledger.probes())


def test_a_run_over_http_is_the_run_in_this_process(mini: str, scenes: Path, tmp_path: Path) -> None:
    here = run_of(scenes, tmp_path / "here", "mini")
    there = run_of(scenes, tmp_path / "there", f"openai:mini@{mini}")
    assert [probe.key for probe in here] == [probe.key for probe in there]
    assert [probe.question for probe in here] == [probe.question for probe in there]
    answers = [[probe.answer.text for probe in run if probe.answer] for run in (here, there)]
    assert answers[0] == answers[1]
    assert len(set(answers[0])) > 3
    assert [probe.verdict for probe in here] == [probe.verdict for probe in there]
    assert [probe.rewards for probe in here] == [probe.rewards for probe in there]


def test_requests_that_come_together_are_one_batch(tmp_path: Path) -> None:
    served = open_served(f"hf:{build_llava(tmp_path / 'llava')}")
    assert isinstance(served, ServedModel)
    batches: list[int] = []
    generated = served._generated
    served._generated = lambda items: (batches.append(len(items)), generated(items))[1]  # type: ignore[method-assign]
    asked = [Request(noise(index), picture_id(noise(index)), "What?") for index in range(40)]
    with serving(served) as url:
        spec = Compatible(served.name, url, concurrency=20)
        together = replies(spec, asked)
        # A sample that has a seed is alone: the seed decides, not who else is asked.
        sampled = [replies(spec, asked[:6], temperature=1.0) for _ in range(2)]
    assert sum(batches[:-12]) == 40
    assert len(batches) - 12 < 20
    assert batches[-12:] == [1] * 12
    assert [reply.text for reply in sampled[0]] == [reply.text for reply in sampled[1]]
    local = asyncio.run(served._model.sampling_with(max_new_tokens=16, temperature=0.0).reply(asked))
    assert [reply.text for reply in together] == [reply.text for reply in local]
    assert all(reply.prompt_tokens and reply.completion_tokens for reply in together)


def test_a_text_without_a_picture(mini: str) -> None:
    reply = replies(Compatible("mini", mini), [Request(None, "", "Is there a red object?")])[0]
    assert reply.error is None
    assert reply.text is not None


def test_the_words_that_ask_for_a_short_answer_are_not_part_of_the_question() -> None:
    assert bare_question("Is it red? Answer with one word or a short phrase.") == "Is it red?"
    assert bare_question("Is it red? Answer!") == "Is it red? Answer!"


def test_what_is_served_and_what_is_not(mini: str) -> None:
    with urllib.request.urlopen(f"{mini}/models", timeout=60) as response:
        assert [entry["id"] for entry in json.load(response)["data"]] == ["mini"]
    status, told = post(
        mini, b'{"model": "mini", "messages": [{"role": "user", "content": "a"}], "stream": true}'
    )
    assert (status, told["error"]["message"]) == (400, "stream is not supported: leave it out")
    assert post(mini, b'{"model": "gpt"}')[0] == 404
    status, told = post(mini, b" " * 32_000_001)
    assert (status, told["error"]["message"]) == (
        400,
        "the body has more than 32,000,000 bytes: send a smaller picture",
    )
    status, told = post(f"{mini}/nowhere", b"{}")
    assert status == 404
    assert "/v1/chat/completions" in told["error"]["message"]


# ---- the truth --------------------------------------------------------------------------------------------


def test_planted_answers_over_http_as_it_does_here(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "weak.toml").write_text(PLANTED)
    text = f"planted:{tmp_path / 'weak.toml'}"
    source = open_folder(scenes)
    images = [readable(source, index) for index in range(12)]
    here = PlantedAnswerer(text, load_planted(tmp_path / "weak.toml"))
    with serving(open_served(text, str(scenes))) as url:
        there = answerer_from_spec(f"openai:{text}@{url}", source)
        for question in QUESTIONS:
            for repeat in (0, 1):
                asked = (images, [question] * len(images), repeat)
                local, remote = asyncio.run(here.reply(*asked)), asyncio.run(there.reply(*asked))
                assert [reply.text for reply in local] == [reply.text for reply in remote]
                assert {reply.error for reply in remote} == {None}


def test_the_oracle_knows_its_images_by_their_pixels(scenes: Path) -> None:
    image, picture = scene_image(3)
    other = noise(1)
    with serving(open_served("oracle", str(scenes))) as url:
        asked = [
            Request(picture, image.id, QUESTIONS[0]),
            Request(other, picture_id(other), QUESTIONS[0]),
            Request(None, "", QUESTIONS[0]),
        ]
        known, unknown, blind = replies(Compatible("oracle", url), asked)
        smaller = replies(Compatible("oracle", url, max_side=16), asked[:1])[0]
    assert image.truth is not None
    assert known.text == str(len(image.truth["objects"]))
    assert "the picture (90 x 70) is not recognised: it must be one of" in (unknown.error or "")
    assert "HTTP 400: oracle answers about a picture" in (blind.error or "")
    assert "the picture (16 x 16) is not recognised" in (smaller.error or "")


def test_images_that_cannot_be_read_are_told(
    tmp_path: Path, scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Album, index: int) -> Any:
        raise SpecError("gone")

    served = open_served("oracle", str(scenes))
    monkeypatch.setattr(Album, "record", broken)
    image, picture = scene_image(3)
    with serving(served) as url:
        reply = replies(Compatible("oracle", url), [Request(picture, image.id, QUESTIONS[0])])[0]
    assert reply.error == "HTTP 500: gone"


# ---- the command ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["gpt"], "unknown candidate 'gpt'"),
        (["oracle"], "answers by the truth of images: name them"),
        (["planted:missing.toml", "--images", "tabletop:n=2"], "missing.toml"),
        (["openai:m@http://127.0.0.1:1/v1"], "is served already"),
        (["mini", "--images", "tabletop:n=2"], "leave --images out"),
        (["oracle", "--images", "./missing"], "does not exist"),
        (["oracle", "--port", "70000", "--images", "tabletop:n=2"], "--port"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["serve", *arguments]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str], scenes: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "oracle", "--images", str(scenes), "--port", port]) == 2
    assert "this port is taken: choose another one with --port" in capsys.readouterr().err
