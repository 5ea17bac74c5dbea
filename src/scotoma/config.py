"""TOML file, flags -> DiscoverConfig: everything that a run was asked for. Flags win over the file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scotoma import specs
from scotoma.errors import SpecError

Engine = Literal["grpo", "bandit", "feedback", "static", "random"]
ScaleRewards = Literal["sum_then_normalize", "none", "batch", "normalize_then_sum"]
Loss = Literal["dapo", "dr_grpo", "grpo", "bnpo"]
Tuning = Literal["auto", "full", "lora"]
MixFormula = Literal["share", "count"]
Embedder = Literal["hashed", "minilm"]


def _spec(parse: Callable[[str], object]) -> AfterValidator:
    """Check that a string parses; the string itself is kept, so that a configuration is plain TOML."""

    def check(text: str) -> str:
        try:
            parse(text)
        except SpecError as error:
            raise ValueError(str(error)) from None
        return text

    return AfterValidator(check)


def _path(text: str, of: str = "folder") -> str:
    if not text or not text.isprintable():
        raise ValueError(f"allowed is the path of a {of}")
    return text


def _file(text: str) -> str:
    return _path(text, "file")


Weight = Annotated[float, Field(ge=0.0, le=100.0, allow_inf_nan=False)]


class DiscoverConfig(BaseModel):
    """What `scotoma discover` does. Frozen; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, strict=True)

    images: Annotated[str, _spec(specs.parse_images)] = "tabletop"
    """Image source (IMAGES): tabletop, tabletop:n=2000,seed=7, a folder, a Parquet file or folder, hf:NAME[:SPLIT], or
    wds:PATTERN. Default: needs no download."""

    candidate: Annotated[str, _spec(specs.parse_candidate)] = "mini"
    """The frozen model under test (SPEC). Default: the shipped mini-candidate."""

    questioner: Annotated[str, _spec(specs.parse_questioner)] = "mini"
    """Who asks (SPEC), and what `grpo` starts from; for `bandit` and `feedback`, `random` is the grammar, which obeys
    exactly. Default: the shipped mini-questioner."""

    verifier: Annotated[str, _spec(specs.parse_verifier)] = "exact"
    """Who judges (SPEC). Default: the tabletop's own truth."""

    second_verifier: Annotated[str, _spec(specs.parse_verifier)] | None = None
    """Who judges a sample of the probes again at the end (SPEC), and nobody learns from; not the verifier. None:
    nobody."""

    second_sample: Annotated[int, Field(ge=10, le=5000)] = 200
    """Probes that the second verifier judges. Half of them failures, where there are so many. Default: a hundred
    failures, of which a sixth that falls away is told from chance."""

    calibration: Annotated[str, AfterValidator(_file)] | None = None
    """File of `scotoma calibrate --out` on the verifier: failure rates are told also corrected for its mistakes. None:
    as judged."""

    engine: Engine = "grpo"
    """How the questioner learns: grpo trains it, bandit chooses the skills that it is asked for, feedback tells it what
    failed, static asks as it is, random draws from the grammar."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of everything that is drawn. 31 bits, since NumPy and TRL take no more."""

    out: Annotated[str, AfterValidator(_path)] = "runs/discover"
    """Folder of the run."""

    max_calls: Annotated[int, Field(ge=1)] | None = None
    """Budget: candidate calls, those of the evaluation and those that failed included. None: no limit."""

    max_usd: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    """Budget: US dollars for all models of the run together, never exceeded. Every server that is called needs its
    price in its SPEC. None: no limit."""

    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """Budget: prompt and completion tokens of all models behind servers, never exceeded. None: no limit."""

    max_minutes: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    """Budget: minutes of discovery in one sitting; the evaluation follows. None: no limit."""

    steps: Annotated[int, Field(ge=1)] | None = None
    """Steps of discovery. None: as many as `max_calls` pays for, or 100 without such a limit."""

    held_out_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.25
    """Share of the images, by id, that discovery never sees. Default: one in four, as the evaluation needs
    many."""

    candidate_prompt: str | None = None
    """What the candidate is told; {question} stands for the question. None: the bare question for `mini`, a
    request for a short answer beside it for other models."""

    answer_tokens: Annotated[int, Field(ge=1, le=4096)] = 16
    """Longest answer of the candidate, tokens. Default: a short phrase."""

    judge_votes: Annotated[int, Field(ge=1, le=25)] = 3
    """k: calls of each kind by which a model as verifier decides, at most; fewer where the rest could change nothing.
    Default: the smallest number with a majority."""

    judge_agreement: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    """Share of those votes that must be equal, always more than half; otherwise the verifier abstains. Default: two of
    three, three of five."""

    judge_temperature: Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)] = 0.7
    """Sampling temperature of a model as verifier. Default: that of self-consistency (Wang et al. 2023); votes sampled
    at 0 would all be the same."""

    judge_tokens: Annotated[int, Field(ge=16, le=32_768)] = 512
    """Longest reply of a model as verifier, tokens. Default: twice a checklist with its seven reasons."""

    judge_blind: bool = False
    """Ask the verifier also without the picture: a question whose right answer is known then is invalid. Default: off,
    since the checklist asks for it and each valid question costs its votes once more."""

    question_tokens: Annotated[int, Field(ge=1, le=4096)] = 40
    """Longest question of the questioner, tokens; longer ones are cut, and so unreadable. Default: twice a
    usual one."""

    group_size: Annotated[int, Field(ge=2, le=1024)] = 8
    """G: questions asked of one image in one step. At least 2: GRPO compares siblings. Default: TRL's 8."""

    images_per_step: Annotated[int, Field(ge=1, le=4096)] = 8
    """P: groups in one step. Default: P x G = 64 questions a step, a few seconds on two cores."""

    learning_rate: Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False)] | None = None
    """Peak learning rate of the questioner. None: 1e-4 where all weights are trained, as the mini needs, 1e-5 (of
    the order of TRL's for GRPO) for an adapter."""

    temperature: Annotated[float, Field(gt=0.0, le=10.0, allow_inf_nan=False)] = 1.0
    """Sampling temperature of the questioner in training. Default: 1, so that samples follow the policy."""

    w_fail: Weight = 1.0
    """Weight of the failure reward (1 wrong, 0 right, -1 invalid)."""

    w_sem: Weight = 0.2
    """Weight of semantic novelty (0..1). Our own design; DESIGN gives the term, not its weight."""

    w_lex: Weight = 0.1
    """Weight of lexical novelty (0..1). Our own design."""

    w_mix: Weight = 3.0
    """Weight of the bonus for rare skill compositions. Default: measured; at 1.5 the trained questioner asks a third
    fewer compositions, at 0.5 it collapses onto counting."""

    mix_formula: MixFormula = "share"
    """How the bonus falls with use: `share` of the run's questions (1/2 at the average), or their `count`
    (fades)."""

    mix_right: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Share of that bonus that a question earns which the candidate answers right; a failure earns all of it. 0 leaves
    nothing to explore for where failures are rare, 1 pays as much for rare questions that the candidate masters.
    Default: measured; at 0.15 the trained questioner asks fewer compositions than before its training."""

    mix_half_life: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = 600.0
    """Valid questions after which having asked a composition counts half. None: the whole run counts alike."""

    embedder: Embedder = "hashed"
    """What semantic novelty compares: `hashed` word n-grams (fast, no synonyms), or `minilm` sentence
    embeddings (several milliseconds a question on a CPU, a fifth of a step of a mini model)."""

    memory: Annotated[int, Field(ge=16, le=1_000_000)] = 2000
    """Valid questions of the run kept to compare new ones with, a uniform sample. Default: under 1 ms a
    question."""

    scale_rewards: ScaleRewards = "sum_then_normalize"
    """How terms come to one scale: their sum normalised in the group, in the batch, not at all (none), or
    each term normalised in the group before the sum."""

    loss: Loss = "dapo"
    """How TRL adds up token losses. Default: TRL's."""

    entropy_coef: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)] = 0.01
    """Weight of the bonus for the entropy of the policy. It keeps the siblings of a group from asking alike: without
    it the rarity of what a whole group asks is a constant, which cancels."""

    settle_support: Annotated[int, Field(ge=2, le=1_000_000)] = 20
    """Engine `bandit`: scored questions that a set of skills needs before it can be settled, failing or not. Default:
    what the report wants before it ranks one."""

    feedback_examples: Annotated[int, Field(ge=0, le=100)] = 5
    """Engine `feedback`: failed questions shown in the prompt. Default: a few lines. The minis are told skills only."""

    warmup_steps: Annotated[int, Field(ge=0)] = 5
    """Steps over which the learning rate rises from 0."""

    decay_share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.2
    """Share of the steps, at the end, over which the learning rate falls to a tenth: the last one is kept, and
    at the whole rate more of its questions are invalid by chance."""

    micro_batch: Annotated[int, Field(ge=1)] | None = None
    """Questions in one forward and backward pass; a divisor of P x G. None: all at once."""

    tuning: Tuning = "auto"
    """Train all weights (full) or an adapter (lora). auto: full under 100 million parameters."""

    lora_rank: Annotated[int, Field(ge=1, le=1024)] = 16
    """Rank of the adapter. Default: common practice."""

    kl_beta: Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)] = 0.06
    """Weight of the KL penalty to the questioner that training started from. Default: measured; it keeps questions
    valid and the rarer ones alive: at 0.02 more of them fail, and fewer are valid and distinct."""

    use_vllm: bool = False
    """Engine `grpo`: generate through vLLM, which is installed apart. A test at the start refuses it where it does not
    see what is trained. Default: off; it has not been run against a real vLLM."""

    checkpoint_every: Annotated[int, Field(ge=1)] = 10
    """Steps between checkpoints: what a kill costs at most."""

    eval_images: Annotated[int, Field(ge=0)] = 200
    """Held-out images on which the trained and the untrained questioner are compared. 0: no evaluation."""

    eval_questions: Annotated[int, Field(ge=1)] = 4
    """Questions asked of each held-out image by each questioner."""

    confirm_calls: Annotated[int, Field(ge=0)] | None = None
    """Candidate calls for testing the failure modes on images that discovery never saw. 0: none are tested. None: a
    fifth of `max_calls`, 1000 at most and without such a limit; 0 where the verifier does not know skills."""

    alpha: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.05
    """The chance that any failure mode at all is confirmed, or refuted, wrongly. Default: custom."""

    @property
    def questions_per_step(self) -> int:
        """P x G."""
        return self.images_per_step * self.group_size


def compared(engine: str, questioner: str, verifier: str) -> tuple[str, ...]:
    """The questioners that a run is ended with on held-out images, the one that it is judged by first.

    The grammar is beside them where the truth is exact, and the untaught model where a model asks.
    """
    grammar = ("random",) if verifier == "exact" else ()
    match engine:
        case "grpo":
            return ("trained", "untrained", *grammar)
        case "bandit" | "feedback":
            return (engine, *(("static",) if questioner != "random" else ()), *grammar)
        case _:
            return (engine,)


def load_config(file: Path | None = None, flags: Mapping[str, Any] | None = None) -> DiscoverConfig:
    """The configuration of a run. Flags that are None were not given.

    Raises SpecError, one line: no such file, broken TOML, an unknown field, or a bad value.
    """
    values = {} if file is None else _read_toml(file)
    values.update({name: value for name, value in (flags or {}).items() if value is not None})
    for name in values:
        if name not in DiscoverConfig.model_fields:
            raise SpecError(_unknown_field(name))
    try:
        return DiscoverConfig.model_validate(values)
    except ValidationError as error:
        raise SpecError(_told(error)) from None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise SpecError(f"{file}: cannot be read ({error.strerror}): name a TOML file") from None
    except ValueError as error:
        raise SpecError(f"{file}: broken TOML: {' '.join(str(error).split())}") from None


def _unknown_field(name: str) -> str:
    near = get_close_matches(name, DiscoverConfig.model_fields, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(DiscoverConfig.model_fields)}"
    return f"unknown field {name[:60]!r}: {hint}"


_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_TYPES = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "finite_number": "a finite number",
}


def _told(error: ValidationError) -> str:
    """The first fault of a validation in one line: field, value, and what is allowed."""
    fault = error.errors(include_url=False)[0]
    field, context = str(fault["loc"][0]), fault.get("ctx", {})
    given = fault["input"]
    shown = repr(specs.redacted(given) if isinstance(given, str) else given)
    value = shown if len(shown) <= 80 else shown[:77] + "..."
    limits = [f"{words} {context[name]}" for name, words in _LIMITS.items() if name in context]
    if fault["type"] == "value_error":
        allowed = str(context["error"])
    elif fault["type"] == "literal_error":
        allowed = f"allowed is {context['expected']}"
    elif limits:
        allowed = f"allowed is {' and '.join(limits)}"
    else:
        allowed = f"allowed is {_TYPES.get(fault['type'], fault['msg'])}"
    return f"{field} = {value}: {allowed}"
