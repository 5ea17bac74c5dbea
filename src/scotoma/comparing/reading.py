"""run folder -> ReadRun: what a comparison needs of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scotoma.analysis.conditions import conditions_on
from scotoma.analysis.features import ProbeTable
from scotoma.analysis.summary import EVALUATION, TRAINING
from scotoma.candidate import CANDIDATE_CALLS, CONFIRMATION_CALLS, TRAINING_CALLS
from scotoma.config import DiscoverConfig, compared
from scotoma.confirming.claims import Outcome
from scotoma.confirming.kept import claims_in, outcomes_in
from scotoma.errors import SpecError
from scotoma.ledger import Ledger, Spent
from scotoma.records import Probe


@dataclass(frozen=True, slots=True)
class Setting:
    """Who asked whom, and who judged: SPECs and words of the run's configuration."""

    engine: str
    questioner: str
    candidate: str
    verifier: str
    images: str
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class ReadRun:
    """A run as it stands.

    label:      what it is called beside the others.
    discovery:  its probes in the order asked.  table: the scored ones by what they need and meet.
    judged:     the held-out phase that it is judged by, and its probes; none where it has not come so far.
    claims:     how many failure modes it tested, None if it did not.  outcomes: how they came out.
    calls, discovery_calls, confirmation_calls: attempts at the candidate, failed ones included.
    spent:      what all models came to.
    """

    label: str
    setting: Setting
    discovery: Sequence[Probe]
    table: ProbeTable
    judged: str
    held_out: Sequence[Probe]
    claims: int | None
    outcomes: tuple[Outcome, ...]
    calls: int
    discovery_calls: int
    confirmation_calls: int
    spent: Spent


def read_runs(run_dirs: Sequence[Path]) -> list[ReadRun]:
    """All runs, in order. Raises SpecError for fewer than two or one named twice, LedgerError for an unreadable one."""
    require_runs(run_dirs, least=2)
    labels = labels_of(run_dirs)
    return [read_run(run_dir, label) for run_dir, label in zip(run_dirs, labels, strict=True)]


def require_runs(run_dirs: Sequence[Path], *, least: int) -> None:
    """Raises SpecError for fewer than `least` runs, or one that is named twice."""
    if len({run_dir.resolve() for run_dir in run_dirs}) < len(run_dirs):
        raise SpecError("the same run is named twice: name each run once")
    if len(run_dirs) < least:
        raise SpecError("a comparison needs two runs or more: name another run beside this one")


def read_run(run_dir: Path, label: str) -> ReadRun:
    """One run. Raises LedgerError."""
    with Ledger.open(run_dir, readonly=True) as ledger:
        setting = setting_of(ledger)
        judged = EVALUATION + compared(setting.engine, setting.questioner, setting.verifier)[0]
        discovery = list(ledger.probes(TRAINING))
        claims = claims_in(ledger)
        return ReadRun(
            label=label,
            setting=setting,
            discovery=discovery,
            table=ProbeTable.of(discovery, conditions_on(ledger.images())),
            judged=judged,
            held_out=list(ledger.probes(judged)),
            claims=None if claims is None else len(claims),
            outcomes=outcomes_in(ledger),
            calls=sum(ledger.spent(role).calls for role in CANDIDATE_CALLS),
            discovery_calls=ledger.spent(TRAINING_CALLS).calls,
            confirmation_calls=ledger.spent(CONFIRMATION_CALLS).calls,
            spent=ledger.spent(),
        )


def setting_of(ledger: Ledger) -> Setting:
    """What a run was asked for, with the defaults of what it leaves out."""
    defaults = {name: field.default for name, field in DiscoverConfig.model_fields.items()}
    given = {**defaults, **ledger.config()}
    return Setting(
        engine=str(given["engine"]),
        questioner=str(given["questioner"]),
        candidate=str(given["candidate"]),
        verifier=str(given["verifier"]),
        images=str(given["images"]),
        seed=int(given["seed"]),
    )


def labels_of(run_dirs: Sequence[Path]) -> list[str]:
    """The name of each folder, its whole path where two would be called the same.

    >>> labels_of([Path("runs/a"), Path("old/b"), Path("runs/b")])
    ['a', 'old/b', 'runs/b']
    """
    names = [run_dir.resolve().name for run_dir in run_dirs]
    counts = Counter(names)
    return [
        name if counts[name] == 1 else str(run_dir) for name, run_dir in zip(names, run_dirs, strict=True)
    ]
