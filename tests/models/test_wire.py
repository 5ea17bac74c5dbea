"""Bodies of servers that mean well, and of those that do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.errors import CallFailed, ModelError
from scotoma.models.chat import Reply
from scotoma.models.keys import Key
from scotoma.models.wire import Prices, reply_of, server_message, status_failure

KEY = Key("secret-key", "K")
FREE = Prices(0.0, 0.0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(body: bytes | dict[str, Any]) -> Reply:
    return reply_of(body if isinstance(body, bytes) else json.dumps(body).encode(), FREE, 16, KEY)


def saying(**message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "length"}]}


def test_texts_in_every_form_that_servers_use() -> None:
    assert read(saying(content=" a ")).text == "a"
    assert read(saying(content=[{"type": "text", "text": "a"}, {"text": "b"}, 7])).text == "ab"
    assert read(saying(content=None, refusal="No.")).text == "No."
    assert read(saying(content="lone \ud800 surrogate")).text == "lone ? surrogate"
    assert read(saying(content="it is secret-key")).text == "it is [key]"


@pytest.mark.parametrize(
    ("body", "told", "transient"),
    [
        (b"[" * 100_000, "no whole JSON", True),
        (b"1" * 10_000, "no whole JSON", True),
        (b"[]", "no JSON object", True),
        ({}, "holds no answer", True),
        ({"choices": []}, "holds no answer", True),
        ({"choices": ["a"]}, "holds no answer", True),
        ({"choices": [{"message": "a"}]}, "holds no answer", True),
        ({"error": {"message": "over\nloaded"}}, "the server says: over loaded", True),
        (saying(content=None), "no text (finish_reason 'length')", False),
        (saying(content=7), "no text", False),
        (saying(content="a" * 5000), "5,000 characters where 16 tokens", False),
    ],
)
def test_what_is_no_answer_has_a_reason(body: Any, told: str, transient: bool) -> None:
    with pytest.raises(CallFailed) as caught:
        read(body)
    assert told in caught.value.reason
    assert caught.value.transient is transient


@pytest.mark.parametrize(
    "usage",
    [
        None,
        [],
        {},
        {"prompt_tokens": -1},
        {"prompt_tokens": 1.5},
        {"prompt_tokens": True},
        {"prompt_tokens": 10**10},
    ],
)
def test_a_count_that_cannot_be_is_not_known(usage: Any) -> None:
    assert read(saying(content="a") | {"usage": usage}).prompt_tokens is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "error", "usage", "prompt_tokens", "text"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_a_reply_or_a_reason(body: bytes) -> None:
    try:
        reply = read(body)
    except CallFailed as failure:
        assert failure.reason.isprintable()
        assert len(failure.reason) < 300
    else:
        assert reply.text is not None


@given(JSON)
def test_any_message_is_one_short_line(body: Any) -> None:
    said = server_message(body, KEY)
    assert said.isprintable()
    assert 0 < len(said) <= 200


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_statuses_that_may_pass(status: int) -> None:
    failure = status_failure(status, {"retry-after": "3"}, None, KEY, NOW)
    assert isinstance(failure, CallFailed)
    assert failure.transient
    assert failure.retry_after_s == 3.0


@pytest.mark.parametrize("status", [400, 403, 413, 415, 422])
def test_statuses_that_stay(status: int) -> None:
    failure = status_failure(status, {}, {"message": "bad secret-key"}, KEY, NOW)
    assert isinstance(failure, CallFailed)
    assert not failure.transient
    assert failure.reason == f"HTTP {status}: bad [key]"


@pytest.mark.parametrize("status", [301, 401, 402, 404, 405])
def test_statuses_that_no_request_gets_past(status: int) -> None:
    assert isinstance(status_failure(status, {}, None, KEY, NOW), ModelError)
