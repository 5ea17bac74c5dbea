"""target object + skills -> Ref: a noun phrase that names it and needs those skills, and few others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scotoma.tabletop.asking.needs import (
    ANCHORED,
    DIRECTIONS,
    KEY_OF_SKILL,
    MAX_DEPTH,
    MAX_FILTERS,
    NON_PLAIN,
    NOTHING,
    OPPOSITE,
    PICKS,
    Needs,
    shared_out,
)
from scotoma.tabletop.asking.view import PLAIN, NounKind, View, noun_of, value_of
from scotoma.tabletop.oracle import measures
from scotoma.tabletop.oracle.membership import members, referent
from scotoma.tabletop.oracle.truth import Refused
from scotoma.tabletop.program import (
    Attribute,
    Between,
    End,
    Filter,
    Nearest,
    Not,
    Or,
    Ordinal,
    Ref,
    Relation,
    SameAs,
    SeenFrom,
    Side,
    Superlative,
    is_plain,
)
from scotoma.tabletop.scene import SceneObject


def name(
    view: View, target: SceneObject, needs: Needs = NOTHING, *, depth: int = 0, without: Iterable[str] = ()
) -> Ref | None:
    """A phrase that names the target and nothing else, or None if this try found none.

    needs:   skills (of REFERENCE_SKILLS) that the phrase must ask for.
    depth:   how many noun phrases this one stands inside.
    without: attributes that the phrase must not give away; "category" keeps the noun general.
    """
    barred = frozenset(without)
    can_move = bool(needs & ANCHORED) and depth < MAX_DEPTH
    inside = needs & PICKS if can_move and ("nearest" in needs or view.coin()) else NOTHING
    outside = needs - PICKS | inside
    filters = filters_about(view, target, outside, depth, barred, inside)
    if filters is None:
        return None
    kinds: list[NounKind] = ["family", "object"] if "category" in barred else ["category", "family", "object"]
    for extra in _extras(view, target, filters, barred):
        chosen = ordered((*filters, *extra))
        if len(chosen) > MAX_FILTERS:
            continue
        for kind in _by_use(view, target, kinds, needs, bool(extra)):
            ref = Ref(noun_of(target, kind), chosen)
            picked = ref if not needs & PICKS - inside else _with_pick(view, ref, target, needs)
            if picked is not None and names(view, picked, target):
                return picked
    return None


def names(view: View, ref: Ref, target: SceneObject) -> bool:
    """Does the phrase mean just this object?"""
    try:
        return referent(ref, view.scene).id == target.id
    except Refused:
        return False


def ordered(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Canonical order: size, colour, material, then the others as they come."""
    return tuple(sorted(filters, key=_place))


def _place(part: Filter) -> int:
    return PLAIN.index(part.key) if isinstance(part, Attribute) and part.key in PLAIN else len(PLAIN)


def _extras(
    view: View, target: SceneObject, filters: tuple[Filter, ...], barred: frozenset[str]
) -> Iterable[tuple[Filter, ...]]:
    """Nothing, then one attribute, then two, to tell the target from its likes."""
    yield ()
    taken = {part.key for part in _attributes(filters)} | barred
    free = [Attribute(key, value_of(target, key) or "") for key in view.shuffled(PLAIN) if key not in taken]
    yield from ((part,) for part in free)
    yield from ((one, two) for i, one in enumerate(free) for two in free[i + 1 :])


def _attributes(filters: Iterable[Filter]) -> Iterable[Attribute | SameAs]:
    for part in filters:
        inner = part.part if isinstance(part, Not) else part.first if isinstance(part, Or) else part
        if isinstance(inner, Attribute | SameAs):
            yield inner


def _by_use(
    view: View, target: SceneObject, kinds: list[NounKind], needs: Needs, extra: bool
) -> list[NounKind]:
    """Where filters are wanted, first the nouns that leave them something to decide."""
    order = view.shuffled(kinds)
    if not needs and not extra:
        return order if view.coin(0.3) else kinds
    return sorted(
        order,
        key=lambda kind: sum(noun_of(thing, kind) == noun_of(target, kind) for thing in view.things) < 2,
    )


def _with_pick(view: View, ref: Ref, target: SceneObject, needs: Needs) -> Ref | None:
    """The phrase with a superlative or an ordinal that falls on the target, if there is a choice at all."""
    try:
        truth_N = members(ref, view.scene)
    except Refused:
        return None
    among = [thing for thing, value in zip(view.scene.objects, truth_N, strict=True) if value is True]
    if target not in among or len(among) < 2:
        return None
    if "superlative" in needs:
        ends: tuple[End, ...] = ("left", "right", "front", "back")
        for end in view.shuffled(ends):
            picked = replace(ref, pick=Superlative(end))
            if names(view, picked, target):
                return picked
        return None
    from_left = sorted(among, key=lambda thing: thing.u).index(target) + 1
    places: tuple[tuple[int, Side], ...] = ((from_left, "left"), (len(among) + 1 - from_left, "right"))
    for n, side in view.shuffled(places):
        picked = replace(ref, pick=Ordinal(n, side))
        if 2 <= n <= 4 and names(view, picked, target):
            return picked
    return None


# ---- filters that are true of the target -------------------------------------------------------------------


def filters_about(
    view: View,
    target: SceneObject,
    needs: Needs,
    depth: int,
    barred: frozenset[str] = frozenset(),
    inside: Needs = NOTHING,
) -> tuple[Filter, ...] | None:
    """Filters that hold of the target and ask for the skills, or None if this try found none.

    inside: skills that may only be asked for by the phrase of an anchor.
    """
    shared = shared_out(view, needs, inside, depth)
    if shared is None:
        return None
    own, inner = shared
    found: list[Filter] = []
    for wrapper in ("negation", "disjunction", "same_attribute"):
        if wrapper in own:
            made = _wrapped(view, target, wrapper, own, inner, depth, barred)
            if made is None:
                return None
            part, used = made
            own -= used | {wrapper}
            inner = NOTHING if used & ANCHORED or wrapper == "same_attribute" else inner
            found.append(part)
    both = "conjunction" in own
    for skill in view.shuffled(sorted(own - {"conjunction"})):
        plain = _filter(view, target, skill, inner, depth, barred)
        if plain is None:
            return None
        inner = NOTHING if skill in ANCHORED else inner
        found.append(plain)
    if both and not _joined(view, target, found, depth, barred):
        return None
    return None if inner or len(found) > MAX_FILTERS else ordered(found)


def _joined(view: View, target: SceneObject, found: list[Filter], depth: int, barred: frozenset[str]) -> bool:
    """Add filters until two of them are more than adjectives."""
    for skill in view.shuffled(NON_PLAIN):
        if sum(not is_plain(part) for part in found) >= 2:
            return True
        part = _filter(view, target, skill, NOTHING, depth, barred)
        if part is not None and all(type(part) is not type(other) for other in found):
            found.append(part)
    return sum(not is_plain(part) for part in found) >= 2


def _wrapped(
    view: View,
    target: SceneObject,
    wrapper: str,
    own: Needs,
    inner: Needs,
    depth: int,
    barred: frozenset[str],
) -> tuple[Filter, Needs] | None:
    """A negation, an either-or or a same-as, with the skills that it used up."""
    if wrapper == "negation":
        return _negated(view, target, own, inner, depth, barred)
    if wrapper == "disjunction":
        skills = sorted(own & {"colour", "text_reading", "orientation"}) or ["colour", "orientation"]
        skill = view.rng.choice(skills)
        key = KEY_OF_SKILL[skill]
        value = value_of(target, key)
        if value is None or key in barred:
            return None
        pair = view.shuffled((Attribute(key, value), Attribute(key, view.other_value(key, value))))
        return Or(pair[0], pair[1]), frozenset((skill,))
    shared = [key for key in PLAIN if key in own and key not in barred] or [
        k for k in PLAIN if k not in barred
    ]
    if not shared:
        return None
    same_key = view.rng.choice(shared)
    anchor = view.thing(lambda thing: thing.id != target.id and measures.alike(thing, same_key, target))
    phrase = anchor and name(view, anchor, inner, depth=depth + 1, without=(same_key,))
    return None if not phrase else (SameAs(same_key, phrase), frozenset((same_key,)) & own)


def _negated(
    view: View, target: SceneObject, own: Needs, inner: Needs, depth: int, barred: frozenset[str]
) -> tuple[Filter, Needs] | None:
    fitting = own & (frozenset(KEY_OF_SKILL) | frozenset(DIRECTIONS))
    skill = view.rng.choice(sorted(fitting) or ["colour", "material", "size", "left_right", "front_behind"])
    used = frozenset((skill,))
    if skill in DIRECTIONS:
        part = _filter(view, target, skill, inner, depth, barred)
        if not isinstance(part, Relation):
            return None
        return Not(Relation(OPPOSITE[part.direction], part.anchor)), used
    key = KEY_OF_SKILL[skill]
    value = value_of(target, key)
    if value is None or key in barred or (key == "hidden" and value == "yes"):
        return None
    return Not(Attribute(key, "yes" if key == "hidden" else view.other_value(key, value))), used


def _filter(
    view: View, target: SceneObject, skill: str, inner: Needs, depth: int, barred: frozenset[str]
) -> Filter | None:
    """One filter that asks for the skill and holds of the target."""
    if skill in KEY_OF_SKILL:
        key = KEY_OF_SKILL[skill]
        value = value_of(target, key)
        refused = value is None or key in barred or (key == "hidden" and value == "no")
        return None if refused or value is None else Attribute(key, value)
    if depth >= MAX_DEPTH:
        return None
    if skill in DIRECTIONS:
        return relation(view, target, skill, inner, depth)
    if skill == "between":
        return _between(view, target, inner, depth)
    fits = _looks_on if skill == "viewpoint" else _is_other
    anchor = view.thing(lambda thing: fits(thing, target))
    phrase = anchor and name(view, anchor, inner, depth=depth + 1)
    if not phrase or anchor is None:
        return None
    if skill == "nearest":
        return Nearest(phrase)
    side = measures.side_seen_from(anchor, target)
    return SeenFrom(side, phrase) if isinstance(side, str) else None


def _is_other(thing: SceneObject, target: SceneObject) -> bool:
    return thing.id != target.id


def _looks_on(thing: SceneObject, target: SceneObject) -> bool:
    seen_from = thing.has_front and thing.id != target.id
    return seen_from and isinstance(measures.side_seen_from(thing, target), str)


def relation(
    view: View, target: SceneObject, skill: str, inner: Needs, depth: int, holds: bool = True
) -> Relation | None:
    """A left/right or front/behind relation that holds of the target (or whose opposite does)."""
    direction = view.rng.choice(DIRECTIONS[skill])
    true_of_target = direction if holds else OPPOSITE[direction]
    anchor = view.thing(
        lambda thing: thing.id != target.id and measures.stands(target, true_of_target, thing) is True
    )
    phrase = anchor and name(view, anchor, inner, depth=depth + 1)
    return Relation(direction, phrase) if phrase else None


def _between(view: View, target: SceneObject, inner: Needs, depth: int) -> Between | None:
    others = [thing for thing in view.things if thing.id != target.id]
    pairs = [(a, b) for i, a in enumerate(others) for b in others[i + 1 :]]
    pair = view.pick([pair for pair in pairs if measures.lies_between(target, *pair) is True])
    return pair and between(view, pair[0], pair[1], inner, depth)


def between(view: View, first: SceneObject, second: SceneObject, inner: Needs, depth: int) -> Between | None:
    """The two anchors named by adjectives alone; the skills go to one of them."""
    if not inner <= set(PLAIN):
        return None
    one = name(view, first, inner, depth=depth + 1)
    two = name(view, second, depth=depth + 1)
    if one is None or two is None:
        return None
    return Between(one, two) if view.coin() else Between(two, one)
