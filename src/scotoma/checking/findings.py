"""What a check found, in records that are ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["server", "weights", "run", "built in", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a model can do a thing. found: None where that could not be told.  told: why, one line; may be ""."""

    found: bool | None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What calls cost, and what those of the check came to.

    price_in, price_out: US dollars a million prompt, completion tokens; 0 in this process, None where not known.
    latency_s:  median seconds of a call about the picture.
    calls:      made by the check, those that failed included.
    tokens:     prompt and completion tokens of those that were answered; None where nobody counted.
    cost_usd:   US dollars of those; None where a price or a count is not known.
    """

    price_in: float | None
    price_out: float | None
    latency_s: float | None
    calls: int
    tokens: int | None
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Weights:
    """A model that was loaded into this process.

    model:      its class, as transformers names it.
    parameters: how many numbers.
    trainable:  could engine `grpo` train it as questioner?
    torchvision: is what its processor needs of it there?
    """

    model: str
    parameters: int
    dtype: str
    device: str
    image_processor: str
    trainable: Finding
    torchvision: Finding


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of one SPEC. Abilities are None where the model was not reached, or calls no model at all.

    spec:     as it was given, without what could be a key.
    about:    what it is, one line.
    problem:  why it was not reached, one line.
    question, answer: about the picture of the check.
    sees:     does it answer about a picture?
    schema:   does it hold to the JSON Schema of a request, as a verifier is helped by?
    usage:    does it count tokens, as budgets of tokens and dollars need?
    samples:  does it give different texts at temperature 1?
    logprobs: does it give log-probabilities?
    """

    spec: str
    kind: Kind
    about: str
    reached: bool
    problem: str | None = None
    question: str | None = None
    answer: str | None = None
    sees: Finding | None = None
    schema: Finding | None = None
    usage: Finding | None = None
    samples: Finding | None = None
    logprobs: Finding | None = None
    bill: Bill | None = None
    weights: Weights | None = None
