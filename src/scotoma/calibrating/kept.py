"""The file that `scotoma calibrate --out` wrote -> how right a verifier is about answers, checked and kept by a run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scotoma.analysis.calibration import Accuracy, Rate
from scotoma.errors import SpecError
from scotoma.ledger import Ledger
from scotoma.specs import same_verifier

CALIBRATION = "calibration"
"""The ledger's state that keeps what a run's rates are corrected by."""

SETTINGS = ("judge_votes", "judge_agreement", "judge_temperature", "judge_tokens", "judge_blind")
"""Fields of the configuration that change how a model judges."""

_ACCURACY = TypeAdapter(Accuracy)


def judging(verifier: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """How a verifier judges under a configuration; nothing can be set for `exact`."""
    return {} if verifier == "exact" else {name: config[name] for name in SETTINGS if name in config}


def read_calibration(file: Path, config: Mapping[str, Any]) -> Accuracy:
    """Correctness as it was measured, of the verifier that a run's configuration names.

    Raises SpecError, one line: no such file, not made by calibrate, or of another verifier or other settings.
    """
    found = _read(file)
    verifier = str(config.get("verifier", "exact"))
    try:
        same = same_verifier(str(found["verifier"]), verifier)
        correctness = _ACCURACY.validate_python(found["figures"]["correctness"])
    except (KeyError, TypeError, ValidationError, SpecError):
        raise _not_one(file) from None
    if not same:
        raise SpecError(
            f"{file}: is a calibration of {found['verifier']}, and this run is judged by {verifier}: "
            f"make one with scotoma calibrate --verifier {verifier} --out FILE"
        )
    settings, mine = found.get("settings", {}), judging(verifier, config)
    for name in SETTINGS:
        if name in settings and name in mine and settings[name] != mine[name]:
            raise SpecError(
                f"{file}: was measured with {name} = {settings[name]}, and this run has {mine[name]}: "
                f"calibrate with --set {name}={mine[name]}"
            )
    for rate in (correctness.sensitivity, correctness.specificity):
        if rate is not None and not _possible(rate):
            raise _not_one(file)
    return correctness


def keep_calibration(ledger: Ledger, correctness: Accuracy) -> None:
    """Keep it in a run, so that its report needs no other file."""
    ledger.set_state(CALIBRATION, asdict(correctness))


def calibration_in(ledger: Ledger) -> Accuracy | None:
    """What a run's rates are corrected by, if anything."""
    kept = ledger.state(CALIBRATION)
    return None if kept is None else _ACCURACY.validate_python(kept)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SpecError(
            f"{file}: cannot be read ({error.strerror}): name a file made by scotoma calibrate --out FILE"
        ) from None
    except (ValueError, RecursionError):
        raise _not_one(file) from None
    if not isinstance(found, dict) or not isinstance(found.get("settings", {}), dict):
        raise _not_one(file)
    return found


def _possible(rate: Rate) -> bool:
    """Shares with ends around them, of something."""
    return all(
        all(map(math.isfinite, (each.low, each.estimate, each.high)))
        and 0.0 <= each.low <= each.estimate <= each.high <= 1.0
        and each.n > 0
        and 0.0 < each.level < 1.0
        for each in (rate.bootstrap, rate.wilson)
    )


def _not_one(file: Path) -> SpecError:
    return SpecError(f"{file}: is no calibration: make one with scotoma calibrate --verifier SPEC --out FILE")
