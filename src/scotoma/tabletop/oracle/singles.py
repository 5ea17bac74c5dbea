"""Question about named objects + Scene -> (answer, evidence): what, whether, which side, compared."""

from __future__ import annotations

from scotoma.tabletop.oracle import giveaway, measures
from scotoma.tabletop.oracle.membership import holds, referent, viewpoint
from scotoma.tabletop.oracle.phrases import describe, name_of, say
from scotoma.tabletop.oracle.tree import anchors_of
from scotoma.tabletop.oracle.truth import Doubt, Refused, conjunction, given_away, yes_no
from scotoma.tabletop.program import (
    Attribute,
    AttributeKey,
    Between,
    CompareSizes,
    Query,
    QueryKey,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Verify,
    WhichSide,
)
from scotoma.tabletop.scene import Scene, SceneObject

Filters = tuple[Attribute | Relation | Between | SeenFrom, ...]


def answer(
    program: Query | Verify | WhichSide | CompareSizes | SameAttribute, scene: Scene
) -> tuple[str, str]:
    """(answer, evidence) of a question about named objects. Raises Refused."""
    match program:
        case Query(key, ref):
            return _query(key, ref, scene)
        case Verify(ref, filters):
            return _verify(ref, filters, scene)
        case WhichSide(ref, anchor):
            return _which_side(ref, anchor, scene)
        case CompareSizes():
            return _compare_sizes(program, scene)
        case SameAttribute():
            return _same_attribute(program, scene)


def _query(key: QueryKey, ref: Ref, scene: Scene) -> tuple[str, str]:
    thing = referent(ref, scene)
    given_away(giveaway.query_gives_away(key, ref))
    if key == "shape":
        if thing.family != measures.BLOCK_FAMILY:
            raise Refused("false_premise", f"Only blocks have a shape to name; {name_of(thing)} is none.")
        return thing.category, f"'{describe(ref)}' is {name_of(thing)}."
    own = _value(thing, key)
    return own, f"'{describe(ref)}' is {name_of(thing)}; its {key} is {own}."


def _value(thing: SceneObject, key: AttributeKey) -> str:
    """The value of an attribute that the object must have for the question to make sense."""
    own = measures.value_of(thing, key)
    if own is None:
        lack = "text on it" if key == "text" else "front"
        raise Refused("false_premise", f"{_start(name_of(thing))} has no {lack}.")
    if isinstance(own, Doubt):
        raise Refused(own.value, f"The {key} of {name_of(thing)} cannot be told.")
    return own


def _verify(ref: Ref, filters: Filters, scene: Scene) -> tuple[str, str]:
    thing = referent(ref, scene)
    for part in filters:
        if isinstance(part, Attribute) and measures.value_of(thing, part.key) is None:
            _value(thing, part.key)
        if any(referent(anchor, scene).id == thing.id for anchor in anchors_of(part)):
            given_away(f"The question compares {name_of(thing)} with itself.")
    given_away(giveaway.verify_gives_away(ref, filters, thing.id, lambda phrase: referent(phrase, scene).id))
    values = [holds(part, scene)(thing) for part in filters]
    value = conjunction(values)
    words = " and ".join(say(part) for part in filters)
    if isinstance(value, Doubt):
        raise Refused(value.value, f"Whether {name_of(thing)} is {words} cannot be told.")
    return yes_no(value), f"'{describe(ref)}' is {name_of(thing)}; it is {'' if value else 'not '}{words}."


def _which_side(ref: Ref, anchor: Ref, scene: Scene) -> tuple[str, str]:
    thing, viewer = referent(ref, scene), viewpoint(anchor, scene)
    _differ(thing, viewer)
    given_away(
        giveaway.verify_gives_away(
            ref, (SeenFrom("left", anchor),), thing.id, lambda phrase: referent(phrase, scene).id
        )
    )
    side = measures.side_seen_from(viewer, thing)
    if isinstance(side, Doubt):
        raise Refused(side.value, f"{_start(name_of(thing))} is hardly to either side of {name_of(viewer)}.")
    return side, f"Seen from {name_of(viewer)}, {name_of(thing)} is on the {side}."


def _compare_sizes(program: CompareSizes, scene: Scene) -> tuple[str, str]:
    first, second = referent(program.first, scene), referent(program.second, scene)
    _differ(first, second)
    given_away(giveaway.sizes_give_away(program))
    if first.size == second.size:
        raise Refused("thin_margin", f"{_start(name_of(first))} and {name_of(second)} are of one size class.")
    wanted = "large" if program.op == "larger" else "small"
    return yes_no(first.size == wanted), f"They are {name_of(first)} and {name_of(second)}."


def _same_attribute(program: SameAttribute, scene: Scene) -> tuple[str, str]:
    first, second = referent(program.first, scene), referent(program.second, scene)
    _differ(first, second)
    given_away(giveaway.sameness_gives_away(program))
    for ref, other in ((program.first, second), (program.second, first)):
        for part in ref.filters:
            match part:
                case SameAs(key, anchor) if key == program.key and referent(anchor, scene).id == other.id:
                    given_away(f"'{describe(ref)}' already says that the {key} is the same.")
    same = measures.alike(first, program.key, second)
    return yes_no(same), f"They are {name_of(first)} and {name_of(second)}."


def _differ(first: SceneObject, second: SceneObject) -> None:
    if first.id == second.id:
        given_away(f"The question compares {name_of(first)} with itself.")


def _start(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
