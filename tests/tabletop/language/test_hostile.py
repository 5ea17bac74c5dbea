"""Whatever the text, reading ends: in a program that can be written again, or in a refusal."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from scotoma.tabletop.language import (
    ANSWER_KINDS,
    Unreadable,
    domain,
    read,
    read_answer,
    vocabulary,
    writable,
    write,
)
from scotoma.tabletop.program import Program

QUESTIONS = (
    "is there a red cube left of the sphere behind the mug?",
    "how many large metal chairs are there?",
    "from the horse's point of view, is the cube on its left or its right?",
    "is it true that the sign that says stop is behind the mug and left of the bed?",
    "do the second animal from the left and the sofa have the same colour?",
    "is the number of things that are red or blue the same as the number of cones?",
)
PIECES = (
    "<script>alert(1)</script>", "'; DROP TABLE probes; --", "{{7*7}}", "${jndi:ldap://x}", "\x00",
    "\u202e", "\ufeff", "((((((((((", "))))))))))", "[[[[[", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "%s%n%x",
    "\\", "\U0001f600", "\ud800", "\r\n", "../../etc/passwd", "a" * 300, " " * 300, "the " * 60,
    "is " * 70, "left of " * 40, "?" * 50, "'" * 40, "'s " * 40,
)  # fmt: skip


def _garbage(rng: random.Random) -> str:
    """No run of letters is a word: nothing in it can be a question."""
    kinds: tuple[Callable[[], str], ...] = (
        lambda: "".join(chr(rng.randrange(0x250, 0x10FFFF)) for _ in range(rng.randrange(80))),
        lambda: "".join(chr(rng.randrange(128)) for _ in range(rng.randrange(200))) + "\x01~",
        lambda: "(" * rng.randrange(1, 3000) + rng.choice(QUESTIONS) + ")" * rng.randrange(3000),
        lambda: "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 9))) + "<",
        lambda: rng.choice(PIECES) + rng.choice(QUESTIONS) * rng.randrange(2, 40) + "}",
        lambda: rng.choice(("a", "the ", "left of ", "?!", "\u0301", "is there ")) * rng.randrange(500, 4000),
    )
    return rng.choice(kinds)()


def _mutated(rng: random.Random) -> str:
    """A question with words dropped, doubled, swapped, put in from the vocabulary or from elsewhere."""
    words = rng.choice(QUESTIONS).split()
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(words))
        kind = rng.randrange(6)
        if kind == 0 and len(words) > 1:
            del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind == 2:
            other = rng.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == 3:
            words.insert(at, rng.choice(PIECES))
        elif kind == 4:
            words[at] = rng.choice(vocabulary())
        else:
            words[at:at] = rng.choice(QUESTIONS).split()[: rng.randrange(1, 9)]
    return " ".join(words)


def _shuffled(rng: random.Random) -> str:
    return " ".join(rng.choice(vocabulary()) for _ in range(rng.randrange(1, 81)))


def _outcome(text: str) -> Program | Unreadable:
    try:
        return read(text)
    except Unreadable as refusal:
        assert refusal.reason in ("unreadable", "multiple_questions")
        assert 0 < len(refusal.detail) < 120
        assert refusal.detail.isascii()
        return refusal


def test_garbage_is_always_refused() -> None:
    rng = random.Random(1)
    for _ in range(4000):
        text = _garbage(rng)
        assert isinstance(_outcome(text), Unreadable), text


def test_broken_questions_are_refused_or_read_as_what_can_be_written() -> None:
    rng = random.Random(2)
    outcomes = [_outcome(_mutated(rng)) for _ in range(4000)]
    outcomes += [_outcome(_shuffled(rng)) for _ in range(2000)]
    programs = [outcome for outcome in outcomes if not isinstance(outcome, Unreadable)]
    assert 0 < len(programs) < len(outcomes) / 2
    for program in programs:
        assert writable(program)
        assert read(write(program, rng)) == program


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "is there a cube " * 10_000, "(" * 100_000, "left of the " * 30, "\x00" * 100_000]
)
def test_long_text_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


def test_answers_of_any_text_end_in_a_reading() -> None:
    rng = random.Random(3)
    for _ in range(1500):
        text = rng.choice((_garbage, _mutated, _shuffled))(rng)
        for kind in ANSWER_KINDS:
            reading = read_answer(text, kind)
            assert (reading.value is not None) == (reading.status == "read")
            if reading.value is not None and kind != "number":
                assert reading.value in domain(kind)
