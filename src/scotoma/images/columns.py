"""The columns of a table -> the one that holds the pictures."""

from __future__ import annotations

from collections.abc import Sequence

from scotoma.errors import ImagesError

USUAL = ("image", "img", "picture", "jpg", "png")
"""Names that settle it among several columns."""


def image_column(table: str, wanted: str | None, pictures: Sequence[str], others: Sequence[str]) -> str:
    """The column to read.

    wanted:   named by the user, or None.
    pictures: columns that can hold encoded pictures.  others: all other columns.
    Raises ImagesError, one line that lists what there is.
    """
    if wanted is not None:
        if wanted in pictures:
            return wanted
        state = "holds no encoded pictures" if wanted in others else "does not exist"
        raise ImagesError(f"{table}: column {wanted!r} {state}{_told(pictures, others)}")
    if len(pictures) == 1:
        return pictures[0]
    usual = [name for name in USUAL if name in pictures]
    if usual:
        return usual[0]
    if not pictures:
        raise ImagesError(f"{table}: no column holds encoded pictures{_told(pictures, others)}")
    raise ImagesError(
        f"{table}: several columns hold pictures: say which, with ,column=...{_told(pictures, others)}"
    )


def _told(pictures: Sequence[str], others: Sequence[str]) -> str:
    names = [repr(name[:40]) for name in (pictures or others)[:12]]
    if not names:
        return ""
    return f" ({'picture columns' if pictures else 'columns'}: {', '.join(names)})"
