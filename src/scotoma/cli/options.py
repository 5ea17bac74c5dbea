"""The options of `discover`; their help says in short what the configuration's docstrings say at length."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from scotoma.errors import SpecError

_WHAT, _HOW, _BUDGET, _EVALUATION, _RUN = "What is tested", "How", "Budget", "Evaluation", "Run"

SETTABLE = (
    "candidate_prompt, answer_tokens, judge_votes, judge_agreement, judge_temperature, judge_tokens, judge_blind, "
    "question_tokens, group_size, images_per_step, learning_rate, "
    "temperature, w_fail, w_sem, w_lex, w_mix, mix_formula, mix_right, mix_half_life, embedder, memory, "
    "scale_rewards, loss, entropy_coef, settle_support, feedback_examples, warmup_steps, decay_share, micro_batch, "
    "tuning, lora_rank, kl_beta, use_vllm, checkpoint_every, confirm_calls, alpha, second_sample"
)
"""Fields of the configuration that have no option of their own."""

Images = Annotated[
    str | None,
    typer.Option(
        metavar="IMAGES",
        help="tabletop, tabletop:n=2000,seed=7, a folder, a Parquet file or folder, hf:NAME[:SPLIT], or wds:PATTERN. "
        "Default: tabletop.",
        rich_help_panel=_WHAT,
    ),
]
Candidate = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="The model under test: mini, mini:half, mini:unread, oracle, planted:FILE.toml, hf:DIR-OR-ID, "
        "openai:MODEL@BASE_URL with any of "
        "key_env, price_in, price_out, rpm, tpm, concurrency, max_side, timeout. Default: mini.",
        rich_help_panel=_WHAT,
    ),
]
Verifier = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="Who judges: exact (needs images with truth), or a model: hf:DIR-OR-ID, openai:MODEL@BASE_URL. "
        "Default: exact.",
        rich_help_panel=_WHAT,
    ),
]
SecondVerifier = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="Who judges a sample again at the end, and nobody learns from: exact, hf:DIR-OR-ID, "
        "openai:MODEL@BASE_URL; not the verifier. Default: nobody.",
        rich_help_panel=_EVALUATION,
    ),
]
Calibration = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="What `scotoma calibrate --verifier SPEC --out FILE` wrote of this verifier: failure rates are told also "
        "corrected for its mistakes.",
        rich_help_panel=_EVALUATION,
    ),
]
Questioner = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="Who asks, and where training starts: mini, static, adversarial, random (the grammar), "
        "hf:DIR-OR-ID, openai:MODEL@BASE_URL (which cannot be trained), or the folder of a run that trained "
        "one. Default: mini.",
        rich_help_panel=_HOW,
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        metavar="ENGINE",
        help="grpo trains the questioner, bandit chooses the skills that it is asked for, feedback tells it what "
        "failed, static asks as it is, random draws from the grammar. Default: grpo.",
        rich_help_panel=_HOW,
    ),
]
Seed = Annotated[
    int | None, typer.Option(help="Seed of everything that is drawn. Default: 0.", rich_help_panel=_HOW)
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help=f"Any other field of the configuration; may be repeated. Fields: {SETTABLE}.",
        rich_help_panel=_HOW,
    ),
]
MaxCalls = Annotated[
    int | None,
    typer.Option(
        help="Candidate calls, those of evaluation and confirmation included. Default: no limit.",
        rich_help_panel=_BUDGET,
    ),
]
MaxUsd = Annotated[
    float | None,
    typer.Option(
        "--max-usd",
        help="US dollars for all models together; every server needs price_in and price_out in its SPEC.",
        rich_help_panel=_BUDGET,
    ),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(help="Prompt and completion tokens of all models behind servers.", rich_help_panel=_BUDGET),
]
MaxMinutes = Annotated[
    float | None, typer.Option(help="Minutes of discovery; the evaluation follows.", rich_help_panel=_BUDGET)
]
Steps = Annotated[
    int | None,
    typer.Option(
        help="Steps of discovery. Default: what --max-calls pays for, else 100.", rich_help_panel=_BUDGET
    ),
]
EvalImages = Annotated[
    int | None,
    typer.Option(
        help="Held-out images for the comparison; 0: none. Default: 200.", rich_help_panel=_EVALUATION
    ),
]
EvalQuestions = Annotated[
    int | None,
    typer.Option(help="Questions asked of each by each questioner. Default: 4.", rich_help_panel=_EVALUATION),
]
NoConfirm = Annotated[
    bool,
    typer.Option(
        "--no-confirm",
        help="Leave the failure modes that are found untested. Default: they are, with a fifth of --max-calls, 1000 "
        "at most.",
        rich_help_panel=_EVALUATION,
    ),
]
HeldOutShare = Annotated[
    float | None,
    typer.Option(
        help="Share of the images that discovery never sees. Default: 0.25.", rich_help_panel=_EVALUATION
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        metavar="RUN", help="Folder of the run, new or empty. Default: runs/discover.", rich_help_panel=_RUN
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="TOML file with the same fields; options win over it.", rich_help_panel=_RUN
    ),
]
Resume = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        metavar="RUN",
        help="Go on with this run instead; only budgets may be given.",
        rich_help_panel=_RUN,
    ),
]
RetryErrors = Annotated[
    bool,
    typer.Option(
        "--retry-errors",
        help="Ask again what failed calls left unscorable, and nothing else.",
        rich_help_panel=_RUN,
    ),
]
Estimate = Annotated[
    bool,
    typer.Option(
        "--estimate",
        help="Say what the run will come to at most, in calls, tokens, dollars and minutes, and end.",
        rich_help_panel=_RUN,
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON object on stdout, no progress.", rich_help_panel=_RUN)
]


def read_settings(settings: Sequence[str]) -> dict[str, Any]:
    """["w_mix=0.3", "loss=grpo"] -> {"w_mix": 0.3, "loss": "grpo"}: a TOML value, else the text as it stands.

    Raises SpecError if an entry has no "=", or a field comes twice.
    """
    values: dict[str, Any] = {}
    for entry in settings:
        name, equals, text = entry.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise SpecError(f"--set {entry[:60]!r}: write FIELD=VALUE, such as --set learning_rate=3e-5")
        if name in values:
            raise SpecError(f"--set {name}: is given twice")
        values[name] = _value(text.strip())
    return values


def _value(text: str) -> Any:
    try:
        value = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return value["value"] if len(value) == 1 else text
