"""Scotoma maps the blind spots of a vision-language model.

    images ──► questioner ──► candidate ──► verifier ──► rewards ──► policy update (back to the questioner)
                                  │             │
                                  └── ledger ◄──┘  every probe, once, forever
    ledger ──► skills ──► failure rates ──► report

    >>> import scotoma
    >>> config = scotoma.DiscoverConfig(images="tabletop:n=200", engine="random", max_calls=500, out="runs/a")
    >>> summary = scotoma.discover(config)  # doctest: +SKIP

The names below load what they need when they are first used: `import scotoma` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scotoma.config import DiscoverConfig, load_config
    from scotoma.discovery import RunSummary, discover, resume
    from scotoma.errors import ScotomaError
    from scotoma.ledger import Ledger
    from scotoma.records import SKILLS, Answer, Image, Probe, Question, Verdict

__version__ = "0.1.0"

_HOMES = {
    "Answer": "records",
    "DiscoverConfig": "config",
    "Image": "records",
    "Ledger": "ledger",
    "Probe": "records",
    "Question": "records",
    "RunSummary": "discovery",
    "SKILLS": "records",
    "ScotomaError": "errors",
    "Verdict": "records",
    "discover": "discovery",
    "load_config": "config",
    "resume": "discovery",
}

__all__ = [
    "SKILLS",
    "Answer",
    "DiscoverConfig",
    "Image",
    "Ledger",
    "Probe",
    "Question",
    "RunSummary",
    "ScotomaError",
    "Verdict",
    "discover",
    "load_config",
    "resume",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'scotoma' has no attribute {name!r}")
    value = getattr(import_module(f"scotoma.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
