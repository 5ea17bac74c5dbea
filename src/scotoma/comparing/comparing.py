"""run folders -> Compared: figures for equal calls, differences with intervals, modes side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scotoma.analysis.equal import calls_of, within_calls
from scotoma.comparing.differences import Difference, differences
from scotoma.comparing.figures import RunFigures, run_figures, vendi_of
from scotoma.comparing.reading import ReadRun, read_runs
from scotoma.comparing.sharing import SideBySide, side_by_side
from scotoma.errors import LedgerError, SpecError
from scotoma.novelty import Embedder


@dataclass(frozen=True, slots=True)
class Compared:
    """Runs side by side.

    calls:  candidate calls that every discovery was cut to.
    sample: questions that each Vendi score is taken over.  embedder: what compared them.
    notes:  what these figures do not say, one sentence each.
    """

    calls: int
    sample: int
    embedder: str
    candidates: tuple[str, ...]
    runs: tuple[RunFigures, ...]
    differences: tuple[Difference, ...]
    modes: tuple[SideBySide, ...]
    notes: tuple[str, ...]


def compare_runs(
    run_dirs: Sequence[Path], embedder: Embedder, *, calls: int | None = None, seed: int = 0
) -> Compared:
    """Compare runs. calls: what each discovery is cut to, the smallest of them if None. seed: of samples and bootstrap.

    Raises SpecError for fewer than two runs, one named twice, or more calls than a run has made; LedgerError for one
    that cannot be read or whose discovery asked the candidate nothing.
    """
    runs = read_runs(run_dirs)
    calls = _calls(runs, run_dirs, calls)
    cut = {run.label: within_calls(run.discovery, calls) for run in runs}
    sample, vendi = vendi_of(list(cut.values()), embedder, seed=seed)
    return Compared(
        calls=calls,
        sample=sample,
        embedder=embedder.name,
        candidates=tuple(dict.fromkeys(run.setting.candidate for run in runs)),
        runs=tuple(run_figures(run, calls, at, seed=seed) for run, at in zip(runs, vendi, strict=True)),
        differences=differences(runs, cut, seed=seed),
        modes=side_by_side(runs),
        notes=tuple(_notes(runs)),
    )


def _calls(runs: Sequence[ReadRun], run_dirs: Sequence[Path], wanted: int | None) -> int:
    made = [calls_of(run.discovery) for run in runs]
    for run_dir, count in zip(run_dirs, made, strict=True):
        if not count:
            raise LedgerError(
                f"{run_dir}: its discovery has asked the candidate nothing: run it on, or leave it out"
            )
        if wanted is not None and count < wanted:
            raise SpecError(
                f"--calls {wanted}: the discovery of {run_dir} has made only {count}: "
                f"compare at {min(made)} or fewer, or run it on"
            )
    return min(made) if wanted is None else wanted


def _notes(runs: Sequence[ReadRun]) -> list[str]:
    """What to bear in mind, given what differs."""
    notes: list[str] = []
    candidates = [run.setting.candidate for run in runs]
    if len(set(candidates)) == len(runs):
        notes.append(
            "no two runs test the same candidate: no rates are compared, since each was asked other questions; "
            "their confirmed modes stand side by side"
        )
    untested = [run.label for run in runs if run.claims is None]
    if untested:
        notes.append(f"modes were not tested in {', '.join(untested)}: scotoma confirm does it")
    whole = {run.discovery_calls + run.confirmation_calls for run in runs if run.claims is not None}
    if len(whole) > 1:
        notes.append(
            f"confirmed modes are those of whole runs, which made {min(whole):,} to {max(whole):,} calls of "
            "discovery and confirmation: unequal budgets"
        )
    if len({run.setting.verifier for run in runs}) > 1:
        notes.append("the runs have different verifiers: what differs may be who judged")
    if len({run.setting.images for run in runs}) > 1:
        notes.append("the runs have different images: what differs may be what was asked about")
    return notes
