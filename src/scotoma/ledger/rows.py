"""Image, Probe, StoredCall <-> a row of SQLite. Reading a row gives a record equal to the one stored.

Two things that SQLite cannot carry are settled here. A lone surrogate, which has no UTF-8 form and which
an untrusted model can send inside JSON, is stored as U+FFFD. A number that is not finite is refused: SQLite
would turn NaN into NULL, which means "unscorable" in a ledger.
"""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any, overload

from scotoma.errors import LedgerError
from scotoma.ledger.calls import FailedCall, StoredCall
from scotoma.records import Answer, Image, Probe, Question, Verdict

Row = tuple[Any, ...]

IMAGE_COLUMNS = "id, source, width, height, uri, truth"
PROBE_COLUMNS = (
    "phase, step, grp, member, image_id, question, questioner, prompt, candidate, answer, latency_s, "
    "cost_usd, error, valid, correct, reference, reason, evidence, skills, rewards, reward, seed"
)
CALL_COLUMNS = "key, request, response, latency_s, cost_usd, role, prompt_tokens, completion_tokens"
FAILED_CALL_COLUMNS = "key, error, role, latency_s, cost_usd, tokens"

SPENT = (
    "SELECT count(*), coalesce(sum(coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)), 0), "
    "coalesce(sum(cost_usd), 0.0), count(*) - count(cost_usd) FROM calls WHERE ?1 IS NULL OR role = ?1",
    "SELECT count(*), coalesce(sum(tokens), 0), coalesce(sum(cost_usd), 0.0), 0 FROM failed_calls "
    "WHERE ?1 IS NULL OR role = ?1",
)
"""The fields of `Spent`, of finished calls and of failed ones, for a role or (NULL) for all."""

_MEASURED = (10, 11)
"""Places of latency_s and cost_usd in a probe's row: they differ when a probe is made again."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@overload
def clean(text: str) -> str: ...
@overload
def clean(text: None) -> None: ...
def clean(text: str | None) -> str | None:
    """The text with lone surrogates replaced by U+FFFD."""
    return None if text is None else _SURROGATE.sub("\ufffd", text)


def finite(value: float, what: str) -> float:
    """The value as a plain float (NumPy scalars included). Raises LedgerError if it is NaN or infinite."""
    number = float(value)
    if not math.isfinite(number):
        raise LedgerError(f"{what} is {number}: the ledger keeps finite numbers only")
    return number


def to_json(value: Any, what: str) -> str:
    """Compact JSON. Raises LedgerError if the value is not JSON-ready or holds NaN or infinity."""
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise LedgerError(f"{what} cannot be stored as JSON: {error}") from error


def image_row(image: Image) -> Row:
    """In the order of IMAGE_COLUMNS. Truth becomes JSON: tuples come back as lists."""
    truth = None if image.truth is None else to_json(image.truth, f"the truth of image {image.id}")
    width, height = operator.index(image.width), operator.index(image.height)
    return (clean(image.id), clean(image.source), width, height, clean(image.uri), truth)


def image_from_row(row: Row) -> Image:
    """The reverse of `image_row`."""
    identity, source, width, height, uri, truth = row
    return Image(identity, source, width, height, uri, None if truth is None else json.loads(truth))


def probe_row(probe: Probe) -> Row:
    """In the order of PROBE_COLUMNS."""
    question, verdict = probe.question, probe.verdict
    place = (operator.index(probe.step), operator.index(probe.group), operator.index(probe.member))
    what = f"probe {probe.key}"
    return (
        clean(probe.phase),
        *place,
        clean(probe.image_id),
        clean(question.text),
        clean(question.questioner),
        clean(question.prompt),
        *_answer_cells(probe.answer, what),
        _flag(verdict.valid),
        _flag(verdict.correct),
        clean(verdict.reference),
        clean(verdict.reason),
        clean(verdict.evidence),
        to_json([clean(skill) for skill in verdict.skills], what),
        to_json(_reward_terms(probe.rewards, what), what),
        None if probe.reward is None else finite(probe.reward, f"{what}: reward"),
        str(operator.index(probe.seed)),
    )


def probe_from_row(row: Row) -> Probe:
    """The reverse of `probe_row`."""
    phase, step, group, member, image_id, text, questioner, prompt, *rest = row
    candidate, answer, latency_s, cost_usd, error, valid, correct, *rest = rest
    reference, reason, evidence, skills, rewards, reward, seed = rest
    return Probe(
        phase=phase,
        step=step,
        group=group,
        member=member,
        image_id=image_id,
        question=Question(text, questioner, prompt),
        answer=None if candidate is None else Answer(answer, candidate, latency_s, cost_usd, error),
        verdict=Verdict(
            _unflag(valid), _unflag(correct), reference, reason, evidence, tuple(json.loads(skills))
        ),
        rewards=json.loads(rewards),
        reward=reward,
        seed=int(seed),
    )


def same_probe(first: Row, second: Row) -> bool:
    """Do two probe rows say the same, whatever the clock and the bill said?"""
    return _content(first) == _content(second)


def call_row(call: StoredCall) -> Row:
    """In the order of CALL_COLUMNS."""
    what = f"call {call.key}"
    latency_s = finite(call.latency_s, f"{what}: latency_s")
    cost_usd = _price(call.cost_usd, what)
    said = (clean(call.request), clean(call.response))
    return (
        call.key,
        *said,
        latency_s,
        cost_usd,
        clean(call.role),
        call.prompt_tokens,
        call.completion_tokens,
    )


def call_from_row(row: Row) -> StoredCall:
    """The reverse of `call_row`."""
    return StoredCall(*row)


def failed_call_row(call: FailedCall) -> Row:
    """In the order of FAILED_CALL_COLUMNS."""
    what = f"failed call {call.key}"
    latency_s = finite(call.latency_s, f"{what}: latency_s")
    cost_usd = finite(call.cost_usd, f"{what}: cost_usd")
    return (call.key, clean(call.error), clean(call.role), latency_s, cost_usd, operator.index(call.tokens))


def _price(cost_usd: float | None, what: str) -> float | None:
    return None if cost_usd is None else finite(cost_usd, f"{what}: cost_usd")


def _content(row: Sequence[Any]) -> list[Any]:
    return [cell for place, cell in enumerate(row) if place not in _MEASURED]


def _answer_cells(answer: Answer | None, what: str) -> Row:
    if answer is None:
        return (None, None, None, None, None)
    latency_s = finite(answer.latency_s, f"{what}: latency_s")
    cost_usd = _price(answer.cost_usd, what)
    return (clean(answer.candidate), clean(answer.text), latency_s, cost_usd, clean(answer.error))


def _reward_terms(rewards: Mapping[str, float | None], what: str) -> dict[str, float | None]:
    # Sorted, so that the same terms in another order are the same row.
    return {
        clean(term): None if value is None else finite(value, f"{what}: reward term {term!r}")
        for term, value in sorted(rewards.items())
    }


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _unflag(cell: int | None) -> bool | None:
    return None if cell is None else bool(cell)
