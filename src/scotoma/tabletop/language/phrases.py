"""Tokens -> noun phrases and predicates: every way to read them from a position, the longest first.

Attachment: a relation belongs to the nearest noun before it ("the cube left of the ball behind the cup" =
left of the ball that is behind the cup). "and" joins a second filter to the outermost noun only, never to an
anchor. Results are memoised by position and depth, and depth is bounded, so that the work is bounded
whatever the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scotoma.tabletop.language import predicates
from scotoma.tabletop.language.lexicon import (
    ADJECTIVES,
    HIDDEN,
    ORDINALS,
    PICKS,
    SIDES,
    T,
    Table,
    nouns,
    table,
)
from scotoma.tabletop.language.predicates import MAX_DEPTH, Found, Item, Refs
from scotoma.tabletop.language.tokens import Tokens
from scotoma.tabletop.program import (
    PLAIN_KEYS,
    Attribute,
    Filter,
    Nearest,
    Noun,
    Or,
    Ordinal,
    Pick,
    Ref,
    Superlative,
    is_plain,
)

_RANK: dict[str, int] = {key: rank for rank, key in enumerate(PLAIN_KEYS)}
_POSTPICK_STARTS = frozenset({"closest", "farthest", "on", "that"})
_ORDINAL_SIDES = table(
    (phrase.format(side), side) for side in SIDES.values() for phrase in ("from {}", "{}most", "from {} side")
)
_ANYTHING = frozenset({"something", "anything"})
_FRONT, _BACK = Superlative("front"), Superlative("back")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A noun phrase while it is read.

    end:  position after it.
    bare: whether it is "the closest chair" without saying to what: nothing but "to ..." may follow, because
          "the closest chair left of the sign" could as well mean closest to the sign.
    """

    noun: Noun
    filters: tuple[Filter, ...]
    pick: Pick | None
    end: int
    bare: bool = False

    def add(self, item: Item, end: int) -> _Draft | None:
        """The draft with one more filter or its pick, or None if it already has a pick."""
        if isinstance(item, (Superlative, Ordinal)):
            return None if self.pick else _Draft(self.noun, self.filters, item, end)
        return _Draft(self.noun, (*self.filters, item), self.pick, end)

    def ref(self) -> Ref:
        filters = self.filters
        return Ref(self.noun, canonical(filters) if len(filters) > 1 else filters, self.pick)


def canonical(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """Plain attributes by size, colour, material; then the others as they came."""
    plain = sorted(
        (f for f in filters if isinstance(f, Attribute) and f.key in _RANK), key=lambda f: _RANK[f.key]
    )
    return (*plain, *(f for f in filters if not is_plain(f)))


class Phrases:
    """Reads phrases out of one question's tokens. Positions index `words`; past the end come empty words."""

    __slots__ = ("_memo", "_nouns", "end", "filled", "fresh", "words")

    def __init__(self, tokens: Tokens) -> None:
        self.words = tokens.words
        self.fresh = tokens.fresh
        self.end = tokens.size
        self.filled = tokens.filled
        self._nouns = nouns().phrases
        self._memo: dict[tuple[int, int, bool], Refs] = {}

    def match(self, phrases: Table[T], at: int) -> tuple[T, int] | None:
        """The longest phrase of the table at a position: its meaning, and the position after it."""
        words = self.words
        for phrase, meaning in phrases.get(words[at], ()):
            after = at + len(phrase)
            if words[at:after] == phrase:
                return meaning, after
        return None

    def at(self, position: int, *phrase: str) -> bool:
        """Whether exactly these words stand at a position."""
        return self.words[position : position + len(phrase)] == list(phrase)

    # ---- noun phrases --------------------------------------------------------------------------------------

    def refs(self, at: int, depth: int, joins: bool) -> Refs:
        """All noun phrases that begin at a position, longest first. joins: "and" may join a second filter."""
        key = (at, depth, joins)
        known = self._memo.get(key)
        if known is None:
            found = [(draft.ref(), draft.end) for draft in self._drafts(at, depth, joins)]
            known = self._memo[key] = tuple(sorted(found, key=lambda entry: -entry[1]))
        return known

    def _drafts(self, at: int, depth: int, joins: bool) -> Iterator[_Draft]:
        head = self.head(at)
        if head is None:
            return
        yield head
        words = self.words
        if head.bare:
            if words[head.end] != "to" or head.pick != _FRONT:
                return
            head = _Draft(head.noun, head.filters, None, head.end)  # "the closest chair to the sign"
            first: Found = [(Nearest(anchor), end) for anchor, end in self.anchors(head.end + 1, depth)]
        else:
            first = predicates.modifiers(self, head.end, depth)
        for item, after in first:
            draft = head.add(item, after)
            if draft is None:
                continue
            yield draft
            if words[after] in _POSTPICK_STARTS and draft.pick is None:
                for pick, end in predicates.modifiers(self, after, depth):
                    if isinstance(pick, (Superlative, Ordinal)):
                        yield _Draft(draft.noun, draft.filters, pick, end)
            elif words[after] == "and" and joins:
                for second, end in self._joined(after + 1, depth):
                    both = draft.add(second, end)
                    if both is not None:
                        yield both

    def _joined(self, at: int, depth: int) -> Found:
        words = self.words
        if words[at] == "that":
            at += 1
        return predicates.clause(self, at, depth) or predicates.predicate(self, at, depth)

    def head(self, at: int) -> _Draft | None:
        """Adjectives, pick and noun, and "from the left" or "to the camera" where the pick needs it."""
        words = self.words
        filters: list[Filter] = []
        pick: Pick | str | None = None
        while (noun := self._noun(at)) is None:
            adjective = ADJECTIVES.get(words[at])
            if adjective is not None:
                other = ADJECTIVES.get(words[at + 2]) if words[at + 1] == "or" else None
                either = other is not None and other.key == adjective.key
                filters.append(Or(adjective, other) if other is not None and either else adjective)
                at += 3 if either else 1
                at += words[at] == "coloured"
                continue
            hidden = self.hidden(at)
            if hidden is not None:
                filters.append(HIDDEN)
                at = hidden
                continue
            found = self.prepick(at)
            if found is None or pick is not None:
                return None
            pick, at = found
        end = noun[1]
        adjective = ADJECTIVES.get(words[end]) if words[end - 1] in _ANYTHING else None
        if adjective is not None:  # "anything red"
            return self._after_noun(noun[0], end + 1, (*filters, adjective), pick)
        return self._after_noun(noun[0], end, tuple(filters), pick)

    def _after_noun(
        self, noun: Noun, end: int, filters: tuple[Filter, ...], pick: Pick | str | None
    ) -> _Draft | None:
        words = self.words
        if isinstance(pick, str) and pick in ORDINALS:  # "the second chair from the left"
            side = self.match(_ORDINAL_SIDES, end)
            return None if side is None else _Draft(noun, filters, Ordinal(ORDINALS[pick], side[0]), side[1])
        if isinstance(pick, str):  # "the closest chair (to the camera)"
            word, place = ("to", _FRONT) if pick == "closest" else ("from", _BACK)
            finished = self.at(end, word, "camera")
            return _Draft(noun, filters, place, end + 2 if finished else end, bare=not finished)
        if pick is None and words[end] in ("closest", "farthest"):
            found = self.match(PICKS, end)
            if found is not None:
                return _Draft(noun, filters, found[0], found[1])
        return _Draft(noun, filters, pick, end)

    def _noun(self, at: int) -> tuple[Noun, int] | None:
        words = self.words
        for phrase, noun in self._nouns.get(words[at], ()):
            after = at + len(phrase)
            if len(phrase) == 1 or (words[at:after] == phrase and not any(self.fresh[at + 1 : after])):
                return noun, after
        return None

    def category(self, at: int) -> tuple[Attribute, int] | None:
        """A category's name as a predicate: "is the animal a horse?"."""
        found = self._noun(at)
        if found is None or found[0].kind != "category":
            return None
        return Attribute("category", found[0].name), found[1]

    def hidden(self, at: int) -> int | None:
        words = self.words
        if words[at] == "partly" and words[at + 1] == "hidden":
            return at + 2
        return at + 1 if words[at] == "hidden" else None

    def prepick(self, at: int) -> tuple[Pick | str, int] | None:
        """A pick before the noun; a mere word where what follows the noun must finish it."""
        words = self.words
        word = words[at]
        if word in ORDINALS:
            side = self.match(_ORDINAL_SIDES, at + 1)
            return (word, at + 1) if side is None else (Ordinal(ORDINALS[word], side[0]), side[1])
        unfinished = word in ("closest", "farthest") and not self.fresh[at + 1]  # not "closest the piano"
        return self.match(PICKS, at) or ((word, at + 1) if unfinished else None)

    def anchors(self, at: int, depth: int) -> Refs:
        """Noun phrases one level further in; none beyond the deepest level."""
        return self.refs(at, depth + 1, False) if depth < MAX_DEPTH else ()
