"""ReadRun + calls -> RunFigures: what a run found for so many candidate calls. Pure but for the embedder."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from scotoma.analysis.equal import calls_of, within_calls
from scotoma.analysis.figures import PhaseFigures, phase_figures
from scotoma.analysis.summary import TRAINING
from scotoma.comparing.reading import ReadRun, Setting
from scotoma.novelty import Embedder, self_bleu, vendi_score
from scotoma.records import Probe

LARGEST_SAMPLE = 500
"""Questions that a Vendi score is taken over, at most: its eigenvalues take the cube of their number."""


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run.

    calls:           attempts at the candidate in the whole run; discovery_calls: of them in discovery.
    discovery:       its discovery, cut to the calls that are compared.  cut_calls: what is left of them.
    held_out:        the frozen questioner that the run is judged by, on images that discovery never saw.
    skills, combinations: distinct skills, and sets of them, of valid questions; failing: distinct sets of questions
                     that failed. None where the verifier names no skills.
    self_bleu:       of valid questions, over chunks of 64 in the order asked: 1 = all alike.
    vendi:           effective number of different ones in a sample; see `vendi_score`.
    claims, confirmed: failure modes of the WHOLE run that were tested, and that held on fresh images; None: untested.
    calls_a_mode, usd_a_mode: discovery and confirmation calls, and dollars of the run, for one confirmed mode.
    usd:             what all models of the run cost, as far as prices are known.  unpriced: calls of unknown price.
    """

    run: str
    setting: Setting
    calls: int
    discovery_calls: int
    cut_calls: int
    discovery: PhaseFigures
    held_out: PhaseFigures | None
    skills: int | None
    combinations: int | None
    failing: int | None
    self_bleu: float | None
    vendi: float | None
    claims: int | None
    confirmed: int | None
    calls_a_mode: float | None
    usd_a_mode: float | None
    usd: float
    unpriced: int


def run_figures(run: ReadRun, calls: int, vendi: float | None, *, seed: int = 0) -> RunFigures:
    """The figures of one run, its discovery cut to so many calls. vendi: see `vendi_of`. seed: of the bootstrap."""
    cut = within_calls(run.discovery, calls)
    valid = [probe for probe in cut if probe.verdict.valid is True]
    named = [probe for probe in valid if probe.verdict.skills]
    confirmed = None
    if run.claims is not None:
        confirmed = sum(outcome.state == "confirmed" for outcome in run.outcomes)
    bleu = self_bleu(_texts(cut))
    return RunFigures(
        run=run.label,
        setting=run.setting,
        calls=run.calls,
        discovery_calls=run.discovery_calls,
        cut_calls=calls_of(cut),
        discovery=phase_figures(TRAINING, cut, seed=seed),
        held_out=phase_figures(run.judged, run.held_out, seed=seed) if run.held_out else None,
        skills=len({skill for probe in named for skill in probe.verdict.skills}) if named else None,
        combinations=len({probe.verdict.skills for probe in named}) if named else None,
        failing=len({p.verdict.skills for p in named if p.verdict.failure}) if named else None,
        self_bleu=None if math.isnan(bleu) else bleu,
        vendi=vendi,
        claims=run.claims,
        confirmed=confirmed,
        calls_a_mode=(run.discovery_calls + run.confirmation_calls) / confirmed if confirmed else None,
        usd_a_mode=run.spent.usd / confirmed if confirmed and not run.spent.unpriced else None,
        usd=run.spent.usd,
        unpriced=run.spent.unpriced,
    )


def vendi_of(
    runs: Sequence[Sequence[Probe]], embedder: Embedder, *, seed: int = 0
) -> tuple[int, list[float | None]]:
    """The size of the samples, and the Vendi score of each run's valid questions.

    All samples are equally large, since the score grows with their size: LARGEST_SAMPLE, or what the run with the
    fewest valid questions has. A run without any has no score, and takes none from the others. seed: of the samples.
    """
    texts = [_texts(probes) for probes in runs]
    size = min([LARGEST_SAMPLE, *(len(some) for some in texts if some)])
    if not any(texts):
        return 0, [None] * len(texts)
    samples = [random.Random(seed).sample(some, size) if some else [] for some in texts]
    return size, [vendi_score(embedder.embed(sample)) if sample else None for sample in samples]


def _texts(probes: Sequence[Probe]) -> list[str]:
    return [probe.question.text for probe in probes if probe.verdict.valid is True]
