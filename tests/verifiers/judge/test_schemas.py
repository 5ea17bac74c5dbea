"""Replies as models really write them; the JSON Schemas ask for what the readers read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from scotoma.verifiers.judge.schemas import (
    CHECKLIST,
    CHECKS,
    COMPARISON,
    MOST_CHARS,
    OWN_ANSWER,
    Checklist,
    Comparison,
    OwnAnswer,
    Reading,
)


def example(schema: dict[str, Any]) -> Any:
    """Some value that fits a schema of ours."""
    match schema["type"]:
        case "object":
            return {name: example(schema["properties"][name]) for name in schema["required"]}
        case "boolean":
            return True
    return schema.get("enum", ["text"])[0]


@pytest.mark.parametrize(
    ("schema", "model"), [(CHECKLIST, Checklist), (OWN_ANSWER, OwnAnswer), (COMPARISON, Comparison)]
)
def test_what_a_schema_asks_for_is_read(schema: dict[str, Any], model: type[Reading]) -> None:
    assert set(schema["properties"]) == set(schema["required"]) == set(model.model_fields)
    assert schema["additionalProperties"] is False
    model.model_validate(json.loads(json.dumps(example(schema))))


def test_the_reason_comes_before_the_decision() -> None:
    assert list(COMPARISON["properties"]) == ["why", "verdict"]
    assert all(list(point["properties"]) == ["why", "holds"] for point in CHECKLIST["properties"].values())


@pytest.mark.parametrize(
    ("said", "holds"), [(True, True), ("True", True), (" no ", False), ({"holds": "false"}, False)]
)
def test_points_in_careless_forms(said: object, holds: bool) -> None:
    checklist = Checklist.model_validate(dict.fromkeys(CHECKS, said))
    assert all(checklist.point(name).holds is holds for name in CHECKS)


@pytest.mark.parametrize(
    "said", [None, 1, 0.5, "perhaps", [], {}, {"why": "x"}, {"holds": None}, {"holds": 1}]
)
def test_a_point_that_says_nothing_is_refused(said: object) -> None:
    with pytest.raises(ValidationError):
        Checklist.model_validate(dict.fromkeys(CHECKS, True) | {CHECKS[3]: said})


def test_every_point_must_be_there_and_the_first_failing_one_is_named() -> None:
    with pytest.raises(ValidationError):
        Checklist.model_validate(dict.fromkeys(CHECKS[1:], True))
    checklist = Checklist.model_validate(dict.fromkeys(CHECKS, True) | {CHECKS[4]: False, CHECKS[2]: False})
    assert checklist.failing() == CHECKS[2]
    assert Checklist.model_validate(dict.fromkeys(CHECKS, True)).failing() is None


@pytest.mark.parametrize(
    ("said", "answer"),
    [("red", "red"), (3, "3"), (True, "yes"), (False, "no"), (None, ""), ("x" * 999, "x" * MOST_CHARS)],
)
def test_answers_of_any_type(said: object, answer: str) -> None:
    assert OwnAnswer.model_validate({"answer": said}) == OwnAnswer(answer=answer, can_tell=True, why="")


def test_a_verdict_that_is_none_of_the_three_is_refused() -> None:
    for said in ("correct", "", None, True, ["same"]):
        with pytest.raises(ValidationError):
            Comparison.model_validate({"verdict": said})
