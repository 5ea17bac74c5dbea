"""`scotoma images check`: IMAGES -> how many can be read, which cannot, how many are the same."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from scotoma.cli.options import Json
from scotoma.cli.terminal import clean, messages, output, write_json

if TYPE_CHECKING:
    from scotoma.images.split import Split

SHOWN = 20
"""Broken images named on a terminal; `--json` names up to a thousand."""

Images = Annotated[
    str,
    typer.Argument(
        metavar="IMAGES",
        help="A folder, a Parquet file or folder, hf:NAME[:SPLIT], wds:PATTERN, or tabletop:...",
        show_default=False,
    ),
]
Share = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Share of the images that discovery would never see.")
]


def check(images: Images, held_out_share: Share = 0.25, as_json: Json = False) -> None:
    """Open every image once: count what can be read, name what cannot, drop duplicates, show the split.

    Example: scotoma images check photos
    """
    from scotoma.images.opening import open_source
    from scotoma.images.split import Split

    source = open_source(images)
    try:
        split = Split(source, held_out_share)
        _walk(split, len(source))
        figures = split.figures()
    finally:
        source.close()
    if as_json:
        write_json({"images": source.name, "entries": len(source), **asdict(figures)})
        return
    console = output()
    kept = figures.discover + figures.held_out
    console.print(
        f"{kept:,} images: {figures.discover:,} to discover, {figures.held_out:,} held out; "
        f"{figures.duplicates:,} duplicates dropped, {figures.skipped:,} broken ones skipped"
    )
    for uri, reason in list(figures.listed.items())[:SHOWN]:
        console.print(f"  {clean(uri)} {clean(reason)}", soft_wrap=True)
    if figures.skipped > SHOWN:
        console.print(f"  and {figures.skipped - SHOWN:,} more; --json names up to a thousand")


def _walk(split: Split, total: int) -> None:
    """To the end, with a bar on a terminal."""
    console = messages()
    if not console.is_terminal:
        while split.walk_on():
            pass
        return
    from scotoma.cli.progress import bar, rate

    began_s, done = time.monotonic(), 0
    with bar(console) as shown:
        task = shown.add_task("open", total=total, extra="")
        while split.walk_on():
            done += 1
            shown.update(task, completed=done, extra=rate(done, began_s))
