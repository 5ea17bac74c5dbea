"""`scotoma serve`: a built-in model -> an OpenAI-compatible endpoint."""

from __future__ import annotations

from typing import Annotated

import typer

from scotoma.cli.terminal import clean, messages

Spec = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="mini, mini:half, mini:unread, hf:DIR-OR-ID, planted:FILE.toml or oracle.",
        show_default=False,
    ),
]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0: any that is free.")]
Host = Annotated[
    str, typer.Option(help="Address to listen on; 0.0.0.0: every network that this machine is in.")
]
Images = Annotated[
    str | None,
    typer.Option(
        metavar="IMAGES",
        help="For planted and oracle: the images whose truth they answer by, such as tabletop:n=200,seed=7. They are "
        "recognised by their pixels, so a client must send them as PNG, in their own size.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("serve", rich_help_panel="Make")(serve)


def serve(spec: Spec, port: Port = 8000, host: Host = "127.0.0.1", images: Images = None) -> None:
    """Serve a built-in model over the OpenAI chat API, with images, until Ctrl-C. Only this machine can reach it,
    unless --host says otherwise; there are no keys.

    Example: scotoma serve mini --port 8000, then
    scotoma discover --candidate openai:mini@http://127.0.0.1:8000/v1
    """
    from scotoma.serve import open_served, run

    served = open_served(spec, images)

    def ready(url: str) -> None:
        messages().print(
            f"serving {clean(spec)} at {url}: use it as openai:{clean(spec)}@{url}; Ctrl-C ends it",
            soft_wrap=True,
        )

    run(served, host, port, ready)
