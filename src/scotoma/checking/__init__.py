"""SPECs -> what each model is, whether it can be reached, what it can do and what it costs: `scotoma check`.

SPEC ─► server  (a few small calls)  ─┐
     ─► weights (loaded, asked)       ├─► Checked: one `Finding` an ability
     ─► built in (read)              ─┘
"""

from scotoma.checking.checks import check_specs
from scotoma.checking.findings import Bill, Checked, Finding, Kind, Weights

__all__ = ["Bill", "Checked", "Finding", "Kind", "Weights", "check_specs"]
