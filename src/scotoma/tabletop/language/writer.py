"""Program -> text: each frame in several wordings that `read` takes back to the same program."""

from __future__ import annotations

import random

from scotoma.tabletop.language.lexicon import nouns
from scotoma.tabletop.language.space import writable
from scotoma.tabletop.language.wording import (
    Choice,
    Form,
    has_copula,
    is_simple,
    noun_phrase,
    others,
    plain_words,
    predicate,
    verb_phrase,
)
from scotoma.tabletop.program import (
    Attribute,
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Either,
    Exists,
    Filter,
    Program,
    Query,
    QueryKey,
    Ref,
    SameAttribute,
    Verify,
    WhichSide,
    is_plain,
)


def write(program: Program, rng: random.Random | None = None) -> str:
    """One question in lower-case English that ends with "?"; without `rng` always the plainest wording.

    Raises ValueError if the program is not `writable`.
    """
    if not writable(program):
        raise ValueError(f"no wording reads back as this program: {program}")
    return _sentence(program, Choice(rng)) + "?"


def _sentence(program: Program, choice: Choice) -> str:
    match program:
        case Exists(ref):
            return _exists(ref, choice)
        case Count(ref):
            return _count(ref, choice)
        case Query("category", ref):
            return _category(ref, choice)
        case Query(key, ref):
            return _query(key, ref, choice)
        case Verify(ref, filters):
            return _verify(ref, filters, choice)
        case WhichSide(ref, anchor):
            return _which_side(ref, anchor, choice)
        case CompareCounts(op, first, second):
            return _counts(op, _many(first, choice), _many(second, choice), choice)
        case CompareSizes(op, first, second):
            return _sizes(op, _the(first, choice), _the(second, choice), choice)
        case SameAttribute(key, first, second):
            return _same(key, _the(first, choice), _the(second, choice), choice)
        case Both(first, second):
            return _both(first, second, choice)
        case Either(first, second):
            return _either(first, second, choice)


def _the(ref: Ref, choice: Choice) -> str:
    return noun_phrase(ref, "the", choice)


def _many(ref: Ref, choice: Choice) -> str:
    return noun_phrase(ref, "many", choice)


def _exists(ref: Ref, choice: Choice) -> str:
    one, many = noun_phrase(ref, "a", choice), _many(ref, choice)
    return choice.of(f"is there {one}", f"are there any {many}", f"can you see {one}")


def _count(ref: Ref, choice: Choice) -> str:
    many = _many(ref, choice)
    wordings = [f"how many {many} are there", f"how many {many} can you see", f"what is the number of {many}"]
    rest = others(ref)
    bare = _many(Ref(ref.noun, ref.filters[: len(ref.filters) - len(rest)]), choice)
    if rest:
        wordings.insert(0, f"how many {bare} {_joined(rest, True, choice)}")
    elif ref.filters:
        noun, said = _many(Ref(ref.noun, ref.filters[:-1]), choice), predicate(ref.filters[-1], choice)
        wordings.append(f"how many {noun} are {said}")
    return choice.of(*wordings)


def _joined(parts: tuple[Filter, ...], many: bool, choice: Choice) -> str:
    """Finite predicates, joined by "and"; a second "is" is left out."""
    words = verb_phrase(parts[0], many, choice)
    for part in parts[1:]:
        brief = has_copula(parts[0]) and has_copula(part)
        words += " and " + (predicate(part, choice) if brief else verb_phrase(part, many, choice))
    return words


def _category(ref: Ref, choice: Choice) -> str:
    rest = others(ref)
    known = nouns()
    wordings = [f"what is {_the(ref, choice)}"]
    if ref.pick is None and ref.noun.kind != "category":
        head = plain_words(ref) + known.singular[ref.noun]
        if not rest and ref.noun.kind == "family":
            bare = [f"what kind of {head} is this", f"what kind of {head} is there", f"what {head} is there"]
            wordings = bare + wordings if not ref.filters else wordings + bare
        elif rest and all(has_copula(part) for part in rest):
            said = _joined(rest, False, choice)
            wordings += [f"what kind of {head} {said}", f"what {head} {said}"]
            if ref.noun.kind == "object" and not plain_words(ref):
                wordings.append(f"what {said}")
    return choice.of(*wordings)


def _query(key: QueryKey, ref: Ref, choice: Choice) -> str:
    the = _the(ref, choice)
    match key:
        case "text":
            return choice.of(f"what does {the} say", f"what is written on {the}", f"what word is on {the}")
        case "facing":
            return choice.of(
                f"which way is {the} facing",
                f"which way does {the} face",
                f"in which direction is {the} facing",
            )
    wordings = [f"what {key} is {the}", f"what is the {key} of {the}", f"which {key} does {the} have"]
    if key == "material":
        wordings += [f"what is {the} made of", f"is {the} matte or metal"]
    elif key == "size":
        wordings += [f"is {the} large or small", f"how large is {the}"]
    return choice.of(*wordings)


def _verify(ref: Ref, filters: tuple[Filter, ...], choice: Choice) -> str:
    the = _the(ref, choice)
    texts = [part for part in filters if not has_copula(part)]
    if not texts and _direct(ref, filters[0]):
        direct = " and ".join(predicate(part, choice) for part in filters)
        return choice.of(f"is {the} {direct}", f"is it true that {the} {_joined(filters, False, choice)}")
    wordings = [f"is it true that {the} {_joined(filters, False, choice)}"]
    if texts and len(filters) == 1:
        wordings.insert(0, f"does {the} {verb_phrase(filters[0], True, choice)}")
    elif not texts:
        said = " and ".join(predicate(part, choice) for part in filters)
        wordings.append(f"looking at {the}, is it {said}")
    return choice.of(*wordings)


def _direct(ref: Ref, first: Filter) -> bool:
    """True if the predicate cannot be taken for a part of the noun phrase."""
    rest = others(ref)
    named = isinstance(first, Attribute) and (is_plain(first) or first.key == "category")
    return not rest or (len(rest) == 1 and named)


def _which_side(ref: Ref, anchor: Ref, choice: Choice) -> str:
    the, looker = _the(ref, choice), _the(anchor, choice)
    wordings = [
        f"as seen from {looker}, is {the} on the left or on the right",
        f"from the point of view of {looker}, is {the} on its left or on its right",
    ]
    if is_simple(anchor):
        wordings.insert(0, f"from {looker}'s point of view, is {the} on its left or its right")
        if not others(ref):
            wordings.append(f"is {the} on {looker}'s left or right")
    return choice.of(*wordings)


def _counts(op: str, first: str, second: str, choice: Choice) -> str:
    if op == "equal":
        return choice.of(
            f"are there as many {first} as {second}",
            f"is the number of {first} the same as the number of {second}",
        )
    compared = "larger" if op == "more" else "smaller"
    return choice.of(
        f"are there {op} {first} than {second}",
        f"is the number of {first} {compared} than the number of {second}",
    )


def _sizes(op: str, first: str, second: str, choice: Choice) -> str:
    wordings = [f"is {first} {op} than {second}", f"is {first} {op} in size than {second}"]
    if op == "larger":
        wordings.append(f"is {first} bigger than {second}")
    return choice.of(*wordings)


def _same(key: str, first: str, second: str, choice: Choice) -> str:
    return choice.of(
        f"do {first} and {second} have the same {key}",
        f"is {first} the same {key} as {second}",
        f"does {first} have the same {key} as {second}",
        f"are {first} and {second} the same {key}",
    )


def _both(first: Ref, second: Ref, choice: Choice) -> str:
    one, other = _pair(first, second, "a", choice)
    many = _pair(first, second, "many", choice)
    return choice.of(
        f"are there both {one} and {other}",
        f"is there {one} and {other}",
        f"is there {one} and is there {other}",
        f"are there any {many[0]} and any {many[1]}",
    )


def _either(first: Ref, second: Ref, choice: Choice) -> str:
    one, other = _pair(first, second, "a", choice)
    many = _pair(first, second, "many", choice)
    return choice.of(
        f"is there {one} or {other}",
        f"is there either {one} or {other}",
        f"are there any {many[0]} or any {many[1]}",
    )


def _pair(first: Ref, second: Ref, form: Form, choice: Choice) -> tuple[str, str]:
    return noun_phrase(first, form, choice), noun_phrase(second, form, choice)
