"""Ref + Scene -> which objects it means: a truth value for each, or the one object that it names.

members   filters, then `Nearest`, then the pick: truth_N, one value for each of the scene's N objects
referent  the only member, or `Refused` with the reason why there is no such object
"""

from __future__ import annotations

from collections.abc import Callable

from scotoma.tabletop.oracle import measures
from scotoma.tabletop.oracle.phrases import describe, names_of
from scotoma.tabletop.oracle.truth import (
    Doubt,
    Refused,
    Truth,
    between_bounds,
    conjunction,
    disjunction,
    negation,
)
from scotoma.tabletop.program import (
    Attribute,
    Between,
    Direction,
    End,
    Filter,
    Nearest,
    Not,
    Noun,
    Or,
    Pick,
    Ref,
    Relation,
    SameAs,
    SeenFrom,
    Superlative,
)
from scotoma.tabletop.scene import Scene, SceneObject

Test = Callable[[SceneObject], Truth]

_DOUBTS = {
    Doubt.THIN_MARGIN: "it is too close to call whether {things} is {ref}",
    Doubt.LOW_VISIBILITY: "too little shows of {things} to tell whether it is {ref}",
    Doubt.FALSE_PREMISE: "it makes no sense to ask whether {things} is {ref}",
}


def members(ref: Ref, scene: Scene) -> list[Truth]:
    """truth_N: is each object of the scene one that the noun phrase means?

    A negated or plain relation never means its own anchor. `Nearest` chooses among the objects that all other
    filters leave, and the pick among those that remain. Raises Refused if an anchor names no single object.
    """
    things = scene.objects
    truth_N: list[Truth] = [measures.seen(thing) if is_a(thing, ref.noun) else False for thing in things]
    for part in ref.filters:
        if isinstance(part, Nearest):
            continue
        test = holds(part, scene)
        for i, thing in enumerate(things):
            if truth_N[i] is not False:
                truth_N[i] = conjunction((truth_N[i], test(thing)))
    nearest = [part for part in ref.filters if isinstance(part, Nearest)]
    if nearest:
        chosen = [_nearest(truth_N, things, referent(part.anchor, scene)) for part in nearest]
        truth_N = [conjunction(values) for values in zip(*chosen, strict=True)]
    return truth_N if ref.pick is None else _picked(truth_N, things, ref.pick)


def referent(ref: Ref, scene: Scene) -> SceneObject:
    """The one object that the noun phrase names. Raises Refused if there is none, several, or a doubt."""
    truth_N = members(ref, scene)
    sure = [thing for thing, value in zip(scene.objects, truth_N, strict=True) if value is True]
    if len(sure) > 1:
        raise Refused("ambiguous_referent", f"{len(sure)} objects match '{describe(ref)}': {names_of(sure)}.")
    for thing, value in zip(scene.objects, truth_N, strict=True):
        if isinstance(value, Doubt):
            raise doubtful(value, thing, ref)
    if not sure:
        raise Refused("no_referent", f"No object matches '{describe(ref)}'.")
    return sure[0]


def doubtful(doubt: Doubt, thing: SceneObject, ref: Ref) -> Refused:
    """The refusal that an undecided membership leads to."""
    sentence = _DOUBTS[doubt].format(things=names_of((thing,)), ref=f"'{describe(ref)}'")
    return Refused(doubt.value, sentence[0].upper() + sentence[1:] + ".")


def is_a(thing: SceneObject, noun: Noun) -> bool:
    """Does the noun name this kind of thing?"""
    if noun.kind == "object":
        return True
    return (thing.category if noun.kind == "category" else thing.family) == noun.name


def holds(part: Filter, scene: Scene) -> Test:
    """The filter as a test of single objects, its anchors looked up once. `Nearest` is none."""
    match part:
        case Attribute(key, value):
            return lambda thing: measures.has(thing, key, value)
        case Relation(direction, anchor_ref):
            anchor = referent(anchor_ref, scene)
            return lambda thing: thing.id != anchor.id and measures.stands(thing, direction, anchor)
        case Between(first_ref, second_ref):
            return _between(referent(first_ref, scene), referent(second_ref, scene))
        case SeenFrom(side, anchor_ref):
            viewer = viewpoint(anchor_ref, scene)
            return lambda thing: thing.id != viewer.id and measures.on_side(thing, side, viewer)
        case SameAs(shared, anchor_ref):
            model = referent(anchor_ref, scene)
            return lambda thing: thing.id != model.id and measures.alike(thing, shared, model)
        case Not(Attribute(key, value)):
            return lambda thing: _lacks(thing, Attribute(key, value))
        case Not(Relation(direction, anchor_ref)):
            other = referent(anchor_ref, scene)
            return lambda thing: thing.id != other.id and negation(measures.stands(thing, direction, other))
        case Or(first, second):
            return lambda thing: disjunction(
                (measures.has(thing, first.key, first.value), measures.has(thing, second.key, second.value))
            )
    raise TypeError(f"not a test of single objects: {part}")


def viewpoint(ref: Ref, scene: Scene) -> SceneObject:
    """The object that the noun phrase names, which must have a front to see from, or else Refused."""
    thing = referent(ref, scene)
    if not thing.has_front:
        raise Refused(
            "false_premise", f"{describe(ref).capitalize()} has no front, so nothing is seen from it."
        )
    return thing


def _between(first: SceneObject, second: SceneObject) -> Test:
    if first.id == second.id:
        raise Refused("gives_itself_away", "Nothing lies between an object and itself.")
    anchors = (first.id, second.id)
    return lambda thing: thing.id not in anchors and measures.lies_between(thing, first, second)


def _lacks(thing: SceneObject, part: Attribute) -> Truth:
    """Negated attribute. Whether a thing without a front is "not facing left" is anyone's guess: a doubt."""
    own = measures.value_of(thing, part.key)
    if own is None:
        return Doubt.FALSE_PREMISE
    return own if isinstance(own, Doubt) else own != part.value


def _nearest(truth_N: list[Truth], things: tuple[SceneObject, ...], anchor: SceneObject) -> list[Truth]:
    """truth_N: a member, and nearer to the anchor than every other member."""
    candidates = [(value, thing) for value, thing in zip(truth_N, things, strict=True) if value is not False]
    candidates = [(value, thing) for value, thing in candidates if thing.id != anchor.id]

    def winner(value: Truth, thing: SceneObject) -> Truth:
        if value is False or thing.id == anchor.id:
            return False
        beaten = (
            disjunction((negation(rival_value), measures.nearer(thing, rival, anchor)))
            for rival_value, rival in candidates
            if rival is not thing
        )
        return conjunction((value, *beaten))

    return [winner(value, thing) for value, thing in zip(truth_N, things, strict=True)]


def _picked(truth_N: list[Truth], things: tuple[SceneObject, ...], pick: Pick) -> list[Truth]:
    """truth_N: a member with exactly n - 1 members before it, counted from that end."""
    end: End = pick.end if isinstance(pick, Superlative) else pick.side
    before_wanted = 0 if isinstance(pick, Superlative) else pick.n - 1
    towards: Direction = "behind" if end == "back" else end
    candidates = [(value, thing) for value, thing in zip(truth_N, things, strict=True) if value is not False]

    def is_nth(value: Truth, thing: SceneObject) -> Truth:
        if value is False:
            return False
        sure, possible, doubt = 0, 0, None
        for rival_value, rival in candidates:
            if rival is thing:
                continue
            before = conjunction((rival_value, measures.stands(rival, towards, thing)))
            if before is not False:
                possible += 1
                sure += before is True
                if doubt is None and isinstance(before, Doubt):
                    doubt = before
        return conjunction((value, between_bounds(sure, possible, before_wanted, doubt)))

    return [is_nth(value, thing) for value, thing in zip(truth_N, things, strict=True)]
