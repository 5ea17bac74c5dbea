"""Caller -> ChatModel: calls that are paced, tried again, bounded in number and held to a budget.

requests ─► at most `concurrency` at once ─► pace ─► reserve ─► call ─► settle, keep ─► replies
                                              ▲                   │
                                              └──── back off ◄────┘ failed, and may do better
"""

from scotoma.models.guard.budget import Budget
from scotoma.models.guard.guarded import Guarded
from scotoma.models.guard.pace import Pace
from scotoma.models.guard.retry import Backoff

__all__ = ["Backoff", "Budget", "Guarded", "Pace"]
