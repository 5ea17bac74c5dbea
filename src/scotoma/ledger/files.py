"""config, environment -> config.toml, environment.json beside the ledger, and back. Secrets are refused."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from scotoma.errors import LedgerError
from scotoma.ledger.connect import UNBORN_NAMES
from scotoma.ledger.lock import LOCK_NAME
from scotoma.ledger.rows import clean, to_json

CONFIG_NAME = "config.toml"
ENVIRONMENT_NAME = "environment.json"

_SECRET = re.compile(r"key|secret|password|passwd|credential|token$|authorization", re.IGNORECASE)
_NOT_SECRET = ("key_env",)
"""`key_env` holds the NAME of an environment variable."""


def config_toml(config: Mapping[str, Any]) -> str:
    """A configuration as TOML. Fields that are None are left out, since TOML has no null.

    Raises LedgerError for a field whose name says that it is a secret, or a value that is not JSON-ready.
    """
    refuse_secrets(config)
    plain = json.loads(to_json(_without_none(config), "the configuration"))
    return tomli_w.dumps(plain)


def write_config(run_dir: Path, config: Mapping[str, Any]) -> None:
    """Write config.toml, once and whole."""
    _write(run_dir / CONFIG_NAME, config_toml(config))


def read_config(run_dir: Path) -> dict[str, Any]:
    """What `write_config` was given, less the fields that were None."""
    try:
        return tomllib.loads((run_dir / CONFIG_NAME).read_text("utf-8"))
    except ValueError as error:
        raise LedgerError(f"{run_dir / CONFIG_NAME}: broken TOML: {error}") from error


def write_environment(run_dir: Path, environment: Mapping[str, Any]) -> None:
    """Write environment.json, once and whole."""
    refuse_secrets(environment)
    plain = json.loads(to_json(environment, "the environment"))
    _write(run_dir / ENVIRONMENT_NAME, json.dumps(plain, indent=2, sort_keys=True) + "\n")


def read_environment(run_dir: Path) -> dict[str, Any]:
    """What `write_environment` was given."""
    try:
        environment: dict[str, Any] = json.loads((run_dir / ENVIRONMENT_NAME).read_text("utf-8"))
    except ValueError as error:
        raise LedgerError(f"{run_dir / ENVIRONMENT_NAME}: broken JSON: {error}") from error
    return environment


def require_free(run_dir: Path) -> None:
    """Raise LedgerError if the folder holds anything but what a start leaves that was killed before a run began."""
    names = {path.name for path in run_dir.iterdir()}
    killed_start = {LOCK_NAME, CONFIG_NAME, ENVIRONMENT_NAME, *UNBORN_NAMES}
    if names and not (LOCK_NAME in names and names <= killed_start):
        raise LedgerError(f"{run_dir}: is not empty: choose another folder, or resume it")


def refuse_secrets(value: Any) -> None:
    """Raise LedgerError if a field, at any depth, has the name of a secret."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if _SECRET.search(str(name)) and name not in _NOT_SECRET:
                raise LedgerError(
                    f"{name!r} looks like a secret and a run folder keeps none: "
                    "put it into an environment variable and name that by key_env"
                )
            refuse_secrets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            refuse_secrets(inner)


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_none(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_without_none(inner) for inner in value if inner is not None]
    return clean(value) if isinstance(value, str) else value


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
