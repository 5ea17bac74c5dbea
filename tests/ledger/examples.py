"""Probes for the ledger's tests: one maker, and hypothesis strategies for every field."""

from __future__ import annotations

from hypothesis import strategies as st

from scotoma.records import SKILLS, Answer, Image, Probe, Question, Verdict


def probe(
    step: int = 1, group: int = 0, member: int = 0, text: str = "Is there a cup?", phase: str = "train"
) -> Probe:
    return Probe(
        phase=phase,
        step=step,
        group=group,
        member=member,
        image_id="i0",
        question=Question(text, "mini", "Ask one question."),
        answer=Answer("yes", "mini", 0.5, 0.0),
        verdict=Verdict(True, False, "no", "wrong", "There is no cup.", ("existence",)),
        rewards={"failure": 1.0, "novelty_sem": 0.25, "novelty_lex": None},
        reward=1.1,
        seed=3,
    )


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["", "\x00", "a\x00b", "\u202eabc", "שלום", "مرحبا", "🙂\u200d", "'; --"]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 2**40)
MAYBE = st.sampled_from([True, False, None])

IMAGES = st.builds(
    Image,
    id=TEXTS,
    source=TEXTS,
    width=st.integers(1, 9999),
    height=st.integers(1, 9999),
    uri=TEXTS,
    truth=st.none()
    | st.dictionaries(
        TEXTS,
        st.recursive(
            st.none() | st.booleans() | st.integers() | NUMBERS | TEXTS,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    ),
)

PROBES = st.builds(
    Probe,
    phase=TEXTS,
    step=COUNTS,
    group=COUNTS,
    member=COUNTS,
    image_id=st.just("i0"),
    question=st.builds(Question, text=TEXTS, questioner=TEXTS, prompt=TEXTS),
    answer=st.none()
    | st.builds(
        Answer,
        text=st.none() | TEXTS,
        candidate=TEXTS,
        latency_s=NUMBERS,
        cost_usd=st.none() | NUMBERS,
        error=st.none() | TEXTS,
    ),
    verdict=st.builds(
        Verdict,
        valid=MAYBE,
        correct=MAYBE,
        reference=st.none() | TEXTS,
        reason=TEXTS,
        evidence=TEXTS,
        skills=st.lists(st.sampled_from(SKILLS), unique=True, max_size=5).map(tuple),
    ),
    rewards=st.dictionaries(TEXTS, st.none() | NUMBERS, max_size=4),
    reward=st.none() | NUMBERS,
    seed=st.integers(0, 2**64 - 1),
)
