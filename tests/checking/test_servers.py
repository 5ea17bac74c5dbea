"""What is said of a model behind a server: able ones, hostile ones, none at all."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image as Picture

from hostile import FAULTS, Act, Asked, Script, Server, answering, completion, failing
from scotoma.checking import Checked, check_specs
from scotoma.checking.asking import COLOUR, picture
from scotoma.models.keys import DEFAULT_KEY_ENV
from scotoma.serve import open_served
from serve.serving import serving


def checked(script: Script, **options: object) -> Checked:
    with Server(script) as server:
        return check_specs([server.spec(**options)])[0]


def able(asked: Asked) -> Act:
    """Does all that can be asked for."""
    text = "Red."
    if "response_format" in asked.body:
        text = json.dumps({"sure": True, "colour": "red"})
    elif asked.body["temperature"] > 0:
        text = f"Drawn with {asked.body['seed']}."
    body = json.loads(completion(text))
    if asked.body.get("logprobs"):
        body["choices"][0]["logprobs"] = {"content": [{"token": "Red", "logprob": -0.1}]}
    return Act(json.dumps(body).encode())


def without(refuses: Callable[[dict[str, Any]], bool], message: str, status: int = 400) -> Script:
    """An able server that refuses some requests."""
    refusal = json.dumps({"error": {"message": message}}).encode()
    return lambda asked: Act(refusal, status) if refuses(dict(asked.body)) else able(asked)


def has_picture(body: dict[str, Any]) -> bool:
    return not isinstance(body["messages"][-1]["content"], str)


def test_an_able_server_can_do_everything() -> None:
    with Server(able) as server:
        (found,) = check_specs([server.spec(price_in=1, price_out=10)])
        calls = server.calls
        shown = server.seen[0].body["messages"][-1]["content"][0]["image_url"]["url"]
    assert (found.kind, found.reached, found.problem, found.answer) == ("server", True, None, "Red.")
    abilities = (found.sees, found.schema, found.usage, found.samples, found.logprobs)
    assert [ability and ability.found for ability in abilities] == [True] * 5
    assert found.sees is not None
    assert found.sees.told == ""
    assert found.bill is not None
    assert (found.bill.price_in, found.bill.price_out) == (1, 10)
    assert found.bill.calls == calls == 6
    assert found.bill.tokens == 6 * 102
    assert math.isclose(found.bill.cost_usd or 0.0, 6 * (100 * 1 + 2 * 10) / 1e6)
    assert 0.0 < (found.bill.latency_s or 0.0) < 10.0
    with Picture.open(io.BytesIO(base64.b64decode(shown.partition(",")[2]))) as sent:
        assert sent.convert("RGB").tobytes() == picture().tobytes()


def test_a_server_that_ignores_what_it_is_asked_for_is_found_out() -> None:
    """As `transformers serve` and older servers do: no error, and no schema, log-probabilities or sampling either."""
    found = checked(answering(lambda asked: "A blue one"))
    assert found.reached
    assert found.sees is not None
    assert found.sees.found
    assert COLOUR in found.sees.told
    assert found.schema is not None
    assert (found.schema.found, found.schema.told[:6]) == (False, "taken ")
    assert found.samples is not None
    assert (found.samples.found, found.samples.told[:7]) == (False, "3 texts")
    assert found.logprobs is not None
    assert found.logprobs.found is False
    assert found.bill is not None
    assert (found.bill.price_in, found.bill.cost_usd) == (None, None)


def test_what_a_server_refuses_is_told_and_the_rest_is_found() -> None:
    found = checked(
        without(lambda body: "response_format" in body or "logprobs" in body, "that is not supported")
    )
    assert found.schema is not None
    assert (found.schema.found, found.schema.told[:7]) == (False, "refused")
    assert found.logprobs is not None
    assert (found.logprobs.found, "that is not supported" in found.logprobs.told) == (False, True)
    assert found.samples is not None
    assert found.samples.found


def test_newer_names_and_no_seed_are_no_obstacle() -> None:
    def picky(asked: Asked) -> Act:
        for name, told in (("max_tokens", "use max_completion_tokens"), ("seed", "seed is unknown")):
            if name in asked.body:
                return failing(400, told)(asked)
        return Act(completion("Red"))

    found = checked(picky)
    assert found.reached
    assert found.answer == "Red"


def test_a_model_without_eyes_is_reached_and_said_to_have_none() -> None:
    found = checked(without(has_picture, "image_url is not supported by this model"))
    assert found.reached
    assert found.sees is not None
    assert (found.sees.found, found.answer) == (False, None)
    assert "image_url is not supported" in found.sees.told
    assert found.schema is not None
    assert found.schema.found


def test_a_server_that_counts_nothing() -> None:
    body = json.dumps({"choices": [{"message": {"role": "assistant", "content": "Red"}}]}).encode()
    found = checked(lambda asked: Act(body), price_in=1, price_out=1)
    assert found.usage is not None
    assert (found.usage.found, "--max-usd" in found.usage.told) == (False, True)
    assert found.bill is not None
    assert (found.bill.tokens, found.bill.cost_usd) == (None, None)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (failing(401, "bad key"), "refuses the key"),
        (failing(404, "no such model"), "check the model's name"),
        (failing(402, "pay first"), "nothing left"),
        (failing(307, "gone", location="http://127.0.0.1:9/v1"), "sends us elsewhere"),
        (failing(500, "oops"), "HTTP 500"),
        (lambda asked: Act(completion(None)), "has no text"),
        *((lambda asked, fault=fault: fault(completion("red"), 10.0), "") for fault in FAULTS.values()),
    ],
)
def test_every_failure_is_one_line(script: Script, told: str) -> None:
    found = checked(script, timeout=20 if told else 0.3)
    assert found.reached is (found.problem is None)
    line = found.problem or (found.sees and found.sees.told) or ""
    assert told in line
    assert line.isprintable()
    assert not found.reached or found.answer == ""


def test_a_broken_server_is_asked_little() -> None:
    with Server(failing(503, "busy", retry_after="0")) as server:
        check_specs([server.spec()])
    assert server.calls <= 8
    with Server(lambda asked: Act(b"", wait_s=10.0)) as server:
        (found,) = check_specs([server.spec(timeout=1)])
    assert server.calls == 1
    assert "no answer within 1 s" in (found.problem or "")


def test_nobody_at_the_address() -> None:
    with Server(able) as server:
        gone = server.spec()
    (found,) = check_specs([gone])
    assert not found.reached
    assert "start the server" in (found.problem or "")


CANARY = "sk-canary-8d2c41f0"


def test_a_key_is_sent_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_KEY", CANARY)

    def echoing(asked: Asked) -> Act:
        key = asked.headers["authorization"]
        if asked.body.get("logprobs") or "response_format" in asked.body:
            return Act(b'{"error": {"message": "%s is not allowed this"}}' % key.encode(), 403)
        return Act(completion(f"Red, says {key}"))

    with Server(echoing) as server:
        found = check_specs([server.spec(key_env="CANARY_KEY"), server.spec(model=CANARY)])
        assert f"bearer {CANARY}" in {asked.headers["authorization"] for asked in server.seen}
    assert "Red, says bearer [key]" in {one.answer for one in found}
    assert CANARY not in repr(found)


def test_a_key_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISSING_KEY", raising=False)
    monkeypatch.delenv(DEFAULT_KEY_ENV, raising=False)
    with Server(able) as server:
        (found,) = check_specs([server.spec(key_env="MISSING_KEY")])
    assert not found.reached
    assert "MISSING_KEY is not set" in (found.problem or "")
    assert server.calls == 0


def test_our_own_server() -> None:
    with serving(open_served("mini")) as url:
        (found,) = check_specs([f"openai:mini@{url},price_in=0,price_out=0"])
    assert found.reached
    assert [ability and ability.found for ability in (found.sees, found.usage)] == [True, True]
    assert [ability and ability.found for ability in (found.schema, found.logprobs)] == [False, False]
    assert found.bill is not None
    assert found.bill.cost_usd == 0.0
