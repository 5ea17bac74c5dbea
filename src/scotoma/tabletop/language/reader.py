"""text -> Program, or `Unreadable`. Total: any string gives one or the other, in bounded time."""

from __future__ import annotations

from scotoma.tabletop.language import open_questions, polar
from scotoma.tabletop.language.phrases import Phrases
from scotoma.tabletop.language.space import writable
from scotoma.tabletop.language.tokens import Tokens, Unreadable, split_questions, tokenise
from scotoma.tabletop.program import Program

_FRAMES = {**polar.FRAMES, **open_questions.FRAMES}
_MAX_SPLITS = 8
_LINKS = frozenset({"and", "or", "also", "then", ".", ";", "!"})


def read(text: str) -> Program:
    """The meaning of one English question.

    Forgiving of case, articles, number, spelling, synonyms and filler; everything else in the text must
    belong to the question. Ambiguities resolve as `phrases` documents; the first frame that reads the whole
    text wins. Programs outside `writable` are refused, so that whatever is read can be written again.

    Raises `Unreadable` with reason "multiple_questions" for more than one question, else "unreadable".
    """
    parts = split_questions(text)
    if len(parts) > 1:
        if (text.count("?") > 1 and all(" " in part for part in parts)) or all(
            _readable(part) for part in parts
        ):
            raise Unreadable("multiple_questions", "The text asks more than one question.")
        raise Unreadable("unreadable", "There are words after the question mark.")
    tokens = tokenise(parts[0])
    program = _parse(tokens)
    if program is None:
        if _several(tokens):
            raise Unreadable("multiple_questions", "The text asks more than one question.")
        raise Unreadable("unreadable", _complaint(tokens))
    if not writable(program):
        raise Unreadable(
            "unreadable", "The question is too complex, or asks for what its noun phrase cannot mean."
        )
    return program


def _parse(tokens: Tokens) -> Program | None:
    frame = _FRAMES.get(tokens.words[0])
    return None if frame is None else frame(Phrases(tokens))


def _readable(part: str) -> bool:
    try:
        return _parse(tokenise(part)) is not None
    except Unreadable:
        return False


def _several(tokens: Tokens) -> bool:
    """Whether the words fall into two readable questions."""
    words, size = tokens.words, tokens.size
    starts = [at for at in range(3, size - 2) if words[at] in _FRAMES][:_MAX_SPLITS]
    for at in starts:
        end = at - 1 if words[at - 1] in _LINKS else at
        if _parse(_slice(tokens, at, size)) is not None and _parse(_slice(tokens, 0, end)) is not None:
            return True
    return False


def _slice(tokens: Tokens, start: int, end: int) -> Tokens:
    padding = len(tokens.words) - tokens.size
    return Tokens(
        tokens.words[start:end] + tokens.words[tokens.size :],
        tokens.fresh[start:end] + [False] * padding,
        end - start,
        tokens.filled,
    )


def _complaint(tokens: Tokens) -> str:
    first = tokens.words[0]
    if first not in _FRAMES:
        return f"No known question begins with {first[:20]!r}."
    return f"No reading of the question takes in all of its {tokens.size} words."
