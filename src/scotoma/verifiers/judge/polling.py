"""tasks -> k votes each, asked in rounds -> what was decided, by how many, or why nothing was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic

from scotoma.verifiers.judge.calling import ERROR, Form, JudgeCalls, Lost, R, Task
from scotoma.verifiers.judge.voting import standing, votes_needed

UNSURE = "verifier_unsure"


@dataclass(frozen=True, slots=True)
class Poll(Generic[R]):
    """The votes on one task, in order.

    winner: the ballot that won; None: the verifier abstains, for the reason that `abstention` gives.
    needed: equal ballots that decide.
    """

    form: Form[R]
    votes: tuple[R | Lost, ...]
    winner: Hashable | None
    needed: int

    @property
    def readings(self) -> tuple[R, ...]:
        """The votes that could be read."""
        return tuple(vote for vote in self.votes if not isinstance(vote, Lost))

    @property
    def agreeing(self) -> tuple[R, ...]:
        """The votes for the winner."""
        return tuple(vote for vote in self.readings if self.form.ballot(vote) == self.winner)

    @property
    def tally(self) -> str:
        """ "2 of 3 votes"."""
        return f"{len(self.agreeing)} of {len(self.votes)} vote{'s' * (len(self.votes) != 1)}"

    def abstention(self) -> tuple[str, str]:
        """(reason, one sentence) of a poll without a winner.

        Lost votes are named if they could have decided it, a failed call before an unreadable one; else the votes
        disagree.
        """
        lost = [vote for vote in self.votes if isinstance(vote, Lost)]
        counts = Counter(self.form.ballot(vote) for vote in self.readings).most_common()
        if lost and (counts[0][1] if counts else 0) + len(lost) >= self.needed:
            worst = next((vote for vote in lost if vote.reason == ERROR), lost[0])
            return worst.reason, worst.told
        told = ", ".join(f"“{ballot}” {count}" for ballot, count in counts)
        return UNSURE, f"The votes on “{self.form.name}” disagree: {told}."


async def polls(
    caller: JudgeCalls, form: Form[R], tasks: Sequence[Task], votes: int, agreement: float
) -> list[Poll[R]]:
    """A poll on each task, in order. Vote number i of a task is repeat i of its call.

    Raises BudgetSpent, ModelError, ImagesError, LedgerError.
    """
    needed = votes_needed(votes, agreement)
    cast: list[list[R | Lost]] = [[] for _ in tasks]

    def ballots(at: int) -> list[Hashable | None]:
        return [None if isinstance(vote, Lost) else form.ballot(vote) for vote in cast[at]]

    while True:
        wanted = [
            (at, len(cast[at]) + number)
            for at in range(len(tasks))
            for number in range(standing(ballots(at), votes, needed).more)
        ]
        if not wanted:
            break
        found = await caller.ask(form, [(tasks[at], repeat) for at, repeat in wanted])
        for (at, _), vote in zip(wanted, found, strict=True):
            cast[at].append(vote)
    return [
        Poll(form, tuple(cast[at]), standing(ballots(at), votes, needed).winner, needed)
        for at in range(len(tasks))
    ]
