"""Probes of questions that were asked for skills, as the engines without training learn from; and random ones."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from scotoma.questioners.evidence import arm_of
from scotoma.questioners.prompts import for_skills, load
from scotoma.records import SKILLS, Answer, Probe, Question, Verdict

RIGHT, WRONG, INVALID, UNSCORABLE = "right", "wrong", "invalid", "unscorable"
KINDS = {RIGHT: (True, True), WRONG: (True, False), INVALID: (False, None), UNSCORABLE: (True, None)}


def probe(
    kind: str,
    needed: Sequence[str] = (),
    arm: Sequence[str] = (),
    *,
    text: str = "Is there a cup?",
    place: int = 0,
) -> Probe:
    """One probe. needed: what the verifier says. arm: what was asked for; empty: the base prompt."""
    valid, correct = KINDS[kind]
    prompt = for_skills(arm) if arm else load("base")
    return Probe(
        "train",
        1 + place // 8,
        0,
        place % 8,
        "image",
        Question(text, "bandit", prompt),
        Answer("yes", "candidate"),
        Verdict(valid, correct, "no", kind, skills=tuple(needed)),
    )


def many(wrong: int, right: int, needed: Sequence[str], arm: Sequence[str] | None = None) -> list[Probe]:
    """Scored probes of one composition, asked for as such unless another arm is given."""
    asked_for = needed if arm is None else arm
    return [probe(kind, needed, asked_for) for kind in [WRONG] * wrong + [RIGHT] * right]


SKILL_SETS = st.lists(st.sampled_from(SKILLS[:6]), max_size=3, unique=True).map(arm_of)
PROBES = st.lists(
    st.builds(
        probe,
        st.sampled_from(list(KINDS)),
        SKILL_SETS,
        SKILL_SETS,
        text=st.text(max_size=12),
        place=st.integers(0, 31),
    ),
    max_size=60,
)
"""A few skills only, so that sets meet one another."""
