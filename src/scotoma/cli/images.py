"""`scotoma images tabletop`: (n, seed) -> a folder of PNGs with their exact truth; and the group of its command."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from scotoma.cli.image_check import check
from scotoma.cli.options import Json
from scotoma.cli.terminal import clean, messages, output, write_json

images = typer.Typer(help="Make images, check images.", no_args_is_help=False)
images.command("check")(check)

N = Annotated[int, typer.Option("--n", min=1, help="How many images.")]
Seed = Annotated[
    int, typer.Option(min=0, help="Stream of scenes; the same seed gives the same pixels and truth.")
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder, new or empty.", show_default=False)]
Size = Annotated[int, typer.Option(min=16, max=4096, help="Pixels a side.")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=256, help="Rendering processes. Default: one a core, less one.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.add_typer(images, name="images", rich_help_panel="Make")


@images.callback()
def _group() -> None:
    """Make images whose truth is known, or check your own."""


@images.command("tabletop")
def tabletop(
    out: Out, n: N = 100, seed: Seed = 0, size: Size = 224, workers: Workers = None, as_json: Json = False
) -> None:
    """Render tabletop scenes: numbered PNGs, and truth.jsonl with the exact scene graph of each.

    Example: scotoma images tabletop --n 200 --seed 7 --out images
    """
    from scotoma.tabletop.dataset import write_dataset
    from scotoma.tabletop.farm import default_workers

    processes = workers or default_workers()
    console = messages()
    began_s = time.monotonic()
    if as_json or not console.is_terminal:
        truth = write_dataset(n, seed, out, size, processes)
    else:
        from scotoma.cli.progress import bar, rate

        with bar(console) as shown:
            task = shown.add_task("render", total=n, extra="")
            truth = write_dataset(
                n,
                seed,
                out,
                size,
                processes,
                lambda done: shown.update(task, completed=done, extra=rate(done, began_s)),
            )
    seconds = time.monotonic() - began_s
    if as_json:
        write_json(
            {"out": str(out), "truth": str(truth), "n": n, "seed": seed, "size": size, "seconds": seconds}
        )
    else:
        told = f"{n:,} images and {truth.name} in {clean(str(out))}, {n / max(seconds, 1e-9):.1f} a second"
        output().print(told, soft_wrap=True)
