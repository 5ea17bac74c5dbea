"""A tiny model + settings -> a real, short training by GRPO in a ledger, for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fakes import SceneSource, ScriptedModel, WordVerifier
from scotoma.candidate import Candidate, ModelAnswerer
from scotoma.images.split import Split
from scotoma.ledger import Ledger
from scotoma.models.guard import Budget
from scotoma.novelty import NoveltyMemory, embedder
from scotoma.probing import Prober, RunMemory
from scotoma.training.grpo import GrpoSettings, Start, train
from scotoma.training.progress import Silent

SOURCE = SceneSource(12)


def trained(
    ledger: Ledger,
    folder: Path,
    settings: GrpoSettings,
    *,
    source: SceneSource = SOURCE,
    valid: str = "red",
    wrong: str = "red",
    budget: Budget | None = None,
    room: Callable[[int], bool] = lambda calls: True,
) -> int:
    """The last step made. valid, wrong: what a question holds that is valid, or answered wrongly."""
    memory = RunMemory(NoveltyMemory(embedder("hashed")))
    candidate = Candidate(ModelAnswerer(ScriptedModel(str.upper), source), ledger, budget or Budget())
    verifier = WordVerifier(valid=valid, wrong=wrong)
    prober = Prober(candidate, verifier, ledger, memory=memory, weights=settings.weights, seed=0)
    return train(
        Start("hf:tiny", folder),
        prober,
        ledger,
        Split(source, 0.2),
        source,
        prompt="Ask one question.",
        settings=settings,
        checkpoints=ledger.run_dir / "checkpoints",
        compositions=lambda: len(memory.compositions),
        room=room,
        progress=Silent(),
    )
