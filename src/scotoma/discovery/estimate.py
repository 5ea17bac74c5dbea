"""DiscoverConfig -> what a run will come to at most: calls, tokens, dollars, minutes. Nothing is sent or written.

Calls follow from the configuration alone. Tokens are those of sample requests, by the bound that a budget reserves by:
questions and answers as long as they may be, every picture as in an open model. Only models behind servers have any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scotoma.candidate import SHORT_ANSWER
from scotoma.config import DiscoverConfig
from scotoma.discovery.budgets import (
    confirmation_calls,
    discovery_calls,
    evaluated,
    planned_steps,
    second_questions,
)
from scotoma.discovery.opened import SECOND, require_prices, servers
from scotoma.images.opening import open_source
from scotoma.images.split import Split
from scotoma.models.chat import Request
from scotoma.models.compatible import CONCURRENCY, MAX_SIDE, prompt_bound
from scotoma.models.wire import Prices
from scotoma.questioners.opening import longest_prompt_from_spec
from scotoma.specs import Compatible
from scotoma.verifiers.judge import prompts as judge_prompts

SAMPLES = 12
"""Images of which sample requests are made."""

CALL_S = 2.0
"""Seconds a call that are assumed, since nobody has been asked yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one role is asked in one phase. None: not known, or of no account for a model in this process."""

    phase: str
    role: str
    model: str
    calls: int
    prompt_tokens: int | None
    completion_tokens: int | None
    usd: float | None
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rows by phase and role.

    usd:         of all rows; None if a price is not known. 0 for models in this process.
    minutes:     of calls to servers, one after the other; None if there are none.
    assumptions: what the figures rest on, a sentence each.
    """

    rows: tuple[Row, ...]
    usd: float | None
    minutes: float | None
    assumptions: tuple[str, ...]


def estimate(config: DiscoverConfig) -> Estimate:
    """The estimate of a run that has not begun. Raises SpecError, ImagesError."""
    require_prices(config)
    behind = servers(config)
    sample = _sampled(config) if behind else None
    rows = tuple(
        _row(config, phase, calls, role, asker, behind.get(role), sample)
        for phase, calls, role, asker in _asked(config)
    )
    costs = [row.usd for row in rows]
    minutes = [row.minutes for row in rows if row.minutes is not None]
    known = [cost for cost in costs if cost is not None]
    return Estimate(
        rows,
        sum(known) if len(known) == len(costs) else None,
        sum(minutes) if minutes else None,
        tuple(_assumptions(config, behind)),
    )


def _asked(config: DiscoverConfig) -> Iterator[tuple[str, int, str, str]]:
    """(phase, calls, role, who asks), as many calls as there may be."""
    questions, limit = planned_steps(config) * config.questions_per_step, discovery_calls(config)
    discovery = questions if limit is None else min(questions, limit)
    phases: list[tuple[str, int, str]] = [("discovery", discovery, config.engine)]
    each = config.eval_images * config.eval_questions
    phases += [(f"evaluation, {name}", each, name) for name in evaluated(config) if each]
    behind = servers(config)
    for phase, questions, asker in phases:
        if "questioner" in behind and asker not in ("random", "trained"):
            yield phase, questions, "questioner", asker
        yield phase, questions, "candidate", asker
        if "verifier" in behind:
            yield phase, verifier_calls(config) * questions, "verifier", asker
    if SECOND in behind:
        # Of a sample that is larger than its phase all are judged.
        judged = min(second_questions(config), each or discovery)
        yield "second opinion", verifier_calls(config) * judged, SECOND, ""
    if confirmation_calls(config):
        yield "confirmation", confirmation_calls(config), "candidate", "grammar"


def verifier_calls(config: DiscoverConfig) -> int:
    """Calls of a judge for one question, at most: validity, its own answer (also blind), comparison; k votes each."""
    return config.judge_votes * (3 + config.judge_blind)


def _sampled(config: DiscoverConfig) -> Callable[[str, int], float]:
    """(text, longest side) -> prompt tokens of a request about an image of the run, on average."""
    source = open_source(config.images)
    try:
        split = Split(source, config.held_out_share, config.seed)
        images = {image.id: image for image in map(split.discover, range(SAMPLES))}
        pictures = {identity: source.picture(image) for identity, image in images.items()}
    finally:
        source.close()

    def tokens(text: str, max_side: int) -> float:
        bounds = [
            prompt_bound(Request(picture, identity, text), max_side) for identity, picture in pictures.items()
        ]
        return sum(bounds) / len(bounds)

    return tokens


def _row(
    config: DiscoverConfig,
    phase: str,
    calls: int,
    role: str,
    asker: str,
    spec: Compatible | None,
    sample: Callable[[str, int], float] | None,
) -> Row:
    if spec is None or sample is None:
        return Row(phase, role, config.candidate, calls, None, None, 0.0, None)
    asked_to_judge = (
        f"{judge_prompts.load('system')}\n{judge_prompts.load('validity')}",
        config.question_tokens + 2 * config.answer_tokens,
        config.judge_tokens,
    )
    text, more_tokens, reply_tokens = {
        "candidate": (
            (config.candidate_prompt or SHORT_ANSWER).replace("{question}", ""),
            config.question_tokens,
            config.answer_tokens,
        ),
        "questioner": (_longest_prompt(config, asker), 0, config.question_tokens),
        "verifier": asked_to_judge,
        SECOND: asked_to_judge,
    }[role]
    prompt_tokens = round(calls * (sample(text, spec.max_side or MAX_SIDE) + more_tokens))
    completion_tokens = calls * reply_tokens
    usd = Prices(spec.price_in, spec.price_out).cost_usd(prompt_tokens, completion_tokens)
    minutes = max(
        calls * CALL_S / (spec.concurrency or CONCURRENCY) / 60.0,
        calls / spec.rpm if spec.rpm else 0.0,
        (prompt_tokens + completion_tokens) / spec.tpm if spec.tpm else 0.0,
    )
    return Row(phase, role, spec.address, calls, prompt_tokens, completion_tokens, usd, minutes)


def _longest_prompt(config: DiscoverConfig, asker: str) -> str:
    questions = planned_steps(config) * config.questions_per_step
    return longest_prompt_from_spec(
        config.questioner, asker, questions=questions, examples=config.feedback_examples
    )


def _assumptions(config: DiscoverConfig, behind: dict[str, Compatible]) -> Iterator[str]:
    yield "Every question is valid and new; an invalid one, or one that was asked before, is not put to the candidate."
    if not behind:
        yield "All models run in this process: they cost nothing, and how long they take depends on this machine."
        return
    yield "A picture counts as a token for each 14 x 14 pixels, as in open models; hosted ones may count more."
    yield f"A call takes {CALL_S:g} s, unless rpm or tpm is slower; failed calls that are made again are not counted."
    if "verifier" in behind or SECOND in behind:
        yield (
            f"A verifier makes {verifier_calls(config)} calls a question, each as long as may be; "
            "where its first votes agree, or the question is invalid, it makes fewer."
        )
    if "questioner" in behind and config.engine == "feedback":
        yield (
            "The questioner is told as much each time as it may be in the end; failed questions that hold much else "
            "than plain letters may take more."
        )
    for role, spec in behind.items():
        if spec.price_in is None or spec.price_out is None:
            yield f"What the {role} costs is not known: add price_in=...,price_out=... to its SPEC."
    if config.max_usd is not None or config.max_tokens is not None:
        yield "The run ends earlier where its budget of dollars or tokens does."
