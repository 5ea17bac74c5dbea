"""SPEC and IMAGES strings -> frozen dataclasses, and back: `parse(str(spec)) == spec`.

Parsing reads no file. Only for a bare word that could be a folder's name does it look whether there is one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from scotoma.errors import SpecError

Dtype = Literal["auto", "float32", "float16", "bfloat16"]
BaselineName = Literal["static", "adversarial", "random"]

# ---- models -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mini:
    """The shipped mini model of the role: `mini`."""

    def __str__(self) -> str:
        return "mini"


@dataclass(frozen=True, slots=True)
class Oracle:
    """A candidate that answers as the tabletop's truth has it: `oracle`."""

    def __str__(self) -> str:
        return "oracle"


@dataclass(frozen=True, slots=True)
class Planted:
    """A candidate with planted blind spots: `planted:FILE`."""

    file: str

    def __str__(self) -> str:
        return f"planted:{self.file}"


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """A model folder or hub id: `hf:DIR-OR-ID[,dtype=...,device=...]`. None: the loader's own choice."""

    name: str
    dtype: Dtype | None = None
    device: str | None = None

    def __str__(self) -> str:
        return f"hf:{self.name}" + _options_text({"dtype": self.dtype, "device": self.device})


@dataclass(frozen=True, slots=True)
class Exact:
    """The verifier that knows the tabletop's truth: `exact`."""

    def __str__(self) -> str:
        return "exact"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A questioner that learns nothing: `static` (mini, base prompt), `adversarial` (mini, a prompt that asks
    for hard questions), `random` (drawn from the grammar)."""

    name: BaselineName

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class TrainedIn:
    """The questioner that a run trained: the run's folder."""

    run_dir: str

    def __str__(self) -> str:
        return self.run_dir


CandidateSpec = Mini | Oracle | Planted | HuggingFace
QuestionerSpec = Mini | Baseline | HuggingFace | TrainedIn
VerifierSpec = Exact

# ---- images -----------------------------------------------------------------------------------------------


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


ImagesSpec = Tabletop | Folder

_TABLETOP_RANGES = {"n": (1, 100_000_000), "seed": (0, 2**63 - 1), "size": (16, 4096)}

CANDIDATES = "mini, oracle, planted:FILE.toml, hf:DIR-OR-ID[,dtype=...,device=...]"
QUESTIONERS = "mini, static, adversarial, random, hf:DIR-OR-ID[,dtype=...,device=...], a run folder"
VERIFIERS = "exact"
IMAGES = "tabletop, tabletop:n=2000,seed=7,size=224, a folder of images"

# ---- parsing ----------------------------------------------------------------------------------------------


def parse_candidate(text: str) -> CandidateSpec:
    """A candidate. Raises SpecError, one line."""
    scheme, rest = _split(text, "candidate")
    match scheme, rest:
        case "", "mini":
            return Mini()
        case "", "oracle":
            return Oracle()
        case "planted", file if file:
            return Planted(file)
        case "hf", _:
            return _hugging_face(rest, text)
    raise _unknown("candidate", text, CANDIDATES)


def parse_questioner(text: str) -> QuestionerSpec:
    """A questioner. Raises SpecError, one line."""
    scheme, rest = _split(text, "questioner")
    match scheme, rest:
        case "", "mini":
            return Mini()
        case "", "static" | "adversarial" | "random" as name:
            return Baseline(name)
        case "hf", _:
            return _hugging_face(rest, text)
    if scheme == "" and _is_path(rest):
        return TrainedIn(_as_path(rest))
    raise _unknown("questioner", text, QUESTIONERS)


def parse_verifier(text: str) -> VerifierSpec:
    """A verifier. Raises SpecError, one line."""
    if text == "exact":
        return Exact()
    raise _unknown("verifier", text, VERIFIERS)


def parse_images(text: str) -> ImagesSpec:
    """An image source. Raises SpecError, one line; whether a folder holds images is for its reader to say."""
    scheme, rest = _split(text, "image source")
    if scheme == "tabletop" or text == "tabletop":
        return _tabletop(rest if scheme else "", text)
    if scheme == "" and _is_path(rest):
        return Folder(_as_path(rest))
    raise _unknown("image source", text, IMAGES)


def _split(text: str, what: str) -> tuple[str, str]:
    """scheme, rest; the scheme is "" for a bare word or a path ("runs/a:b" has a slash before its colon)."""
    if not text or text != text.strip() or not text.isprintable():
        raise SpecError(f"{what} {_shown(text)}: is empty, has blanks around it, or odd characters in it")
    scheme, colon, rest = text.partition(":")
    return (scheme, rest) if colon and re.fullmatch("[a-z][a-z0-9_-]*", scheme) else ("", text)


def _options(text: str, known: tuple[str, ...], whole: str) -> dict[str, str]:
    """'a=1,b=2' -> {"a": "1", "b": "2"}."""
    options: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, _, value = part.partition("=")
        if name not in known or not value or name in options:
            raise SpecError(
                f"{_shown(whole)}: cannot read {_shown(part)}: options are "
                f"{', '.join(f'{option}=...' for option in known)}, each at most once"
            )
        options[name] = value
    return options


def _hugging_face(rest: str, whole: str) -> HuggingFace:
    name, _, tail = rest.partition(",")
    if not name or name != name.strip():
        raise SpecError(f"{_shown(whole)}: names no model: write hf:DIR-OR-ID")
    options = _options(tail, ("dtype", "device"), whole)
    if rest.endswith(","):
        raise SpecError(f"{_shown(whole)}: ends with a comma: remove it, or name an option")
    device = options.get("device")
    if device is not None and not re.fullmatch(r"auto|cpu|mps|cuda(:[0-9]{1,3})?", device):
        raise SpecError(f"{_shown(whole)}: device={_shown(device)}: allowed are cpu, cuda, cuda:N, mps, auto")
    return HuggingFace(name, _dtype(options.get("dtype"), whole), device)


def _dtype(value: str | None, whole: str) -> Dtype | None:
    if value is None:
        return None
    for known in get_args(Dtype):
        if value == known:
            dtype: Dtype = known
            return dtype
    raise SpecError(f"{_shown(whole)}: dtype={_shown(value)}: allowed are {', '.join(get_args(Dtype))}")


def _tabletop(rest: str, whole: str) -> Tabletop:
    if rest == "" and whole != "tabletop":
        raise SpecError(f"{_shown(whole)}: names no option: write tabletop, or tabletop:n=2000,seed=7")
    numbers: dict[str, int] = {}
    for name, value in _options(rest, tuple(field.name for field in fields(Tabletop)), whole).items():
        low, high = _TABLETOP_RANGES[name]
        if not re.fullmatch("[0-9]{1,19}", value) or not low <= int(value) <= high:
            raise SpecError(f"{_shown(whole)}: {name}={_shown(value)}: allowed is {low} to {high}")
        numbers[name] = int(value)
    return Tabletop(**numbers)


def _is_path(text: str) -> bool:
    """A slash or a leading dot says that a path is meant; a bare word only if a folder has that name."""
    return "/" in text or text.startswith(".") or os.path.isdir(text)


def _as_path(text: str) -> str:
    """A bare word becomes ./word, which is a path wherever it is read again."""
    return text if "/" in text or text.startswith(".") else f"./{text}"


def _options_text(options: Mapping[str, str | None]) -> str:
    return "".join(f",{name}={value}" for name, value in options.items() if value is not None)


def _unknown(what: str, text: str, known: str) -> SpecError:
    return SpecError(f"unknown {what} {_shown(text)}: known are {known}")


def _shown(text: str) -> str:
    """Untrusted text inside a one-line message."""
    return repr(text if len(text) <= 80 else text[:77] + "...")
