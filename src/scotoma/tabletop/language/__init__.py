"""Program <-> English: one grammar that writes questions and reads them back, and reads answers.

    Program --write--> "is the cat behind the ball?" --read--> the same Program

`read(write(program, rng)) == program` for every `writable` program and every `rng`.
"""

from scotoma.tabletop.language.answers import (
    ANSWER_KINDS,
    AnswerKind,
    AnswerReading,
    domain,
    kind_of,
    read_answer,
    say_answer,
)
from scotoma.tabletop.language.reader import read
from scotoma.tabletop.language.space import writable
from scotoma.tabletop.language.tokens import Unreadable
from scotoma.tabletop.language.vocabulary import vocabulary
from scotoma.tabletop.language.writer import write

__all__ = [
    "ANSWER_KINDS",
    "AnswerKind",
    "AnswerReading",
    "Unreadable",
    "domain",
    "kind_of",
    "read",
    "read_answer",
    "say_answer",
    "vocabulary",
    "writable",
    "write",
]
