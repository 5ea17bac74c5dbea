"""Folder of TOML files -> planted candidates, each with the features of what is planted in it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from scotoma.analysis.conditions import features_of
from scotoma.errors import SpecError
from scotoma.tabletop.planted import load_planted


@dataclass(frozen=True, slots=True)
class Plant:
    """A planted candidate. name: of its file, without ending. spots: the features of each blind spot, in its words."""

    name: str
    file: Path
    spots: tuple[tuple[str, ...], ...]


def default_suite() -> Path:
    """The planted candidates that come with the package."""
    return Path(str(files("scotoma").joinpath("assets", "planted", "suite")))


def load_suite(folder: Path) -> tuple[Plant, ...]:
    """The planted candidates of a folder, by name. Raises SpecError: no such folder, none in it, or a broken one."""
    if not folder.is_dir():
        raise SpecError(f"{folder}: is no folder: name one that holds planted candidates (TOML files)")
    found = sorted(folder.glob("*.toml"))
    if not found:
        raise SpecError(f"{folder}: holds no planted candidate: put TOML files there, one a candidate")
    return tuple(
        Plant(file.stem, file, tuple(map(features_of, load_planted(file).blind_spots))) for file in found
    )
