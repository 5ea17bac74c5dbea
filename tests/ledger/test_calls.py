"""Model calls: one key a request, one answer a key."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.examples import TEXTS
from scotoma.errors import LedgerError
from scotoma.ledger import Ledger, StoredCall, call_key

BASE = {
    "model": "mini",
    "parameters": {"temperature": 0.0, "n": 1},
    "image_id": "i0",
    "messages": "Is it red?",
}


def test_a_key_is_a_digest_that_does_not_depend_on_dict_order():
    key = call_key("mini", {"n": 1, "temperature": 0.0}, "i0", "Is it red?", 0)
    assert key == call_key(**BASE)
    assert len(key) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other"},
        {"parameters": {"temperature": 0.5, "n": 1}},
        {"image_id": "i1"},
        {"messages": "Is it blue?"},
        {"messages": [{"role": "user", "content": "Is it red?"}]},
        {"repeat": 1},
    ],
)
def test_whatever_changes_the_answer_changes_the_key(change):
    assert call_key(**{**BASE, **change}) != call_key(**BASE)


@given(st.tuples(TEXTS, TEXTS, TEXTS), st.tuples(TEXTS, TEXTS, TEXTS))
def test_different_requests_have_different_keys(first, second):
    keys = [call_key(model, {}, image, text) for model, image, text in (first, second)]
    assert (keys[0] == keys[1]) == (first == second)


def test_a_request_that_json_cannot_tell_apart_has_no_key():
    with pytest.raises(ValueError, match="JSON"):
        call_key("mini", {"temperature": float("nan")}, "i0", "?")
    with pytest.raises(TypeError):
        call_key("mini", {"stop": {1, 2}}, "i0", "?")


def test_calls_are_kept_under_their_key_and_the_first_answer_stays(ledger):
    assert ledger.call("k1") is None
    ledger.store_calls([StoredCall("k1", "Is it red?", "yes", 0.25, 0.001)])
    ledger.store_calls([StoredCall("k1", "Is it red?", "no", 0.5, 0.001)])
    assert ledger.call("k1") == StoredCall("k1", "Is it red?", "yes", 0.25, 0.001, "candidate")


@settings(max_examples=20)
@given(st.lists(st.builds(StoredCall, key=TEXTS, request=TEXTS, response=TEXTS), max_size=4))
def test_calls_hold_any_text(calls):
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "run", {}, {}) as ledger:
        ledger.store_calls(calls)
        first: dict[str, StoredCall] = {}
        for call in calls:
            first.setdefault(call.key, call)
        assert ledger.calls([call.key for call in calls]) == first


def test_many_keys_are_looked_up_at_once(ledger, monkeypatch):
    monkeypatch.setattr("scotoma.ledger.store._PAGE", 10)
    ledger.store_calls([StoredCall(f"k{i}", "?", str(i)) for i in range(0, 60, 2)])
    found = ledger.calls([f"k{i}" for i in range(60)])
    assert {key: call.response for key, call in found.items()} == {f"k{i}": str(i) for i in range(0, 60, 2)}


def test_calls_are_counted_by_role(ledger):
    ledger.store_calls(
        [StoredCall("a", "?", "yes"), StoredCall("b", "?", "no"), StoredCall("c", "?", "x", role="verifier")]
    )
    assert (ledger.call_count(), ledger.call_count("candidate"), ledger.call_count("verifier")) == (3, 2, 1)
    assert ledger.call_count("nobody") == 0


def test_a_latency_that_is_not_a_number_is_refused(ledger):
    with pytest.raises(LedgerError, match="latency_s is nan"):
        ledger.store_calls([StoredCall("k", "?", "yes", latency_s=float("nan"))])
    assert ledger.call_count() == 0
