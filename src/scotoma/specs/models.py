"""SPEC string -> Mini, Planted, HuggingFace, Compatible, ..., and back: who answers, who asks, who judges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from scotoma.errors import SpecError
from scotoma.specs.compatible import FORM, Compatible, parse_compatible
from scotoma.specs.reading import as_path, is_path, options, options_text, shown, split, unknown

Dtype = Literal["auto", "float32", "float16", "bfloat16"]
BaselineName = Literal["static", "adversarial", "random"]
MiniKind = Literal["", "half", "unread"]


@dataclass(frozen=True, slots=True)
class Mini:
    """The shipped mini model of the role: `mini`. kind: another candidate, `mini:half` (it sees pictures at half
    the resolution) or `mini:unread` (it was never taught to read signs)."""

    kind: MiniKind = ""

    def __str__(self) -> str:
        return f"mini:{self.kind}" if self.kind else "mini"


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
        return f"hf:{self.name}" + options_text({"dtype": self.dtype, "device": self.device})


@dataclass(frozen=True, slots=True)
class Exact:
    """The verifier that knows the tabletop's truth: `exact`."""

    def __str__(self) -> str:
        return "exact"


@dataclass(frozen=True, slots=True)
class CatalogueNames:
    """The labeller that compares questions with the shipped catalogue of skills: `catalogue`."""

    def __str__(self) -> str:
        return "catalogue"


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


CandidateSpec = Mini | Oracle | Planted | HuggingFace | Compatible
QuestionerSpec = Mini | Baseline | HuggingFace | Compatible | TrainedIn
VerifierSpec = Exact | HuggingFace | Compatible
LabellerSpec = CatalogueNames | HuggingFace | Compatible
ModelSpec = CandidateSpec | QuestionerSpec | VerifierSpec

_HUGGING_FACE = "hf:DIR-OR-ID[,dtype=...,device=...]"

CANDIDATES = f"mini, mini:half, mini:unread, oracle, planted:FILE.toml, {_HUGGING_FACE}, {FORM}"
QUESTIONERS = f"mini, static, adversarial, random, {_HUGGING_FACE}, {FORM}, a run folder"
VERIFIERS = f"exact, {_HUGGING_FACE}, {FORM}"
LABELLERS = f"catalogue, {_HUGGING_FACE}, {FORM}"
MODELS = (
    "mini, mini:half, mini:unread, oracle, planted:FILE.toml, exact, static, adversarial, random, "
    f"{_HUGGING_FACE}, {FORM}, a run folder"
)


def parse_candidate(text: str) -> CandidateSpec:
    """A candidate. Raises SpecError, one line."""
    scheme, rest = split(text, "candidate")
    match scheme, rest:
        case "", "mini":
            return Mini()
        case "mini", "half" | "unread" as kind:
            return Mini(kind)
        case "", "oracle":
            return Oracle()
        case "planted", file if file:
            return Planted(file)
        case "hf", _:
            return _hugging_face(rest, text)
        case "openai", _:
            return parse_compatible(rest, text)
    raise unknown("candidate", text, CANDIDATES)


def parse_questioner(text: str) -> QuestionerSpec:
    """A questioner. Raises SpecError, one line."""
    scheme, rest = split(text, "questioner")
    match scheme, rest:
        case "", "mini":
            return Mini()
        case "", "static" | "adversarial" | "random" as name:
            return Baseline(name)
        case "hf", _:
            return _hugging_face(rest, text)
        case "openai", _:
            return parse_compatible(rest, text)
    if scheme == "" and is_path(rest):
        return TrainedIn(as_path(rest))
    raise unknown("questioner", text, QUESTIONERS)


def parse_verifier(text: str) -> VerifierSpec:
    """A verifier. Raises SpecError, one line."""
    scheme, rest = split(text, "verifier")
    match scheme, rest:
        case "", "exact":
            return Exact()
        case "hf", _:
            return _hugging_face(rest, text)
        case "openai", _:
            return parse_compatible(rest, text)
    raise unknown("verifier", text, VERIFIERS)


def same_verifier(first: str, second: str) -> bool:
    """Do two SPECs name the same judge, however it is reached? Raises SpecError."""
    match parse_verifier(first), parse_verifier(second):
        case HuggingFace(one), HuggingFace(other):
            return one == other
        case Compatible() as one_server, Compatible() as other_server:
            return one_server.address == other_server.address
        case one_spec, other_spec:
            return one_spec == other_spec


def parse_labeller(text: str) -> LabellerSpec:
    """A labeller. Raises SpecError, one line."""
    scheme, rest = split(text, "labeller")
    match scheme, rest:
        case "", "catalogue":
            return CatalogueNames()
        case "hf", _:
            return _hugging_face(rest, text)
        case "openai", _:
            return parse_compatible(rest, text)
    raise unknown("labeller", text, LABELLERS)


def parse_model(text: str) -> ModelSpec:
    """Whatever can be a candidate, a questioner or a verifier. Raises SpecError, one line."""
    scheme, rest = split(text, "model")
    match scheme, rest:
        case ("", "mini" | "oracle") | ("mini" | "planted" | "hf" | "openai", _):
            return parse_candidate(text)
        case "", "exact":
            return Exact()
        case "", "static" | "adversarial" | "random" as name:
            return Baseline(name)
        case ("", "tabletop") | ("tabletop" | "parquet" | "wds", _):
            raise SpecError(f"{shown(text)}: names images, no model: see scotoma images check")
    if scheme == "" and is_path(rest):
        return TrainedIn(as_path(rest))
    raise unknown("model", text, MODELS)


def _hugging_face(rest: str, whole: str) -> HuggingFace:
    name, _, tail = rest.partition(",")
    if not name or name != name.strip():
        raise SpecError(f"{shown(whole)}: names no model: write hf:DIR-OR-ID")
    given = options(tail, ("dtype", "device"), whole)
    if rest.endswith(","):
        raise SpecError(f"{shown(whole)}: ends with a comma: remove it, or name an option")
    device = given.get("device")
    if device is not None and not re.fullmatch(r"auto|cpu|mps|cuda(:[0-9]{1,3})?", device):
        raise SpecError(f"{shown(whole)}: device={shown(device)}: allowed are cpu, cuda, cuda:N, mps, auto")
    return HuggingFace(name, _dtype(given.get("dtype"), whole), device)


def _dtype(value: str | None, whole: str) -> Dtype | None:
    if value is None:
        return None
    for known in get_args(Dtype):
        if value == known:
            dtype: Dtype = known
            return dtype
    raise SpecError(f"{shown(whole)}: dtype={shown(value)}: allowed are {', '.join(get_args(Dtype))}")
