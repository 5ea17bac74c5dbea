"""reply text -> skills: ids of the catalogue, or short phrases. A reply is untrusted: bounded and cleaned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from scotoma.labelling.catalogue import Catalogue
from scotoma.verifiers.judge.fencing import plain
from scotoma.verifiers.judge.parsing import read
from scotoma.verifiers.judge.schemas import Reading

MOST_SKILLS = 5
"""Skills kept of one reply."""

MOST_WORDS = 6
MOST_CHARS = 60
"""A phrase that is longer than this is a sentence, and no name of a skill."""

_PHRASE = re.compile(r"[^\W\d_][\w '-]*")

SKILLS_SCHEMA: dict[str, Any] = {
    "title": "skills",
    "type": "object",
    "properties": {
        "skills": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_SKILLS}
    },
    "required": ["skills"],
    "additionalProperties": False,
}


def _listed(value: object) -> object:
    """ "counting, colour" -> ["counting", "colour"]: weak models write a list as a text."""
    return value.split(",") if isinstance(value, str) else value


class NamedSkills(Reading):
    """What a labeller replies."""

    skills: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1, max_length=50)]


def read_skills(reply: str, catalogue: Catalogue, quoted: Sequence[str] = ()) -> tuple[str, ...]:
    """The skills that a reply names, each once, MOST_SKILLS at most; () if it cannot be read or names none.

    quoted: texts of others that were shown; JSON that stands in one of them is not the reply's.
    """
    reading = read(NamedSkills, reply, lambda named: named.skills, quoted)
    if reading is None:
        return ()
    named = (skill_named(text, catalogue) for text in reading.skills)
    return tuple(dict.fromkeys(skill for skill in named if skill is not None))[:MOST_SKILLS]


def skill_named(text: str, catalogue: Catalogue) -> str | None:
    """An id of the catalogue, else a phrase in lower case of letters, digits, blanks, ' and -; None if it is neither.

    >>> from scotoma.labelling.catalogue import load_catalogue
    >>> [skill_named(text, load_catalogue()) for text in ("Left and Right", "Fur length.", "{}", "a " * 9)]
    ['left_right', 'fur length', None, None]
    """
    known = catalogue.id_of(text[:MOST_CHARS])
    if known is not None:
        return known
    phrase = plain(text.replace("_", " "), 2 * MOST_CHARS).strip(" .,;:!?\"'`").lower()
    if len(phrase) > MOST_CHARS or len(phrase.split()) > MOST_WORDS or not _PHRASE.fullmatch(phrase):
        return None
    return catalogue.id_of(phrase) or phrase
