"""Figures -> words for people: percentages, ratios, names of skills and phases, durations. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from scotoma.analysis.statistics import Interval
from scotoma.analysis.summary import CONFIRMATION, EVALUATION, TRAINING
from scotoma.confirming.claims import Again, Outcome
from scotoma.records import SKILLS

SKILL_NAMES = {skill: skill.replace("_", " ") for skill in SKILLS} | {
    "left_right": "left / right",
    "front_behind": "front / behind",
    "text_reading": "reading",
    "same_attribute": "same attribute",
}
"""How a skill is called in front of people."""

NOTHING = "–"

_SERVER = re.compile(r"@https?://.*")

NO_SKILLS = "Which skills these questions need is not known: the verifier of this run names none."
"""In place of failure rates by skill."""


_CONDITION = re.compile(
    r"(count|objects)(>=|<=)(\d+)|(colour|material|size|category|family)(=)(\w+)|(visible)(<)(0\.\d+)"
)


def skill_name(skill: str) -> str:
    """A skill as people read it; ids that are not canonical stand as they are."""
    return SKILL_NAMES.get(skill, skill.replace("_", " "))


def skills_name(skills: Iterable[str]) -> str:
    """A set of skills as people read it."""
    return " + ".join(skill_name(skill) for skill in skills) or "no known skill"


def condition_name(condition: str) -> str:
    """ "count>=4" -> "4 or more to count"; what has no wording stands as it is."""
    match = _CONDITION.fullmatch(condition)
    if match is None:
        return condition
    key, sign, value = (part for part in match.groups() if part is not None)
    if key == "visible":
        return f"something less than {percent(float(value), 0)} visible"
    if sign == "=":
        return f"“{value}”"
    bound = f"{value} or {'more' if sign == '>=' else 'fewer'}"
    return f"{bound} to count" if key == "count" else f"{bound} {key}"


def mode_name(skills: Iterable[str], conditions: Iterable[str]) -> str:
    """Skills and conditions as people read them: "counting + occlusion (4 or more to count)"."""
    told = [condition_name(condition) for condition in conditions]
    named = list(skills)
    skill_words = skills_name(named) if named or not told else "anything"
    return f"{skill_words} ({', '.join(told)})" if told else skill_words


def phase_name(phase: str) -> str:
    """ "eval:trained" -> "trained"; "train" -> "discovery"."""
    if phase == TRAINING:
        return "discovery"
    if phase == CONFIRMATION:
        return "confirmation"
    return phase.removeprefix(EVALUATION)


def outcome_state(outcome: Outcome) -> str:
    """The state of a claim; of an undecided one also what it would still take."""
    if outcome.state != "undecided" or outcome.calls_left is None:
        return outcome.state
    return f"undecided, about {outcome.calls_left:,} calls more"


def again(counts: Again) -> str:
    """ "4 of 5": failures that failed again when they were asked once more."""
    return f"{counts.failed} of {counts.asked}" if counts.asked else NOTHING


def model_name(spec: str) -> str:
    """A model, shortly: "planted:data/spots.toml" -> "planted:spots.toml", "mini:half" as it is, "hf:org/name" and
    "openai:org/name@http://host/v1" -> "name"."""
    scheme, colon, rest = spec.partition(":")
    if not colon:
        return spec
    path = _SERVER.sub("", rest) if scheme == "openai" else rest.partition(",")[0]
    name = path.rstrip("/").rpartition("/")[2]
    return f"{scheme}:{name}" if scheme in ("planted", "mini") else name


def percent(value: float | None, digits: int = 1) -> str:
    """0.3412 -> "34.1%"."""
    return NOTHING if value is None else f"{100 * value:.{digits}f}%"


def span(interval: Interval | None, digits: int = 1) -> str:
    """Only the interval of a rate: "31.9–36.4%"."""
    if interval is None:
        return NOTHING
    return f"{100 * interval.low:.{digits}f}–{100 * interval.high:.{digits}f}%"


def rate(interval: Interval | None, digits: int = 1) -> str:
    """ "34.1% [31.9–36.4%]"."""
    if interval is None:
        return NOTHING
    return f"{percent(interval.estimate, digits)} [{span(interval, digits)}]"


def times(interval: Interval | None) -> str:
    """A ratio of rates: "1.9× [1.7–2.2×]"."""
    if interval is None:
        return NOTHING
    high = f"{interval.high:.1f}×" if math.isfinite(interval.high) else "∞"
    return f"{interval.estimate:.1f}× [{interval.low:.1f}–{high}]"


def points(interval: Interval | None) -> str:
    """A difference of rates in percentage points: "+12.3 [9.8–14.6]"."""
    if interval is None:
        return NOTHING
    return f"{100 * interval.estimate:+.1f} [{100 * interval.low:+.1f} to {100 * interval.high:+.1f}] points"


def number(value: float | int | None, digits: int = 1) -> str:
    """1234 -> "1,234"; 2.345 -> "2.3"."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def duration(seconds: float) -> str:
    """75 -> "1 min 15 s"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
