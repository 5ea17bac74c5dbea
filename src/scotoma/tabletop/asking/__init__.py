"""Scene + dice -> Program: valid questions (`propose`) or merely readable ones (`propose_any`).

- view: what may be pointed at
- needs: which skill is asked for where
- references: a phrase that names one object
- sets: a phrase for a set, inhabited or empty
- frames: the kinds of questions
- proposing: draws, fills, and keeps what the oracle finds valid
- anything: readable but unchecked, the baseline
"""

from scotoma.tabletop.asking.anything import propose_any
from scotoma.tabletop.asking.proposing import propose

__all__ = ["propose", "propose_any"]
