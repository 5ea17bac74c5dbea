"""Hypothesis strategies that several tests share: programs over the whole writable space."""

from __future__ import annotations

from hypothesis import strategies as st

from scotoma.tabletop.language import writable
from scotoma.tabletop.language.lexicon import nameable
from scotoma.tabletop.meshes import catalogue
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
    Noun,
    Or,
    Ordinal,
    Pick,
    Program,
    Query,
    Ref,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Superlative,
    Verify,
    WhichSide,
)
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES

SAME_KEYS = ("colour", "material", "size")


def nouns() -> st.SearchStrategy[Noun]:
    """Any noun that can be written."""
    pack = catalogue()
    known = [Noun("object", "object")]
    known += [Noun("family", name) for name in pack.families] + [
        Noun("category", name) for name in pack.categories
    ]
    return st.sampled_from([noun for noun in known if nameable(noun)])


def _values(key: str) -> st.SearchStrategy[str]:
    values = {
        "size": tuple(SIZES),
        "colour": tuple(COLOURS),
        "material": MATERIALS,
        "text": SIGN_WORDS,
        "facing": ("left", "right", "toward", "away"),
        "hidden": ("yes",),
    }
    return st.sampled_from(values[key])


@st.composite
def attributes(draw: st.DrawFn, keys: tuple[str, ...]) -> Attribute:
    """An attribute with one of the keys."""
    key = draw(st.sampled_from(keys))
    return Attribute(key, draw(_values(key)))  # type: ignore[arg-type]


@st.composite
def _other(draw: st.DrawFn, depth: int, nearest: bool) -> Filter:
    kinds = ["attribute", "not", "or"]
    if depth < 2:
        kinds += ["relation", "not_relation", "between", "seen", "same"] + ["nearest"] * nearest
    kind = draw(st.sampled_from(kinds))
    match kind:
        case "attribute":
            return draw(attributes(("text", "facing", "hidden")))
        case "not":
            return Not(draw(attributes(("size", "colour", "material", "text", "facing", "hidden"))))
        case "or":
            key = draw(st.sampled_from(("size", "colour", "material", "text", "facing")))
            one, other = draw(st.lists(_values(key), min_size=2, max_size=2, unique=True))
            return Or(Attribute(key, one), Attribute(key, other))  # type: ignore[arg-type]
        case "between":
            return Between(*(draw(refs(depth + 1, 0, pick=False)) for _ in range(2)))
    anchor = draw(refs(depth + 1, 1))
    match kind:
        case "nearest":
            return Nearest(anchor)
        case "seen":
            return SeenFrom(draw(st.sampled_from(("left", "right"))), anchor)
        case "same":
            return SameAs(draw(st.sampled_from(SAME_KEYS)), anchor)
    relation = Relation(draw(st.sampled_from(("left", "right", "front", "behind"))), anchor)
    return Not(relation) if kind == "not_relation" else relation


@st.composite
def refs(draw: st.DrawFn, depth: int = 0, most: int = 2, *, pick: bool = True, nearest: bool = True) -> Ref:
    """A noun phrase at a depth, with at most `most` filters that are not plain."""
    plain = [
        Attribute(key, draw(_values(key)))
        for key in ("size", "colour", "material")
        if draw(st.integers(0, 3)) == 0
    ]
    rest = draw(st.lists(_other(depth, nearest), max_size=most, unique=True))
    chosen: Pick | None = None
    if pick and len(rest) < 2 and not any(isinstance(part, Nearest) for part in rest) and draw(st.booleans()):
        ends = st.sampled_from(("left", "right", "front", "back"))
        sides = st.sampled_from(("left", "right"))
        chosen = draw(st.builds(Superlative, ends) | st.builds(Ordinal, st.integers(2, 4), sides))
    return Ref(draw(nouns()), (*plain, *rest), chosen)


@st.composite
def _verify(draw: st.DrawFn) -> Verify:
    keys = ("size", "colour", "material", "text", "facing", "hidden")
    category = st.sampled_from(list(catalogue().categories)).map(lambda name: Attribute("category", name))
    anchor = refs(1, 1)
    plain = refs(1, 0, pick=False)
    part = (
        attributes(keys)
        | category
        | st.builds(Relation, st.sampled_from(("left", "right", "front", "behind")), anchor)
        | st.builds(Between, plain, plain)
        | st.builds(SeenFrom, st.sampled_from(("left", "right")), anchor)
    )
    return Verify(draw(refs()), tuple(draw(st.lists(part, min_size=1, max_size=2, unique=True))))


def programs() -> st.SearchStrategy[Program]:
    """Programs of every kind, all writable."""
    kind = refs(0, 2, pick=False, nearest=False)
    part = refs(0, 1, pick=False, nearest=False)
    one = refs(0, 1)
    queries = st.sampled_from(("colour", "material", "size", "text", "facing", "category", "shape"))
    every: st.SearchStrategy[Program] = st.one_of(
        st.builds(Exists, kind),
        st.builds(Count, kind),
        st.builds(Query, queries, refs()),
        _verify(),
        st.builds(WhichSide, one, refs(1, 1)),
        st.builds(CompareCounts, st.sampled_from(("more", "fewer", "equal")), part, part),
        st.builds(CompareSizes, st.sampled_from(("larger", "smaller")), one, one),
        st.builds(SameAttribute, st.sampled_from(SAME_KEYS), one, one),
        st.builds(Both, part, part),
        st.builds(Either, part, part),
    )
    return every.filter(writable)
