"""Questions -> the nearest entries of the catalogue, by embedding; "unlabelled" where none is near. Offline.

Questions and examples are compared as frames (`masking`). A word is masked if the catalogue lists it as a thing, or if
it knows it neither as a thing nor from its own texts and its embedding is nearer to a thing than to one of those.
How often this is right, by threshold, stands in docs/taxonomy.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scotoma.labelling.catalogue import Catalogue, load_catalogue
from scotoma.labelling.labels import NOTHING_NEAR, Label
from scotoma.labelling.masking import frame, words_of
from scotoma.novelty.embed import Embedder, MiniLmEmbedder, Vectors

THRESHOLD = 0.70
"""Cosine below which a question is unlabelled: `benchmarks/labelling.py` measures what it costs and brings."""

MARGIN = 0.02
"""Further entries are named if they are this near to the nearest one (cosine)."""

MOST = 3
"""Skills named of one question, at most."""

_PAGE = 512

_NEIGHBOURS = 5
"""Known words that a new one is compared with. The nearest alone takes 74% of 84 new nouns for things, five take 81%;
of 62 other words 6% and 2%."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is embedded once.

    entries_E: frames of examples (E, dimensions) and owner_E, the place of each one's skill in the catalogue.
    words_V:   known words (V, dimensions), the `things` first ones of which name things.
    """

    entries_E: Vectors
    owner_E: NDArray[np.intp]
    words_V: Vectors
    things: int


class NearestLabeller:
    """The catalogue as a labeller.

    threshold: cosine below which a question is unlabelled.  margin: how near further entries must be to the nearest.
    """

    name = "catalogue"

    def __init__(
        self,
        embedder: Embedder | None = None,
        catalogue: Catalogue | None = None,
        *,
        threshold: float = THRESHOLD,
        margin: float = MARGIN,
    ) -> None:
        self._embedder = embedder or MiniLmEmbedder()
        self._catalogue = catalogue or load_catalogue()
        self._threshold = threshold
        self._margin = margin
        self._things = dict.fromkeys(self._catalogue.things, True) | dict.fromkeys(
            _own_words(self._catalogue), False
        )
        self._known: _Known | None = None

    async def label(self, questions: Sequence[str]) -> list[Label]:
        """One label a question, in order. Raises ModelError if the embedder's packages are missing."""
        labels: dict[str, Label] = {}
        distinct = list(dict.fromkeys(questions))
        for start in range(0, len(distinct), _PAGE):
            some = distinct[start : start + _PAGE]
            labels |= zip(some, map(self._label, self.similarities(some)), strict=True)
        return [labels[question] for question in questions]

    def similarities(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """(questions, skills): cosine of each question's frame and the nearest example of each skill."""
        known = self._prepared()
        frames = self._frames(questions)
        cosines = self._embedder.embed(frames) @ known.entries_E.T
        nearest = np.full((len(frames), len(self._catalogue.skills)), -1.0, np.float32)
        np.maximum.at(nearest.T, known.owner_E, cosines.T)
        return nearest

    def _label(self, similarity_S: NDArray[np.float32]) -> Label:
        order = np.argsort(-similarity_S, kind="stable")[:MOST]
        best = float(similarity_S[order[0]])
        if best < self._threshold:
            told = f"no skill of the catalogue is near enough ({best:.2f} < {self._threshold:.2f})"
            return Label((), NOTHING_NEAR, told, best)
        ids = list(self._catalogue.skills)
        least = max(self._threshold, best - self._margin)
        return Label(tuple(ids[at] for at in order if similarity_S[at] >= least), similarity=best)

    def _prepared(self) -> _Known:
        if self._known is None:
            things = sorted(word for word, thing in self._things.items() if thing)
            others = sorted(word for word, thing in self._things.items() if not thing)
            words_V = self._embedder.embed([*things, *others])
            examples = [
                (place, example)
                for place, skill in enumerate(self._catalogue.skills.values())
                for example in skill.examples
            ]
            frames = [frame(example, self._catalogue.things.__contains__) for _, example in examples]
            owner_E = np.asarray([place for place, _ in examples], np.intp)
            self._known = _Known(self._embedder.embed(frames), owner_E, words_V, len(things))
        return self._known

    def _frames(self, questions: Sequence[str]) -> list[str]:
        known = self._prepared()
        bases = (word.removesuffix("'s") for question in questions for word in words_of(question))
        new = [word for word in dict.fromkeys(bases) if word not in self._things]
        if new:
            cosines = self._embedder.embed(new) @ known.words_V.T
            things, others = cosines[:, : known.things], cosines[:, known.things :]
            near_thing = _nearness(things) > _nearness(others)
            self._things.update(zip(new, map(bool, near_thing), strict=True))
        return [frame(question, lambda word: self._things.get(word, False)) for question in questions]


def _nearness(cosine_WV: NDArray[np.float32]) -> NDArray[np.float32]:
    """(W,): mean cosine of each word to its nearest known words; one alone may be near by chance."""
    nearest: NDArray[np.float32] = np.sort(cosine_WV, axis=1)[:, -_NEIGHBOURS:].mean(axis=1)
    return nearest


def _own_words(catalogue: Catalogue) -> Iterable[str]:
    """Words of the catalogue's own texts that are no things."""
    for skill in catalogue.skills.values():
        for text in (skill.name, skill.definition, *skill.examples):
            yield from (word for word in words_of(text) if word.removesuffix("'s") not in catalogue.things)
