"""Program -> does the question's own wording answer it? A sentence that says how, or None.

A questioner that is paid for hard questions must not be paid for empty ones: "is the red cube red?", a filter that
says the same thing twice, "fewer objects than cups?". Nothing here looks at what the answer happens to be in a scene,
only at what every scene in which the question makes sense would say.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle.phrases import describe, say
from scotoma.tabletop.program import (
    Attribute,
    Between,
    CompareCounts,
    CompareSizes,
    Filter,
    Nearest,
    Noun,
    Not,
    Or,
    QueryKey,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Superlative,
)
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIZES

_DOMAINS: dict[str, frozenset[str]] = {
    "colour": frozenset(COLOURS),
    "material": frozenset(MATERIALS),
    "size": frozenset(SIZES),
    "facing": frozenset(("left", "right", "toward", "away")),
    "hidden": frozenset(("yes", "no")),
}
_AXIS = {"left": "across", "right": "across", "front": "deep", "back": "deep", "behind": "deep"}
_EXTREME = {"left": "left", "right": "right", "front": "front", "behind": "back"}
SIGN = "sign"


def allowed(ref: Ref, key: str) -> frozenset[str] | None:
    """The values of an attribute that the noun phrase leaves open; None if any value of an open list will do."""
    only = _DOMAINS.get(key)
    for part in ref.filters:
        match part:
            case Attribute(own, value) if own == key:
                only = _meet(only, frozenset((value,)))
            case Or(Attribute(own, value), Attribute(_, other)) if own == key:
                only = _meet(only, frozenset((value, other)))
            case SameAs(own, anchor) if own == key:
                only = _meet(only, allowed(anchor, key))
            case Attribute("text", _) if key == "category":
                only = _meet(only, frozenset((SIGN,)))
    if key == "category" and ref.noun.kind == "category":
        only = _meet(only, frozenset((ref.noun.name,)))
    if only is None:
        return None
    return only - {part.value for part in _excluded(ref) if part.key == key}


def _meet(one: frozenset[str] | None, two: frozenset[str] | None) -> frozenset[str] | None:
    return two if one is None else one if two is None else one & two


def _excluded(ref: Ref) -> Iterator[Attribute]:
    for part in ref.filters:
        if isinstance(part, Not) and isinstance(part.part, Attribute):
            yield part.part


def settles(ref: Ref, key: str) -> bool:
    """Does the noun phrase leave at most one value of the attribute?"""
    values = allowed(ref, key)
    return values is not None and len(values) <= 1


def entails(narrow: Ref, wide: Ref) -> bool:
    """Is whatever the first phrase means, in every scene, also something that the second one means?"""
    if wide.pick is not None or any(isinstance(part, Nearest) for part in wide.filters):
        return False
    noun = wide.noun.kind == "object" or wide.noun == narrow.noun or _is_kind_of(narrow.noun, wide.noun)
    return noun and all(part in narrow.filters for part in wide.filters)


def _is_kind_of(narrow: Noun, wide: Noun) -> bool:
    return narrow.kind == "category" and wide.kind == "family" and family_of(narrow.name) == wide.name


def empty_filters(ref: Ref) -> str | None:
    """A filter, here or in an anchor, that repeats another one or lets everything through."""
    for phrase in _phrases(ref):
        found = _clash(phrase.filters)
        if found is not None:
            return f"'{describe(phrase)}' says something twice or excludes nothing: {found}."
    return None


def _phrases(ref: Ref) -> Iterator[Ref]:
    yield ref
    for part in ref.filters:
        for anchor in anchors_of(part):
            yield from _phrases(anchor)


def anchors_of(part: Filter) -> tuple[Ref, ...]:
    """The noun phrases inside a filter."""
    match part:
        case Relation(_, anchor) | Nearest(anchor) | SeenFrom(_, anchor) | SameAs(_, anchor):
            return (anchor,)
        case Not(Relation(_, anchor)):
            return (anchor,)
        case Between(first, second):
            return (first, second)
    return ()


def _clash(filters: tuple[Filter, ...]) -> str | None:
    """Two filters about one thing, or an either-or that covers all there is."""
    seen: dict[Hashable, Filter] = {}
    for part in filters:
        if isinstance(part, Or) and _covers_all(part):
            return say(part)
        topic = _topic(part)
        if topic in seen and not _both_exclude(part, seen[topic]):
            return f"{say(seen[topic])}, {say(part)}"
        seen[topic] = part
    return None


def _covers_all(part: Or) -> bool:
    domain = _DOMAINS.get(part.first.key)
    return part.first == part.second or (domain is not None and len(domain) == 2)


def _both_exclude(part: Filter, other: Filter) -> bool:
    """ "not red and not blue" says two things."""
    return isinstance(part, Not) and isinstance(other, Not) and part != other and _is_attribute(part)


def _is_attribute(part: Not) -> bool:
    return isinstance(part.part, Attribute) and len(_DOMAINS.get(part.part.key, ())) != 2


Identify = Callable[[Ref], Hashable]
"""What a noun phrase stands for: itself, or the id of the object that it names in a scene."""


def _topic(part: Filter, identify: Identify = lambda ref: ref) -> Hashable:
    """What a filter is about, whatever it says about it."""
    match part:
        case Attribute(key, _) | Not(Attribute(key, _)) | Or(Attribute(key, _), _):
            return ("attribute", key)
        case Relation(direction, anchor) | Not(Relation(direction, anchor)):
            return (_AXIS[direction], identify(anchor))
        case SeenFrom(_, anchor):
            return ("seen", identify(anchor))
        case SameAs(key, anchor):
            return ("same", key, identify(anchor))
        case Between(first, second):
            return ("between", frozenset((identify(first), identify(second))))
    return ("nearest",)


def set_gives_away(ref: Ref) -> str | None:
    """Why the number of objects that a phrase means is known before looking."""
    if ref.pick is not None or any(isinstance(part, Nearest) for part in ref.filters):
        return f"'{describe(ref)}' is one object by its wording."
    if any(not allowed(ref, key) for key in _DOMAINS):
        return f"Nothing can be '{describe(ref)}'."
    if (
        any(_is_about_text(part) for part in ref.filters)
        and ref.noun.kind != "object"
        and ref.noun.name != SIGN
    ):
        return f"Only signs say something, so nothing can be '{describe(ref)}'."
    for part in ref.filters:
        rest = replace(ref, filters=tuple(other for other in ref.filters if other is not part))
        for anchor in anchors_of(part):
            if entails(rest, anchor):
                return (
                    f"'{describe(anchor)}' is the only one of its kind, so nothing can be '{describe(ref)}'."
                )
        if isinstance(part, Relation) and _beyond_extreme(rest, part):
            return f"Nothing lies {say(part)}."
    return empty_filters(ref)


def _is_about_text(part: Filter) -> bool:
    return isinstance(part, Attribute) and part.key == "text"


def _beyond_extreme(ref: Ref, part: Relation) -> bool:
    """Left of the leftmost of a set that one belongs to."""
    pick = part.anchor.pick
    ends = isinstance(pick, Superlative) and pick.end == _EXTREME[part.direction]
    return ends and entails(ref, replace(part.anchor, pick=None))


def exists_gives_away(ref: Ref) -> str | None:
    """As `set_gives_away`; and every scene holds an object, and one beside its leftmost object."""
    plain = Ref(Noun("object", "object"))
    if ref == plain:
        return "There is an object in every scene."
    if ref.noun == plain.noun and len(ref.filters) == 1 and isinstance(ref.filters[0], Relation):
        anchor = ref.filters[0].anchor
        if (
            anchor.pick is not None
            and replace(anchor, pick=None) == plain
            and isinstance(anchor.pick, Superlative)
        ):
            return f"Whether there is '{describe(ref)}' is the same in every scene."
    return set_gives_away(ref)


def verify_gives_away(ref: Ref, filters: tuple[Filter, ...], identify: Identify) -> str | None:
    """Why a yes/no question about one object is answered by the words that name it."""
    for part in filters:
        if isinstance(part, Attribute):
            known = _states(ref, part)
        else:
            own = [_topic(other, identify) for other in ref.filters if type(other) in (type(part), Not)]
            known = _topic(part, identify) in own
            if isinstance(part, Relation):
                known = known or _beyond_extreme(ref, part) or _extreme_beside(ref, part)
        if known:
            return f"'{describe(ref)}' already says whether it is {say(part)}."
    found = _clash(filters)
    return None if found is None else f"The question asks one thing twice: {found}."


def _states(ref: Ref, part: Attribute) -> bool:
    values = allowed(ref, part.key)
    if values is not None and (len(values) <= 1 or part.value not in values):
        return True
    return part.key == "category" and _names_kind(ref.noun, part.value)


def _names_kind(noun: Noun, category: str) -> bool:
    """Is it settled by the family alone whether a member is of the category?"""
    return noun.kind == "family" and (noun.name == category or family_of(category) != noun.name)


def _extreme_beside(ref: Ref, part: Relation) -> bool:
    """The leftmost of a set beside one of that set."""
    if not isinstance(ref.pick, Superlative) or _AXIS[ref.pick.end] != _AXIS[part.direction]:
        return False
    return entails(part.anchor, replace(ref, pick=None))


def family_of(category: str) -> str:
    """The family that a category belongs to, by the catalogue of nouns."""
    return catalogue().family_of(category)


def query_gives_away(key: QueryKey, ref: Ref) -> str | None:
    """Why the words that name an object already say the value that is asked for."""
    asked = "category" if key == "shape" else key
    one_kind = asked == "category" and ref.noun.kind == "family" and ref.noun.name == SIGN
    if settles(ref, asked) or one_kind:
        return f"'{describe(ref)}' already says the {key}."
    return None


def sizes_give_away(program: CompareSizes) -> str | None:
    """Two objects of one size class cannot be compared, so that one stated size answers the question."""
    for ref in (program.first, program.second):
        if settles(ref, "size"):
            return f"'{describe(ref)}' already says the size, and the other one must differ."
    return None


def sameness_gives_away(program: SameAttribute) -> str | None:
    """Why the words already say whether the two are alike."""
    first, second = allowed(program.first, program.key), allowed(program.second, program.key)
    if first is None or second is None or (first & second and not (len(first) == len(second) == 1)):
        return None
    return f"The words already say the {program.key} of both."


def comparison_gives_away(program: CompareCounts) -> str | None:
    """Why the comparison of two counts is known: one set twice, or a part that would outnumber its whole."""
    first, second = program.first, program.second
    if first.noun == second.noun and set(first.filters) == set(second.filters):
        return f"'{describe(first)}' is compared with itself."
    small, large = (first, second) if program.op == "more" else (second, first)
    if program.op != "equal" and entails(small, large):
        return f"Whatever is '{describe(small)}' is also '{describe(large)}'."
    return None
