"""questioners x candidates + what they are asked -> one run a cell: the questioner, frozen, on held-out images.

A cell is a run of engine `static` (or `random`), so that it is stopped, resumed and paid like any other. All cells have
one seed and one set of images: a questioner asks every candidate the same questions, about images that no
run was trained on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scotoma.analysis.summary import EVALUATION
from scotoma.comparing.reading import labels_of, require_runs
from scotoma.config import DiscoverConfig, load_config
from scotoma.discovery import discover, resume
from scotoma.errors import SpecError
from scotoma.ledger import Ledger
from scotoma.questioners.policy import weights_of
from scotoma.records import Probe
from scotoma.specs import parse_candidate
from scotoma.specs.reading import as_path
from scotoma.training.progress import Progress

Watch = Callable[[Path], Progress | None]

_ALIKE = ("images", "verifier", "candidate_prompt", "answer_tokens", "judge_votes", "judge_agreement",
          "judge_temperature", "judge_tokens", "judge_blind")  # fmt: skip
"""Fields that all cells take from the runs, which must agree on them."""

_WARM_UP = {"steps": 1, "images_per_step": 1, "group_size": 2, "confirm_calls": 0}
"""A run has a discovery: these two questions, which no figure counts."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A questioner as a row of the matrix.

    label:  what the row is called.  spec, engine: what a cell is configured with.
    home:   the candidate that it was trained on, None if it was not.
    before: the row of what it was trained from, if it was.
    asking: temperature and question_tokens, as its run has them.
    """

    label: str
    spec: str
    engine: str
    home: str | None
    before: str | None
    asking: Mapping[str, Any]


def askers_of(run_dirs: Sequence[Path]) -> list[Asker]:
    """The questioners of these runs, and behind them those that they were trained from.

    Raises SpecError for an engine whose questioner cannot be asked elsewhere; ModelError where one is not trained to
    its end; LedgerError.
    """
    require_runs(run_dirs, least=1)
    askers: list[Asker] = []
    starts: dict[str, Asker] = {}
    for run_dir, label in zip(run_dirs, labels_of(run_dirs), strict=True):
        config = _config(run_dir)
        asking = {"temperature": config.temperature, "question_tokens": config.question_tokens}
        match config.engine:
            case "static" | "random":
                askers.append(Asker(label, config.questioner, config.engine, None, None, asking))
            case "grpo":
                weights_of(run_dir)
                if config.questioner == "adversarial":
                    raise SpecError(
                        f"{run_dir}: was trained under the adversarial prompt, with which a run's questioner cannot be "
                        "asked elsewhere yet: leave it out"
                    )
                start = f"{config.questioner}, untrained"
                starts.setdefault(start, Asker(start, config.questioner, "static", None, None, asking))
                askers.append(Asker(label, as_path(str(run_dir)), "static", config.candidate, start, asking))
            case engine:
                raise SpecError(
                    f"{run_dir}: what engine {engine} learned is about its own candidate and cannot be asked of "
                    "another one: name runs of grpo, static or random"
                )
    return [*askers, *starts.values()]


def cell_flags(run_dirs: Sequence[Path], given: Mapping[str, Any]) -> dict[str, Any]:
    """What all cells have in common: fields that the runs agree on, and the least of their held-out shares, whose
    images none of them was trained on. given: fields that win.

    Raises SpecError where the runs disagree on a field that is not given; LedgerError.
    """
    configs = [_config(run_dir) for run_dir in run_dirs]
    flags: dict[str, Any] = {
        "seed": configs[0].seed,
        "held_out_share": min(config.held_out_share for config in configs),
        **_WARM_UP,
        **{name: value for name, value in given.items() if value is not None},
    }
    for name in _ALIKE:
        values = {str(getattr(config, name)): getattr(config, name) for config in configs}
        if name in flags:
            continue
        if len(values) > 1:
            option = f"--{name}" if name in ("images", "verifier") else f"--set {name}="
            raise SpecError(
                f"the runs differ in {name} ({', '.join(sorted(values))}): give one for all cells with {option}"
            )
        flags[name] = next(iter(values.values()))
    return flags


def read_cell(asker: Asker, candidate: str, flags: Mapping[str, Any], out: Path, watch: Watch) -> list[Probe]:
    """The held-out probes of one cell, asked if they are not there yet. Raises ScotomaError."""
    run_dir = out / _folder(asker.label, candidate)
    config = load_config(
        flags={
            **asker.asking,
            **flags,
            "questioner": asker.spec,
            "engine": asker.engine,
            "candidate": candidate,
            "out": str(run_dir),
        }
    )
    phase = EVALUATION + config.engine
    if Ledger.is_run(run_dir):
        with Ledger.open(run_dir, readonly=True) as ledger:
            _require_same(config, load_config(flags=ledger.config()), run_dir)
            whole = ledger.probe_count(phase) >= config.eval_images * config.eval_questions
        if not whole:
            resume(run_dir, progress=watch(run_dir))
    else:
        discover(config, progress=watch(run_dir))
    with Ledger.open(run_dir, readonly=True) as ledger:
        return list(ledger.probes(phase))


def specs_in(texts: Sequence[str]) -> list[str]:
    """SPECs joined by commas, apart: a part that reads NAME=VALUE is an option of the SPEC before it.

    Raises SpecError for a bad SPEC, or one that is named twice.

    >>> specs_in(["mini,hf:x,dtype=float32", "oracle"])
    ['mini', 'hf:x,dtype=float32', 'oracle']
    """
    found: list[str] = []
    for text in texts:
        for n, part in enumerate(text.split(",")):
            if n and re.match(r"[a-z_]+=", part):
                found[-1] += f",{part}"
            else:
                found.append(part)
    for spec in found:
        parse_candidate(spec)
    if len(set(found)) < len(found):
        raise SpecError("--candidates: a candidate is named twice: name each once")
    return found


def _config(run_dir: Path) -> DiscoverConfig:
    with Ledger.open(run_dir, readonly=True) as ledger:
        return load_config(flags=ledger.config())


def _require_same(wanted: DiscoverConfig, made: DiscoverConfig, run_dir: Path) -> None:
    for name in DiscoverConfig.model_fields:
        if name != "out" and getattr(wanted, name) != getattr(made, name):
            raise SpecError(
                f"{run_dir}: was made with {name} = {getattr(made, name)!r}, not {getattr(wanted, name)!r}: "
                "name another --out, or the same options as before"
            )


def _folder(label: str, candidate: str) -> str:
    """A folder's name for people, told apart by a digest of both names."""
    digest = hashlib.sha256(f"{label}\n{candidate}".encode()).hexdigest()[:6]
    plain = "--".join(re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[-40:] for name in (label, candidate))
    return f"{plain}-{digest}"
