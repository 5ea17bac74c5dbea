"""train-{000..003}.tar, {a,b}.tar -> names: brace expansion as shells and WebDataset have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from scotoma.errors import SpecError

MOST = 100_000
"""Names that one pattern may stand for."""

_RANGE = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})")
_PARTS = re.compile(r"\{([^{}]*)\}|([^{}]+)")


def expanded(pattern: str) -> list[str]:
    """The names, in order. {000..003} counts, as wide as its first number is written; {a,b} lists.

    Raises SpecError: braces that do not close or lie in one another, a range that runs backwards, or too many names.
    """
    parts: list[list[str]] = []
    at, names = 0, 1
    for found in _PARTS.finditer(pattern):
        if found.start() != at:
            break
        at = found.end()
        parts.append([found[2]] if found[1] is None else list(_choices(found[1], pattern)))
        names *= len(parts[-1])
        if names > MOST:
            raise SpecError(f"{pattern!r}: stands for more than {MOST:,} names")
    if at != len(pattern):
        raise SpecError(
            f"{pattern!r}: braces must close, and not lie in one another: write {{000..003}} or {{a,b}}"
        )
    return ["".join(chosen) for chosen in product(*parts)]


def _choices(inside: str, pattern: str) -> Iterator[str]:
    counted = _RANGE.fullmatch(inside)
    if counted is None:
        if not inside:
            raise SpecError(f"{pattern!r}: has empty braces: write {{000..003}} or {{a,b}}")
        yield from inside.split(",")
        return
    first, last = int(counted[1]), int(counted[2])
    if last < first or last - first >= MOST:
        raise SpecError(f"{pattern!r}: {{{inside}}} runs backwards, or stands for more than {MOST:,} names")
    for number in range(first, last + 1):
        yield str(number).zfill(len(counted[1]))
