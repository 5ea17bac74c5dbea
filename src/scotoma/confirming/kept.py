"""Claims and outcomes <-> a run's ledger, as two of its states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from scotoma.confirming.claims import ModeClaim, Outcome, claim_from_json
from scotoma.ledger import Ledger

CLAIMS = "claims"
"""What is claimed. Fixed before the first fresh question is asked."""

OUTCOMES = "outcomes"
"""How the claims came out, as far as they were tested."""


def claims_in(ledger: Ledger) -> tuple[ModeClaim, ...] | None:
    """What a run claims; None before its confirmation began."""
    kept = ledger.state(CLAIMS)
    return None if kept is None else tuple(map(claim_from_json, kept))


def keep_claims(ledger: Ledger, claims: Sequence[ModeClaim]) -> None:
    """Fix what is claimed."""
    ledger.set_state(CLAIMS, [asdict(claim) for claim in claims])


def outcomes_in(ledger: Ledger) -> tuple[Outcome, ...]:
    """How the claims of a run came out; empty if they were not tested."""
    return tuple(map(Outcome.from_json, ledger.state(OUTCOMES) or ()))


def keep_outcomes(ledger: Ledger, outcomes: Sequence[Outcome]) -> None:
    """Keep how the claims stand, in place of how they stood."""
    ledger.set_state(OUTCOMES, [outcome.to_json() for outcome in outcomes])
