"""Program -> its parts: noun phrases with those inside them, and the attributes that they name."""

from __future__ import annotations

from collections.abc import Iterator

from scotoma.tabletop.program import (
    Attribute,
    Between,
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Either,
    Exists,
    Filter,
    Nearest,
    Not,
    Or,
    Program,
    Query,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Verify,
    WhichSide,
)


def anchors_of(part: Filter) -> tuple[Ref, ...]:
    """The noun phrases right inside a filter."""
    match part:
        case Relation(_, anchor) | Nearest(anchor) | SeenFrom(_, anchor) | SameAs(_, anchor):
            return (anchor,)
        case Not(Relation(_, anchor)):
            return (anchor,)
        case Between(first, second):
            return (first, second)
    return ()


def phrases_in(ref: Ref) -> Iterator[Ref]:
    """The noun phrase and all that stand inside it."""
    yield ref
    for part in ref.filters:
        for anchor in anchors_of(part):
            yield from phrases_in(anchor)


def phrases_of(program: Program) -> Iterator[Ref]:
    """All noun phrases of a question."""
    match program:
        case Exists(ref) | Count(ref) | Query(_, ref):
            yield from phrases_in(ref)
        case Verify(ref, filters):
            yield from phrases_in(ref)
            for part in filters:
                for anchor in anchors_of(part):
                    yield from phrases_in(anchor)
        case (
            CompareCounts(_, first, second) | CompareSizes(_, first, second) | SameAttribute(_, first, second)
        ):
            yield from phrases_in(first)
            yield from phrases_in(second)
        case WhichSide(first, second) | Both(first, second) | Either(first, second):
            yield from phrases_in(first)
            yield from phrases_in(second)


def attributes_of(program: Program) -> Iterator[Attribute]:
    """All attributes that a question names, negated and alternative ones too."""
    filters = [part for phrase in phrases_of(program) for part in phrase.filters]
    if isinstance(program, Verify):
        filters += program.filters
    for part in filters:
        inner = part.part if isinstance(part, Not) else part
        if isinstance(inner, Attribute):
            yield inner
        elif isinstance(inner, Or):
            yield from (inner.first, inner.second)
