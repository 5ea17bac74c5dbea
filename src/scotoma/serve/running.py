"""Served -> a listening server, until Ctrl-C."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Callable

from PIL import Image as Picture

from scotoma.serve.answering import Served
from scotoma.serve.app import build_app

_KEEP_ALIVE_S = 75
_SHUTDOWN_S = 5
"""Seconds that an idle connection is kept, and that answers under way get when the server is stopped."""


def run(served: Served, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until a signal ends it.

    port:  0 = any that is free.
    ready: told the base URL as soon as the port is taken.
    Raises OSError if the port is taken or the host is not ours.
    """
    import uvicorn

    # A picture that is too large is an error of the request, not a line on stderr.
    warnings.simplefilter("error", Picture.DecompressionBombWarning)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=1024) as listening:
        taken = listening.getsockname()[1]
        ready(f"http://{f'[{host}]' if ':' in host else host}:{taken}/v1")
        config = uvicorn.Config(
            build_app(served),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_SHUTDOWN_S,
        )
        uvicorn.Server(config).run(sockets=[listening])
