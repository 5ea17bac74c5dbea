"""IMAGES string -> Tabletop | Folder | Parquet | HubDataset | WebDataset, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from scotoma.errors import SpecError
from scotoma.specs.reading import as_path, is_path, options, options_text, shown, split, unknown, whole_number


@dataclass(frozen=True, slots=True)
class Tabletop:
    """Rendered images: `tabletop:n=5000,seed=0,size=224`. n: images.  size: pixels a side."""

    n: int = 5000
    seed: int = 0
    size: int = 224

    def __str__(self) -> str:
        return f"tabletop:n={self.n},seed={self.seed},size={self.size}"


@dataclass(frozen=True, slots=True)
class Folder:
    """Image files in a folder."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class Parquet:
    """Pictures in a column of a Parquet file, or of all in a folder: `parquet:PATH[,column=...]`, or FILE.parquet."""

    path: str
    column: str | None = None

    def __str__(self) -> str:
        return f"parquet:{self.path}" + options_text({"column": self.column})


@dataclass(frozen=True, slots=True)
class HubDataset:
    """A dataset of Hugging Face `datasets`, saved in a folder or by name: `hf:NAME[:SPLIT][,config=...,column=...]`."""

    name: str
    split: str | None = None
    config: str | None = None
    column: str | None = None

    def __str__(self) -> str:
        split = "" if self.split is None else f":{self.split}"
        return f"hf:{self.name}{split}" + options_text({"config": self.config, "column": self.column})


@dataclass(frozen=True, slots=True)
class WebDataset:
    """Pictures in tar files: `wds:PATTERN[,column=...]`, with braces ({000..003}, {a,b}) or wildcards.

    column: what follows the first dot of the picture's name, lower case: "jpg", "image.png".
    """

    pattern: str
    column: str | None = None

    def __str__(self) -> str:
        return f"wds:{self.pattern}" + options_text({"column": self.column})


ImagesSpec = Tabletop | Folder | Parquet | HubDataset | WebDataset

IMAGES = (
    "tabletop, tabletop:n=2000,seed=7,size=224, a folder of images, a Parquet file or folder "
    "(parquet:PATH[,column=...]), hf:NAME[:SPLIT][,config=...,column=...], wds:PATTERN[,column=...]"
)

_TABLETOP_RANGES = {"n": (1, 100_000_000), "seed": (0, 2**63 - 1), "size": (16, 4096)}


def parse_images(text: str) -> ImagesSpec:
    """An image source. Raises SpecError, one line; whether a folder holds images is for its reader to say."""
    scheme, rest = split(text, "image source")
    if scheme == "tabletop" or text == "tabletop":
        return _tabletop(rest if scheme else "", text)
    match scheme:
        case "parquet":
            return _parquet(rest, text)
        case "hf":
            return _hub(rest, text)
        case "wds":
            return _shards(rest, text)
    if scheme == "" and _before_column(rest)[0].endswith(".parquet"):
        path, column = _before_column(rest)
        return _parquet(as_path(path) + options_text({"column": column}), text)
    if scheme == "" and is_path(rest):
        return Folder(as_path(rest))
    raise unknown("image source", text, IMAGES)


def _parquet(rest: str, whole: str) -> Parquet:
    path, column = _before_column(rest)
    if not path or column == "":
        raise SpecError(
            f"{shown(whole)}: names no file or no column: write parquet:PATH or parquet:PATH,column=NAME"
        )
    return Parquet(path, column)


def _hub(rest: str, whole: str) -> HubDataset:
    name, comma, tail = rest.partition(",")
    given = options(tail, ("config", "column"), whole)
    before, colon, split = name.rpartition(":")
    if colon and re.fullmatch(r"[\w.-]*", split):
        name, found = before, split
    else:
        found = None
    if not name or name != name.strip() or found == "" or (comma and not tail):
        raise SpecError(f"{shown(whole)}: names no dataset, or no split: write hf:NAME or hf:NAME:SPLIT")
    return HubDataset(name, found, given.get("config"), given.get("column"))


def _shards(rest: str, whole: str) -> WebDataset:
    pattern, column = _before_column(rest)
    if not pattern or column == "":
        raise SpecError(
            f"{shown(whole)}: names no shard or no column: write wds:PATTERN or wds:PATTERN,column=jpg"
        )
    if "://" in pattern or pattern.startswith("pipe:"):
        raise SpecError(f"{shown(whole)}: shards must be files on this machine: download them first")
    return WebDataset(pattern, None if column is None else column.lower())


def _before_column(text: str) -> tuple[str, str | None]:
    """'PATH,column=NAME' -> (PATH, NAME); a path may hold commas, a column's name none."""
    path, found, column = text.rpartition(",column=")
    return (path, column) if found and not re.search("[,}]", column) else (text, None)


def _tabletop(rest: str, whole: str) -> Tabletop:
    if rest == "" and whole != "tabletop":
        raise SpecError(f"{shown(whole)}: names no option: write tabletop, or tabletop:n=2000,seed=7")
    numbers = {
        name: whole_number(name, value, *_TABLETOP_RANGES[name], whole)
        for name, value in options(rest, tuple(field.name for field in fields(Tabletop)), whole).items()
    }
    return Tabletop(**numbers)
