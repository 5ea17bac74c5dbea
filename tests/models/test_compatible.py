"""A model behind an OpenAI-compatible server: what is sent, what is made of what comes back. Real sockets."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import random
import traceback
from typing import Any

import pytest
from PIL import Image as Picture

from hostile import FAULTS, Act, Asked, Script, Server, answering, completion, failing
from scotoma.errors import CallFailed, ModelError
from scotoma.models.chat import Reply, Request
from scotoma.models.compatible import CompatibleCaller, open_compatible, prompt_bound
from scotoma.models.guard import Backoff
from scotoma.models.keys import Key, key_from_environment
from scotoma.models.opening import open_model
from scotoma.specs import Compatible, parse_candidate

ONCE = Backoff(attempts=1)
QUICK = Backoff(attempts=4, base_s=0.001, cap_s=0.002)


def spec(server: Server, **options: object) -> Compatible:
    parsed = parse_candidate(server.spec(**options))
    assert isinstance(parsed, Compatible)
    return parsed


def replies(server: Server, requests: list[Request], *, seed: int = 0, **options: Any) -> list[Reply]:
    backoff = options.pop("backoff", ONCE)
    model = open_compatible(spec(server, **options), max_new_tokens=16, backoff=backoff)
    return asyncio.run(model.reply(requests, seed=seed))


def reply_to(script: Script, request: Request | None = None, **options: Any) -> Reply:
    with Server(script) as server:
        return replies(server, [request or Request(None, "", "Hello?")], **options)[0]


def sent_by(request: Request, **options: Any) -> dict[str, Any]:
    with Server(answering()) as server:
        replies(server, [request], **options)
        return dict(server.seen[0].body)


def picture_in(body: dict[str, Any]) -> tuple[str, Picture.Image]:
    url = body["messages"][-1]["content"][0]["image_url"]["url"]
    kind, _, content = url.partition(";base64,")
    return kind, Picture.open(io.BytesIO(base64.b64decode(content)))


def noise(width: int, height: int) -> Picture.Image:
    return Picture.frombytes("RGB", (width, height), random.Random(0).randbytes(3 * width * height))


# ---- what is sent ---------------------------------------------------------------------------------------


def test_a_text_alone_with_all_that_it_comes_with() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    body = sent_by(Request(None, "", "Hello?", "Be brief.", schema), seed=5)
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello?"},
        ],
        "temperature": 0.0,
        "max_tokens": 16,
        "seed": 5,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": schema},
        },
    }


def test_a_small_picture_keeps_every_pixel() -> None:
    picture = noise(60, 40)
    body = sent_by(Request(picture, "id", "What?"))
    kind, sent = picture_in(body)
    assert kind == "data:image/png"
    assert sent.convert("RGB").tobytes() == picture.tobytes()
    assert body["messages"][0]["content"][1] == {"type": "text", "text": "What?"}


def test_a_large_picture_is_made_smaller_and_goes_as_jpeg() -> None:
    kind, sent = picture_in(sent_by(Request(noise(300, 200), "id", "What?"), max_side=96))
    assert kind == "data:image/jpeg"
    assert sent.size == (96, 64)
    kind, sent = picture_in(sent_by(Request(noise(700, 500), "id", "What?")))
    assert (kind, sent.size) == ("data:image/jpeg", (700, 500))


def test_orientation_is_applied() -> None:
    picture = noise(30, 20)
    picture.getexif()[0x0112] = 6  # turned by a quarter
    _, sent = picture_in(sent_by(Request(picture, "id", "What?")))
    assert sent.size == (20, 30)
    assert sent.getexif().get(0x0112, 1) == 1


def test_what_changes_a_reply_is_told_and_what_does_not_is_not() -> None:
    text = "openai:m@http://h/v1,price_in=1,rpm=5,concurrency=2,max_side=512,key_env=SOME_KEY"
    parsed = parse_candidate(text)
    assert isinstance(parsed, Compatible)
    caller = CompatibleCaller(parsed, Key("x", "SOME_KEY"), max_new_tokens=9, temperature=0.5)
    assert caller.name == "openai:m@http://h/v1"
    assert caller.parameters == {"max_new_tokens": 9, "temperature": 0.5, "max_side": 512}


# ---- what comes back ------------------------------------------------------------------------------------


def test_an_answer_with_its_tokens_and_its_price() -> None:
    reply = reply_to(answering(lambda asked: " Yes. \n"), price_in=2, price_out=10)
    assert (reply.text, reply.error) == ("Yes.", None)
    assert (reply.prompt_tokens, reply.completion_tokens) == (100, 2)
    assert reply.cost_usd == pytest.approx((100 * 2 + 2 * 10) / 1e6)
    assert reply.latency_s > 0.0


def test_a_price_that_is_not_known_is_none_and_not_zero() -> None:
    assert reply_to(answering()).cost_usd is None
    assert reply_to(answering(), price_in=1).cost_usd is None
    assert reply_to(answering(), price_in=0, price_out=0).cost_usd == 0.0
    without_usage = Act(b'{"choices": [{"message": {"content": "a"}}]}')
    reply = reply_to(lambda asked: without_usage, price_in=1, price_out=1)
    assert (reply.text, reply.cost_usd, reply.prompt_tokens) == ("a", None, None)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("429", "HTTP 429: slow down"),
        ("500", "HTTP 500: <html>oops</html>"),
        ("reset", "the connection broke in the middle of the answer"),
        ("stall", "no answer within 0.2 s"),
        ("truncated", "the body is no whole JSON"),
        ("long", "the answer has 1,000,000 characters where 16 tokens were asked for"),
        ("not utf-8", "the body is not UTF-8"),
    ],
)
def test_every_fault_ends_as_a_reason_and_what_may_pass_is_tried_again(fault: str, told: str) -> None:
    def script(asked: Asked) -> Act:
        return FAULTS[fault](completion("yes"), 10.0) if asked.attempt == 0 else Act(completion("yes"))

    patience_s = 0.2 if fault == "stall" else 20
    reply = reply_to(script, timeout=patience_s)
    assert reply.text is None
    assert (reply.error or "").startswith(told)
    again = reply_to(script, timeout=patience_s, backoff=QUICK)
    assert again.text == (None if fault == "long" else "yes")


def test_an_empty_answer_is_an_answer() -> None:
    assert reply_to(lambda asked: FAULTS["empty"](b"", 0.0)).text == ""


def test_a_body_cut_off_by_closing_is_a_broken_connection() -> None:
    reply = reply_to(lambda asked: Act(completion("yes"), closed_after=20))
    assert (reply.error or "").startswith("the connection broke in the middle of the answer")


def test_a_body_without_end_is_not_read_to_its_end() -> None:
    reply = reply_to(lambda asked: Act(b" " * 6_000_000))
    assert reply.error == "the body has more than 4,000,000 bytes"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (failing(401), "the server refuses the key (HTTP 401: no)"),
        (failing(402), "the account has nothing left"),
        (failing(404), "HTTP 404: no: check the model's name, and that the address ends with its path"),
        (failing(302, location="http://elsewhere/"), "the server sends us elsewhere"),
        (
            lambda asked: Act(b'{"error": {"code": "insufficient_quota", "message": "pay"}}', 429),
            "the account has nothing left (HTTP 429: pay)",
        ),
    ],
)
def test_what_no_request_can_get_past_is_told_at_once(script: Script, told: str) -> None:
    with Server(script) as server, pytest.raises(ModelError) as caught:
        replies(server, [Request(None, "", f"q{index}") for index in range(50)], backoff=QUICK)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"openai:m@{server.url}: ")
    assert server.calls == 1


def test_nobody_at_the_address() -> None:
    with Server(answering()) as server:
        gone = spec(server)
    model = open_compatible(gone, max_new_tokens=4, backoff=QUICK)
    with pytest.raises(
        ModelError, match=r"no connection could be made \(.+\): start the server, or correct the address"
    ):
        asyncio.run(model.reply([Request(None, "", "a")]))


def test_one_model_serves_one_event_loop_after_another() -> None:
    with Server(answering()) as server:
        model = open_model(spec(server), max_new_tokens=4)
        for _ in range(3):
            assert asyncio.run(model.reply([Request(None, "", "a")]))[0].text == "A"


# ---- what not every server takes --------------------------------------------------------------------------


def refusing(field: str, message: str) -> Script:
    """A server that refuses requests which hold a field."""
    body = b'{"error": {"message": "%s"}}' % message.encode()
    return lambda asked: Act(body, 400) if field in asked.body else Act(completion("yes"))


def test_the_limit_on_tokens_has_two_names() -> None:
    told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    with Server(refusing("max_tokens", told)) as server:
        found = replies(server, [Request(None, "", "a"), Request(None, "", "b")], backoff=QUICK)
    assert [reply.text for reply in found] == ["yes", "yes"]
    assert server.seen[-1].body["max_completion_tokens"] == 16
    assert server.calls == 3


def test_a_server_without_seeds_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    assert reply_to(refusing("seed", "Unsupported parameter: 'seed'"), backoff=QUICK).text == "yes"
    assert "takes no seed" in caplog.text


def test_a_server_without_schemas_is_asked_without_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    asked = [Request(None, "", f"q{index}", None, {"type": "object"}) for index in range(6)]
    with Server(refusing("response_format", "grammar")) as server:
        found = replies(server, asked, backoff=QUICK, concurrency=1)
    assert {reply.text for reply in found} == {"yes"}
    assert server.calls == 7
    assert caplog.text.count("takes no JSON schema") == 1


def test_a_bad_request_is_not_blamed_on_the_schema() -> None:
    def script(asked: Asked) -> Act:
        return Act(b'{"detail": "too long"}', 400) if asked.text == "q0" else Act(completion("yes"))

    asked = [Request(None, "", f"q{index}", None, {"type": "object"}) for index in range(3)]
    with Server(script) as server:
        found = replies(server, asked, backoff=QUICK, concurrency=1)
    assert [reply.error for reply in found] == ["HTTP 400: too long", None, None]
    assert "response_format" in server.seen[-1].body


# ---- what a call may use ------------------------------------------------------------------------------------


def test_the_bound_grows_with_what_the_server_counts() -> None:
    def script(asked: Asked) -> Act:
        return Act(completion("yes", prompt_tokens=8500, completion_tokens=64))

    with Server(script) as server:
        caller = CompatibleCaller(
            spec(server, price_in=1, price_out=1), Key("x", "K"), max_new_tokens=16, temperature=0.0
        )
        request = Request(noise(224, 224), "id", "What?")
        before = caller.bound(request)
        assert (before.prompt_tokens, before.completion_tokens) == (64 + 5 + 256, 16)
        assert before.cost_usd == pytest.approx((64 + 5 + 256 + 16) / 1e6)

        async def once() -> Reply:
            async with caller.connect() as call:
                return await call(request, 0)

        asyncio.run(once())
    after = caller.bound(request)
    assert (after.prompt_tokens, after.completion_tokens) == (8500, 64)
    assert prompt_bound(Request(noise(100, 50), "", "é"), 50) == 64 + 2 + 4 * 2


# ---- keys ---------------------------------------------------------------------------------------------------

CANARY = "sk-canary-0123456789"


def test_the_key_is_sent_and_shown_to_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CANARY_KEY", CANARY)
    caplog.set_level(logging.DEBUG)

    def script(asked: Asked) -> Act:
        # What is sent back is the sharpest test: the server knows the key.
        told = asked.headers["authorization"]
        if asked.text == "refuse":
            return Act(b'{"error": {"message": "bad key %s"}}' % told.encode(), 401)
        return Act(completion(f"you are {told}"))

    with Server(script) as server:
        model = open_compatible(spec(server, key_env="CANARY_KEY"), max_new_tokens=16, backoff=ONCE)
        reply = asyncio.run(model.reply([Request(None, "", "a")]))[0]
        with pytest.raises(ModelError) as caught:
            asyncio.run(model.reply([Request(None, "", "refuse")]))
    assert server.seen[0].headers["authorization"] == f"bearer {CANARY}"
    assert reply.text == "you are bearer [key]"
    shown = [repr(model), repr(vars(model)), repr(vars(model._caller)), str(model.parameters), model.name]
    shown += ["".join(traceback.format_exception(caught.value)), caplog.text]
    assert not [text for text in shown if "canary-0" in text]


def test_a_key_that_is_asked_for_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("ODD_KEY", "a\nb")
    assert key_from_environment(None, "m").reveal() == "none"
    with pytest.raises(ModelError, match="variable MISSING_KEY is not set"):
        key_from_environment("MISSING_KEY", "m")
    with pytest.raises(ModelError, match="ODD_KEY holds no key"):
        key_from_environment("ODD_KEY", "m")
    assert key_from_environment(None, "m").scrub("none of them") == "none of them"


def test_a_failed_call_is_an_error_with_one_line() -> None:
    failure = CallFailed("HTTP 500: x", transient=True)
    assert str(failure) == failure.reason == "HTTP 500: x"
