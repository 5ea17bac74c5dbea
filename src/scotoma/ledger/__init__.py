"""Image, Probe, model call, metric -> one SQLite file per run, and back as equal records.

    run/
      config.toml        what was asked for (no secrets)
      environment.json   versions, commit, seeds, hardware
      ledger.sqlite      everything that happened, append-only
      ledger.lock        held by the one process that writes
      checkpoints/ report/   made by others; the report is rebuilt from the ledger

Only this package writes these files. `Ledger` is the way in; `call_key` names a model call.
"""

from scotoma.ledger.calls import FailedCall, Spent, StoredCall, call_key
from scotoma.ledger.store import Ledger, StepMetrics

__all__ = ["FailedCall", "Ledger", "Spent", "StepMetrics", "StoredCall", "call_key"]
