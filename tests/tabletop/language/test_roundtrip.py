"""Writing and reading: whatever can be written reads back as itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scotoma.records import SKILLS
from scotoma.tabletop.language import read, vocabulary, writable, write
from scotoma.tabletop.language.tokens import MAX_CHARACTERS, MAX_TOKENS
from scotoma.tabletop.language.vocabulary import TOKEN
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
    Nearest,
    Not,
    Noun,
    Or,
    Ordinal,
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
    skills_of,
)
from strategies import programs

T = TypeVar("T")

OBJECT = Ref(Noun("object", "object"))
CUBE, HORSE, SIGN, PIANO = (Ref(Noun("category", name)) for name in ("cube", "horse", "sign", "piano"))
ANIMAL, BLOCK = Ref(Noun("family", "animal")), Ref(Noun("family", "block"))
RED, METAL, BLUE = Attribute("colour", "red"), Attribute("material", "metal"), Attribute("colour", "blue")


def having(ref: Ref, *filters: object, pick: object = None) -> Ref:
    return Ref(ref.noun, filters, pick)  # type: ignore[arg-type]


class Scripted(random.Random):
    """A generator whose choices follow a script: all wordings of a program can be gone through."""

    def __init__(self) -> None:
        super().__init__(0)
        self.script: list[list[int]] = []
        self.at = 0

    def _next(self, size: int) -> int:
        if self.at == len(self.script):
            self.script.append([0, size])
        self.at += 1
        return self.script[self.at - 1][0]

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]
        return seq[self._next(len(seq))]

    def random(self) -> float:
        return 0.9 * self._next(2)

    def advance(self) -> bool:
        """Go to the next script; False after the last."""
        self.at = 0
        while self.script and self.script[-1][0] + 1 == self.script[-1][1]:
            self.script.pop()
        if self.script:
            self.script[-1][0] += 1
        return bool(self.script)


@settings(max_examples=400, deadline=None)
@given(programs(), st.integers(0, 2**32 - 1))
def test_reads_back_what_it_writes(program: Program, seed: int) -> None:
    rng = random.Random(seed)
    for text in (write(program), write(program, rng), write(program, rng), write(program, rng)):
        assert text.endswith("?")
        assert read(text) == program, text


@settings(max_examples=60, deadline=None)
@given(programs())
def test_every_wording_reads_back(program: Program) -> None:
    script = Scripted()
    for _ in range(80):
        text = write(program, script)
        assert read(text) == program, text
        if not script.advance():
            break


@settings(max_examples=150, deadline=None)
@given(programs(), st.integers(0, 2**32 - 1))
def test_written_text_is_lower_case_within_the_vocabulary_and_the_bounds(program: Program, seed: int) -> None:
    text = write(program, random.Random(seed))
    tokens = TOKEN.findall(text)
    assert text == text.lower()
    assert set(tokens) <= set(vocabulary())
    assert len(tokens) <= MAX_TOKENS
    assert len(text) <= MAX_CHARACTERS


@settings(max_examples=150, deadline=None)
@given(programs(), st.integers(0, 2**32 - 1))
def test_text_of_a_detokeniser_reads_back(program: Program, seed: int) -> None:
    text = write(program, random.Random(seed))
    assert read(" ".join(TOKEN.findall(text))) == program
    assert read(text.upper()) == program
    assert read(text[:-1]) == program


def test_the_longest_programs_stay_within_the_bounds() -> None:
    furniture = Noun("family", "furniture")
    anchor = Ref(furniture, (), Ordinal(2, "right"))
    ref = Ref(furniture, (SeenFrom("right", anchor),), Ordinal(2, "right"))
    program = WhichSide(ref, Ref(furniture, (SeenFrom("right", Ref(furniture)),)))
    longest = max((write(program, random.Random(seed)) for seed in range(300)), key=len)
    assert len(TOKEN.findall(longest)) > 60
    assert read(longest) == program


PLAINEST = {
    "is there a red cube?": Exists(having(CUBE, RED)),
    "how many large metal chairs are there?": Count(
        Ref(Noun("category", "chair"), (Attribute("size", "large"), METAL))
    ),
    "what colour is the animal left of the sign?": Query("colour", having(ANIMAL, Relation("left", SIGN))),
    "is the horse behind the cube?": Verify(HORSE, (Relation("behind", CUBE),)),
    "which way is the horse facing?": Query("facing", HORSE),
    "what does the blue sign say?": Query("text", having(SIGN, BLUE)),
    "from the horse's point of view, is the cube on its left or its right?": WhichSide(CUBE, HORSE),
    "what is the object nearest to the piano?": Query("category", having(OBJECT, Nearest(PIANO))),
    "are there more animals than blocks?": CompareCounts("more", ANIMAL, BLOCK),
    "are there as many animals as blocks?": CompareCounts("equal", ANIMAL, BLOCK),
    "do the horse and the cube have the same colour?": SameAttribute("colour", HORSE, CUBE),
    "how many objects are red or blue?": Count(having(OBJECT, Or(RED, BLUE))),
    "how many objects are not metal?": Count(having(OBJECT, Not(METAL))),
    "what is the second object from the left?": Query("category", having(OBJECT, pick=Ordinal(2, "left"))),
    "what is the object closest to the camera?": Query("category", having(OBJECT, pick=Superlative("front"))),
    "is the piano partly hidden?": Verify(PIANO, (Attribute("hidden", "yes"),)),
    "is the cube larger than the horse?": CompareSizes("larger", CUBE, HORSE),
    "what shape is the red block?": Query("shape", having(BLOCK, RED)),
    "what kind of animal is this?": Query("category", ANIMAL),
    "is the animal a horse?": Verify(ANIMAL, (Attribute("category", "horse"),)),
    "does the sign say stop?": Verify(SIGN, (Attribute("text", "STOP"),)),
    "is the animal facing away and left of the cube?": Verify(
        ANIMAL, (Attribute("facing", "away"), Relation("left", CUBE))
    ),
    "are there both a cube and an animal?": Both(CUBE, ANIMAL),
    "is there a cube or an animal?": Either(CUBE, ANIMAL),
    "is there a cube between the horse and the sign?": Exists(having(CUBE, Between(HORSE, SIGN))),
    "is there a cube on the left as seen from the horse?": Exists(having(CUBE, SeenFrom("left", HORSE))),
    "is there a cube with the same size as the horse?": Exists(having(CUBE, SameAs("size", HORSE))),
}


@pytest.mark.parametrize("text", PLAINEST)
def test_plainest_wording(text: str) -> None:
    assert write(PLAINEST[text]) == text
    assert read(text) == PLAINEST[text]


def test_every_skill_is_written_and_read() -> None:
    assert {skill for text in PLAINEST for skill in skills_of(read(text))} == set(SKILLS)


def test_every_noun_is_written_and_read() -> None:
    pack = catalogue()
    nouns = [Noun("category", name) for name in pack.categories]
    nouns += [Noun("family", name) for name in pack.families if name not in pack.categories]
    for noun in nouns:
        for program in (Count(Ref(noun)), Query("colour", Ref(noun))):
            assert read(write(program)) == program


@pytest.mark.parametrize(
    "program",
    [
        Exists(Ref(Noun("category", "unicorn"))),
        Exists(Ref(Noun("family", "sign"))),
        Exists(having(CUBE, pick=Superlative("left"))),
        Count(having(CUBE, Nearest(PIANO))),
        Query("colour", having(CUBE, METAL, RED)),
        Query("colour", having(CUBE, RED, BLUE)),
        Query("colour", having(CUBE, Relation("left", PIANO), RED)),
        Query("colour", having(CUBE, Nearest(PIANO), pick=Superlative("left"))),
        Query("colour", having(CUBE, pick=Ordinal(5, "left"))),
        Query("size", having(CUBE, Or(RED, METAL))),
        Query("size", having(CUBE, Attribute("category", "horse"))),
        Query("size", having(CUBE, Attribute("text", "HELLO"))),
        Query("size", having(CUBE, Between(having(HORSE, pick=Superlative("left")), SIGN))),
        Exists(
            having(
                CUBE, Relation("left", having(CUBE, Relation("left", having(CUBE, Relation("left", CUBE)))))
            )
        ),
        Verify(CUBE, ()),
        Verify(CUBE, (RED, BLUE)),
        Verify(CUBE, (RED, METAL, Attribute("size", "small"))),
        CompareSizes("larger", having(CUBE, Relation("left", SIGN), Relation("behind", SIGN)), HORSE),
        Count(
            having(
                CUBE,
                Relation("left", having(SIGN, METAL)),
                Not(Relation("behind", having(HORSE, Attribute("size", "small")))),
            )
        ),
    ],
    ids=str,
)
def test_programs_outside_the_space_are_refused(program: Program) -> None:
    assert not writable(program)
    with pytest.raises(ValueError, match="no wording"):
        write(program)


def test_wordings_vary_and_a_seed_repeats() -> None:
    for program in PLAINEST.values():
        written = {write(program, random.Random(seed)) for seed in range(40)}
        assert len(written) >= 2, written
    program = PLAINEST["do the horse and the cube have the same colour?"]
    assert write(program, random.Random(3)) == write(program, random.Random(3))
