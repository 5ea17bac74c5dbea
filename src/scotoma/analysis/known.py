"""A failure mode -> the published weakness that it is, or "not in the catalogue": never "novel".

That a mode is not in this catalogue says that nobody entered it here, not that nobody has seen it.

    similarity = (t + j) / 2    where the mode's skills are known and the weakness names skills
               = t              otherwise

t: cosine of the embeddings of both descriptions.  j: |skills in both| / |skills in either| (Jaccard 1901). So counting
behind things is not the known weakness of counting: a part or a superset of it is another claim.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from scotoma.errors import AssetError
from scotoma.labelling.catalogue import Catalogue, load_catalogue
from scotoma.novelty.embed import Embedder, MiniLmEmbedder, Vectors

NEAR = 0.65
"""Similarity from which a mode is called known. Of 34 modes looked at one by one, the 15 known ones are at 0.69 or
above, the 19 others at 0.61 or below (tests/analysis/test_known.py)."""

NOT_KNOWN = "not in the catalogue"


@dataclass(frozen=True, slots=True)
class KnownWeakness:
    """One published weakness.

    skills:   ids of the catalogue of skills; none if it is about no skill in particular.
    verified: were title and arXiv identifier found together in public texts?
    """

    id: str
    name: str
    description: str
    skills: tuple[str, ...]
    authors: str
    year: int
    title: str
    arxiv: str
    venue: str
    verified: bool

    @property
    def citation(self) -> str:
        """ "Authors (year), Title, arXiv:..., venue"."""
        return f"{self.authors} ({self.year}), {self.title}, arXiv:{self.arxiv}, {self.venue}"


@dataclass(frozen=True, slots=True)
class Match:
    """The weakness that is most similar to a mode. known: is it similar enough to be the same?"""

    nearest: KnownWeakness
    similarity: float
    known: bool

    @property
    def weakness(self) -> KnownWeakness | None:
        """The weakness that the mode is, or None."""
        return self.nearest if self.known else None

    @property
    def told(self) -> str:
        """For people: "known: ..." or "not in the catalogue", with the similarity."""
        if self.known:
            return f"known: {self.nearest.name} ({self.nearest.citation}; similarity {self.similarity:.2f})"
        return f"{NOT_KNOWN} (nearest: {self.nearest.name}, similarity {self.similarity:.2f})"


@cache
def load_known() -> tuple[KnownWeakness, ...]:
    """The shipped weaknesses. Raises AssetError if they are missing."""
    try:
        text = files("scotoma").joinpath("assets", "known.toml").read_text("utf-8")
    except OSError as error:
        raise AssetError(
            f"the catalogue of weaknesses is missing from this installation ({error.filename}): install scotoma again"
        ) from error
    return tuple(
        KnownWeakness(**{**entry, "skills": tuple(entry["skills"])})
        for entry in tomllib.loads(text)["weakness"]
    )


class KnownWeaknesses:
    """The catalogue, its descriptions embedded once."""

    def __init__(
        self,
        embedder: Embedder | None = None,
        weaknesses: Sequence[KnownWeakness] | None = None,
        skills: Catalogue | None = None,
        *,
        near: float = NEAR,
    ) -> None:
        self._embedder = embedder or MiniLmEmbedder()
        self._weaknesses = tuple(weaknesses or load_known())
        self._skills = skills or load_catalogue()
        self._near = near
        self._vectors: Vectors | None = None

    def match(self, skills: Sequence[str] = (), description: str = "") -> Match:
        """The most similar weakness.

        skills:      what the mode needs, all of it; none if it is not known.
        description: the mode in words; by default the names and definitions of its skills.
        Raises ValueError if neither is given; ModelError if the embedder cannot be loaded.
        """
        return self.matches([(skills, description)])[0]

    def matches(self, modes: Sequence[tuple[Sequence[str], str]]) -> list[Match]:
        """`match` of several (skills, description), in order, embedded together. Raises as `match` does."""
        if any(not skills and not description.strip() for skills, description in modes):
            raise ValueError("a mode has skills, or a description")
        told = [description.strip() or self._told(skills) for skills, description in modes]
        vectors_M = self._embedder.embed(told)
        if self._vectors is None:
            told = [f"{weakness.name}. {weakness.description}" for weakness in self._weaknesses]
            self._vectors = self._embedder.embed(told)
        cosine_MW = vectors_M @ self._vectors.T
        return [
            self._nearest(cosine_W, skills) for cosine_W, (skills, _) in zip(cosine_MW, modes, strict=True)
        ]

    def _nearest(self, cosine_W: Vectors, skills: Sequence[str]) -> Match:
        similarity_W = np.asarray(
            [
                similarity(float(cosine), skills, weakness.skills)
                for cosine, weakness in zip(cosine_W, self._weaknesses, strict=True)
            ]
        )
        best = int(similarity_W.argmax())
        found = float(similarity_W[best])
        return Match(self._weaknesses[best], found, found >= self._near)

    def _told(self, skills: Sequence[str]) -> str:
        known = self._skills.skills
        return " ".join(
            f"{self._skills.words_for(skill)}." + (f" {known[skill].definition}" if skill in known else "")
            for skill in skills
        )


def similarity(cosine: float, mode: Sequence[str], weakness: Sequence[str]) -> float:
    """The similarity of the module's formula. cosine: of the descriptions.

    >>> similarity(0.5, ("counting", "occlusion"), ("counting",)), similarity(0.5, (), ("counting",))
    (0.5, 0.5)
    """
    if not mode or not weakness:
        return cosine
    either = set(mode) | set(weakness)
    return (cosine + len(set(mode) & set(weakness)) / len(either)) / 2
