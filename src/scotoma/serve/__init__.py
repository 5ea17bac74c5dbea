"""SPEC of a built-in model -> an OpenAI-compatible endpoint: `/v1/models`, `/v1/chat/completions` with images.

    bytes ─► messages (checked, untrusted) ─► answering (a batch of a model, or the truth) ─► JSON

For trying a client, for a candidate on another machine, and for tests: what comes over HTTP is what the same model
answers in this process.
"""

from scotoma.serve.answering import open_served
from scotoma.serve.app import build_app
from scotoma.serve.running import run

__all__ = ["build_app", "open_served", "run"]
