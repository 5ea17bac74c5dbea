"""runs + candidates -> Matrix: every questioner asked of every candidate, and what transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scotoma.analysis.figures import PhaseComparison, PhaseFigures, compare_phases, phase_figures
from scotoma.comparing.cells import Asker, Watch, askers_of, cell_flags, read_cell
from scotoma.records import Probe

Transfer = Literal["home", "transfers", "worse", "not shown"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One questioner on one candidate.

    figures: over the held-out questions.
    beside:  next to what the questioner was trained from, on the same images; None for one that was not trained.
    transfer: home where it was trained on this candidate. Elsewhere, FDR over asked beside the untrained one's:
             transfers (credibly above), worse (credibly below), not shown. None for one that was not trained.
    """

    questioner: str
    candidate: str
    figures: PhaseFigures
    beside: PhaseComparison | None
    transfer: Transfer | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """All cells, row by row: questioners in order, each on every candidate in order."""

    questioners: tuple[str, ...]
    candidates: tuple[str, ...]
    images: int
    questions: int
    cells: tuple[Cell, ...]

    def cell(self, questioner: str, candidate: str) -> Cell:
        """The cell of a row and a column."""
        return next(c for c in self.cells if (c.questioner, c.candidate) == (questioner, candidate))


def matrix(
    run_dirs: Sequence[Path],
    candidates: Sequence[str],
    given: Mapping[str, Any],
    out: Path,
    watch: Watch = lambda run_dir: None,
) -> Matrix:
    """Ask every questioner of every candidate; what earlier sittings asked is kept in `out`, and not asked again.

    given: fields of the configuration that win over those of the runs; None for those not given.
    Raises ScotomaError.
    """
    askers = askers_of(run_dirs)
    flags = cell_flags(run_dirs, given)
    asked = {
        (asker.label, candidate): read_cell(asker, candidate, flags, out, watch)
        for candidate in candidates
        for asker in askers
    }
    seed = int(flags["seed"])
    cells = [_cell(asker, candidate, asked, seed) for asker in askers for candidate in candidates]
    return Matrix(
        questioners=tuple(asker.label for asker in askers),
        candidates=tuple(candidates),
        images=max(cell.figures.images for cell in cells),
        questions=max(cell.figures.asked for cell in cells),
        cells=tuple(cells),
    )


def _cell(asker: Asker, candidate: str, asked: Mapping[tuple[str, str], Sequence[Probe]], seed: int) -> Cell:
    mine = asked[asker.label, candidate]
    figures = phase_figures(asker.label, mine, seed=seed)
    if asker.before is None:
        return Cell(asker.label, candidate, figures, None, None)
    beside = compare_phases((asker.label, mine), (asker.before, asked[asker.before, candidate]), seed=seed)
    return Cell(asker.label, candidate, figures, beside, transfer_of(beside, candidate == asker.home))


def transfer_of(beside: PhaseComparison, at_home: bool) -> Transfer:
    """What a comparison with the untrained questioner shows, by whether its interval leaves out zero."""
    if at_home:
        return "home"
    if beside.over_asked is None:
        return "not shown"
    gain = beside.over_asked.difference
    if gain.low > 0.0:
        return "transfers"
    return "worse" if gain.high < 0.0 else "not shown"
