"""Program -> does the question's own wording answer it? A sentence that says how, or None.

A questioner that is paid for hard questions must not be paid for empty ones: "is the red cube red?", a filter
that says one thing twice, "fewer objects than cups?". Nothing here looks at what the answer happens to be in
one scene, only at what every scene in which the question makes sense would say.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle.phrases import describe, say
from scotoma.tabletop.oracle.tree import anchors_of, phrases_in
from scotoma.tabletop.program import (
    Attribute,
    Between,
    CompareSizes,
    Filter,
    Nearest,
    Not,
    Noun,
    Or,
    Ordinal,
    Pick,
    QueryKey,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Superlative,
)
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES

_DOMAINS: dict[str, frozenset[str]] = {
    "colour": frozenset(COLOURS),
    "material": frozenset(MATERIALS),
    "size": frozenset(SIZES),
    "facing": frozenset(("left", "right", "toward", "away")),
    "hidden": frozenset(("yes", "no")),
    "text": frozenset(SIGN_WORDS),
}
_AXIS = {"left": "across", "right": "across", "front": "deep", "back": "deep", "behind": "deep"}
_EXTREME = {"left": "left", "right": "right", "front": "front", "behind": "back"}
OBJECT, SIGN = Noun("object", "object"), "sign"


def allowed(ref: Ref, key: str) -> frozenset[str]:
    """The values of an attribute that the noun phrase leaves open."""
    only = _categories(ref.noun) if key == "category" else _DOMAINS[key]
    for part in ref.filters:
        match part:
            case Attribute(own, value) if own == key:
                only &= {value}
            case Or(Attribute(own, value), Attribute(_, other)) if own == key:
                only &= {value, other}
            case SameAs(own, anchor) if own == key:
                only &= allowed(anchor, key)
            case Attribute("text", _) if key == "category":
                only &= {SIGN}
    return only - {part.value for part in _excluded(ref) if part.key == key}


def _categories(noun: Noun) -> frozenset[str]:
    words = catalogue()
    if noun.kind == "category":
        return frozenset((noun.name,))
    return frozenset(words.categories if noun.kind == "object" else words.categories_in(noun.name))


def _excluded(ref: Ref) -> Iterator[Attribute]:
    """What the phrase rules out: "not red"; and beside "the red cube", the only one, no other cube is red."""
    for part in ref.filters:
        if isinstance(part, Not) and isinstance(part.part, Attribute):
            yield part.part
        for anchor in anchors_of(part):
            if anchor.noun.kind == "category" and entails(ref, replace(anchor, noun=OBJECT)):
                yield Attribute("category", anchor.noun.name)
            yield from _taken(anchor, ref)


def _taken(only: Ref, other: Ref) -> Iterator[Attribute]:
    """What another object cannot have, because then the first phrase would mean it as well."""
    for own in only.filters:
        rest = tuple(part for part in only.filters if part is not own)
        if isinstance(own, Attribute) and entails(other, replace(only, filters=rest)):
            yield own


def settles(ref: Ref, key: str) -> bool:
    """Does the noun phrase leave at most one value of the attribute?"""
    return len(allowed(ref, key)) <= 1


def entails(narrow: Ref, wide: Ref) -> bool:
    """Is whatever the first phrase means, in every scene, also something that the second one means?"""
    if wide.pick is not None or any(isinstance(part, Nearest) for part in wide.filters):
        return False
    noun = wide.noun.kind == "object" or wide.noun == narrow.noun or _is_kind_of(narrow.noun, wide.noun)
    return noun and all(part in narrow.filters for part in wide.filters)


def _is_kind_of(narrow: Noun, wide: Noun) -> bool:
    return (
        narrow.kind == "category"
        and wide.kind == "family"
        and narrow.name in catalogue().categories_in(wide.name)
    )


def empty_filters(ref: Ref) -> str | None:
    """A filter, here or in an anchor, that repeats another one or lets everything through."""
    for phrase in phrases_in(ref):
        found = _clash(phrase.filters)
        if found is not None:
            return f"'{describe(phrase)}' says something twice or excludes nothing: {found}."
    return None


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
    for key in ("text", "facing"):
        if any(_demands(part, key) for part in ref.filters) and not _may_have(ref.noun, key):
            return f"No {ref.noun.name} has a {'text' if key == 'text' else 'front'}."
    for part in ref.filters:
        rest = replace(ref, filters=tuple(other for other in ref.filters if other is not part))
        for anchor in anchors_of(part):
            if entails(rest, anchor):
                return (
                    f"'{describe(anchor)}' is the only one of its kind, so nothing can be '{describe(ref)}'."
                )
        if isinstance(part, Relation) and _beyond_extreme(rest, part):
            return f"Nothing lies {say(part)}."
        if isinstance(part, Relation) and _before_nth(rest, part):
            return f"How many lie {say(part)} is in its wording."
    return empty_filters(ref)


def _demands(part: Filter, key: str) -> bool:
    own = part.first if isinstance(part, Or) else part.part if isinstance(part, Not) else part
    return isinstance(own, Attribute) and own.key == key


def _may_have(noun: Noun, key: str) -> bool:
    """Are there things of the kind, in the catalogue, that have a text or a front?"""
    if noun.kind == "object":
        return True
    if key == "text":
        return noun.name == SIGN
    kinds = catalogue().categories_in(noun.name) if noun.kind == "family" else (noun.name,)
    return any(model.has_front for kind in kinds for model in catalogue().models_of(kind))


def _beyond_extreme(ref: Ref, part: Relation) -> bool:
    """Left of the leftmost of a set that one belongs to."""
    pick = part.anchor.pick
    ends = isinstance(pick, Superlative) and pick.end == _EXTREME[part.direction]
    return ends and entails(ref, replace(part.anchor, pick=None))


def _before_nth(ref: Ref, part: Relation) -> bool:
    """Left of the second from the left of the same set."""
    pick = part.anchor.pick
    return isinstance(pick, Ordinal) and pick.side == part.direction and _same(ref, part.anchor)


def _same(first: Ref, second: Ref) -> bool:
    """Do two phrases, their picks left aside, mean the same set by the same words?"""
    return first.noun == second.noun and set(first.filters) == set(second.filters)


def exists_gives_away(ref: Ref) -> str | None:
    """As `set_gives_away`; and every scene holds an object, and one beside its leftmost object."""
    plain = Ref(OBJECT)
    if ref == plain:
        return "There is an object in every scene."
    if ref.noun == OBJECT and len(ref.filters) == 1 and isinstance(ref.filters[0], Relation):
        anchor = ref.filters[0].anchor
        if (
            anchor.pick is not None
            and replace(anchor, pick=None) == plain
            and isinstance(anchor.pick, Superlative)
        ):
            return f"Whether there is '{describe(ref)}' is the same in every scene."
    return set_gives_away(ref)


def two_give_away(first: Ref, second: Ref) -> str | None:
    """Why one of two sets that may exist is settled by the other one, or by an anchor that must exist."""
    for narrow, wide in ((first, second), (second, first)):
        for phrase in phrases_in(narrow):
            if entails(phrase, wide):
                return f"Whatever is '{describe(phrase)}' is also '{describe(wide)}'."
    return None


def verify_gives_away(
    ref: Ref, filters: tuple[Filter, ...], target: Hashable, identify: Identify
) -> str | None:
    """Why a yes/no question about one object (`target`, as `identify` has it) is answered by its words."""
    for part in filters:
        if isinstance(part, Attribute):
            known = _states(ref, part)
        else:
            own = [_topic(other, identify) for other in ref.filters if type(other) in (type(part), Not)]
            known = _topic(part, identify) in own
            if isinstance(part, Relation):
                known = known or _beyond_extreme(ref, part) or _extreme_beside(ref, part)
                known = known or _counted_alike(ref, part)
                round_trip = (_AXIS[part.direction], target)
                known = known or round_trip in [_topic(back, identify) for back in part.anchor.filters]
        if known:
            return f"'{describe(ref)}' already says whether it is {say(part)}."
    found = _clash(filters)
    return None if found is None else f"The question asks one thing twice: {found}."


def _states(ref: Ref, part: Attribute) -> bool:
    values = allowed(ref, part.key)
    return len(values) <= 1 or part.value not in values


def _extreme_beside(ref: Ref, part: Relation) -> bool:
    """The leftmost of a set beside one of that set."""
    if not isinstance(ref.pick, Superlative) or _AXIS[ref.pick.end] != _AXIS[part.direction]:
        return False
    return entails(part.anchor, replace(ref, pick=None))


def _counted_alike(ref: Ref, part: Relation) -> bool:
    """The second from the left beside the third from the left of one set."""
    ends = {_end(ref.pick), _end(part.anchor.pick)}
    return len(ends) == 1 and _AXIS.get(ends.pop()) == _AXIS[part.direction] and _same(ref, part.anchor)


def _end(pick: Pick | None) -> str:
    if pick is None:
        return ""
    return pick.end if isinstance(pick, Superlative) else pick.side


def query_gives_away(key: QueryKey, ref: Ref) -> str | None:
    """Why the words that name an object already say the value that is asked for."""
    if settles(ref, "category" if key == "shape" else key):
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
    first, second = (
        allowed(ref, program.key) - {part.value for part in _taken(other, ref) if part.key == program.key}
        for ref, other in ((program.first, program.second), (program.second, program.first))
    )
    if first & second and not (len(first) == len(second) == 1):
        return None
    return f"The words already say the {program.key} of both."


def comparison_gives_away(first: Ref, second: Ref) -> str | None:
    """Why the comparison of two counts is known: one set twice, or a whole with its part."""
    if _same(first, second):
        return f"'{describe(first)}' is compared with itself."
    for part, whole in ((first, second), (second, first)):
        if entails(part, whole):
            return f"Whatever is '{describe(part)}' is also '{describe(whole)}'."
    return None
