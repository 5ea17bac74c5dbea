"""Questions about sets of objects + Scene -> (answer, evidence): existence, counts, and both compared."""

from __future__ import annotations

from collections.abc import Callable

from scotoma.tabletop.oracle import giveaway
from scotoma.tabletop.oracle.membership import doubtful, members
from scotoma.tabletop.oracle.phrases import describe, names_of
from scotoma.tabletop.oracle.truth import Doubt, Truth, conjunction, disjunction, given_away, yes_no
from scotoma.tabletop.program import Both, CompareCounts, Count, Either, Exists, Ref
from scotoma.tabletop.scene import Scene, SceneObject


def answer(program: Exists | Count | CompareCounts | Both | Either, scene: Scene) -> tuple[str, str]:
    """(answer, evidence) of a question about sets. Raises Refused."""
    match program:
        case Exists(ref):
            return _exists(ref, scene)
        case Count(ref):
            return _count(ref, scene)
        case CompareCounts():
            return _compare_counts(program, scene)
        case Both(first, second):
            return _two_exist(first, second, scene, conjunction)
        case Either(first, second):
            return _two_exist(first, second, scene, disjunction)


def _sure(truth_N: list[Truth], scene: Scene) -> list[SceneObject]:
    return [thing for thing, value in zip(scene.objects, truth_N, strict=True) if value is True]


def _decided(value: Truth, truth_N: list[Truth], ref: Ref, scene: Scene) -> bool:
    """The value, or Refused with the object whose membership leaves it open."""
    if not isinstance(value, Doubt):
        return value
    thing = scene.objects[truth_N.index(value)]
    raise doubtful(value, thing, ref)


def _exists(ref: Ref, scene: Scene) -> tuple[str, str]:
    truth_N = members(ref, scene)
    given_away(giveaway.exists_gives_away(ref))
    found = _decided(disjunction(truth_N), truth_N, ref, scene)
    return yes_no(found), f"Objects that match '{describe(ref)}': {names_of(_sure(truth_N, scene))}."


def _two_exist(
    first: Ref, second: Ref, scene: Scene, join: Callable[[tuple[Truth, ...]], Truth]
) -> tuple[str, str]:
    truths = (members(first, scene), members(second, scene))
    for ref in (first, second):
        given_away(giveaway.exists_gives_away(ref))
    given_away(giveaway.two_give_away(first, second))
    found = tuple(disjunction(truth_N) for truth_N in truths)
    joined = join(found)
    if isinstance(joined, Doubt):
        which = found.index(joined)
        _decided(joined, truths[which], (first, second)[which], scene)
    parts = (
        f"'{describe(ref)}': {names_of(_sure(truth_N, scene))}"
        for ref, truth_N in zip((first, second), truths, strict=True)
    )
    return yes_no(joined is True), f"Objects that match {'; '.join(parts)}."


def _count(ref: Ref, scene: Scene) -> tuple[str, str]:
    truth_N = members(ref, scene)
    given_away(giveaway.set_gives_away(ref))
    for value in truth_N:
        if isinstance(value, Doubt):
            _decided(value, truth_N, ref, scene)
    sure = _sure(truth_N, scene)
    return str(len(sure)), f"Objects that match '{describe(ref)}': {names_of(sure)}."


def _compare_counts(program: CompareCounts, scene: Scene) -> tuple[str, str]:
    first, second = program.first, program.second
    truths = members(first, scene), members(second, scene)
    for ref in (first, second):
        given_away(giveaway.set_gives_away(ref))
    given_away(giveaway.comparison_gives_away(first, second))
    low = [sum(value is True for value in truth_N) for truth_N in truths]
    high = [sum(value is not False for value in truth_N) for truth_N in truths]
    always, never = _counts_compare(program.op, low, high)
    if not always and not never:
        which = 0 if low[0] != high[0] else 1
        doubt = next(value for value in truths[which] if isinstance(value, Doubt))
        _decided(doubt, truths[which], (first, second)[which], scene)
    counted = (f"{n} x '{describe(ref)}'" for n, ref in zip(low, (first, second), strict=True))
    return yes_no(always), f"There are {' and '.join(counted)} to be seen."


def _counts_compare(op: str, low: list[int], high: list[int]) -> tuple[bool, bool]:
    """(holds for all counts between low and high, holds for none)."""
    if op == "more":
        return low[0] > high[1], high[0] <= low[1]
    if op == "fewer":
        return high[0] < low[1], low[0] >= high[1]
    return low == high and low[0] == low[1], low[0] > high[1] or low[1] > high[0]
