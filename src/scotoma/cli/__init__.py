"""Arguments -> a run, a report, images; and what people see on the way. See `app` for the commands."""

from scotoma.cli.app import app, main

__all__ = ["app", "main"]
