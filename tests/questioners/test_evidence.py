"""What is counted of a probe, and for which skills."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from questioners.asked import INVALID, PROBES, RIGHT, SKILL_SETS, UNSCORABLE, WRONG, probe
from scotoma.questioners.evidence import Evidence, Table, arm_of, holds, mask_of, masks
from scotoma.questioners.prompts import for_skills, load, skills_asked
from scotoma.records import SKILLS, Probe

PAIR = ("counting", "occlusion")


def learned(*probes: Probe) -> Evidence:
    evidence = Evidence()
    evidence.learn(probes)
    return evidence


def test_credit_goes_to_what_the_verifier_says_was_needed() -> None:
    evidence = learned(probe(WRONG, ("counting", "colour"), PAIR))
    assert evidence.valid == {("counting", "colour"): 1}
    assert evidence.failed == {("counting", "colour"): 1}
    # Off target: asked for the pair, which counts as not found.
    assert evidence.asked == {PAIR: 1}
    assert not evidence.met


def test_credit_goes_to_the_arm_where_the_verifier_says_nothing() -> None:
    evidence = learned(probe(WRONG, (), PAIR), probe(RIGHT, (), PAIR))
    assert evidence.valid == evidence.asked == {PAIR: 2}
    assert evidence.failed == {PAIR: 1}
    assert evidence.met == {(PAIR, PAIR): 2}


def test_more_than_was_asked_for_is_on_target() -> None:
    evidence = learned(probe(RIGHT, ("counting", "colour", "occlusion"), PAIR))
    assert evidence.met == {(PAIR, ("counting", "colour", "occlusion")): 1}


def test_invalid_counts_as_not_found_and_unscorable_not_at_all() -> None:
    evidence = learned(probe(INVALID, PAIR, PAIR), probe(UNSCORABLE, PAIR, PAIR))
    assert evidence.asked == {PAIR: 1}
    assert not evidence.valid
    assert not evidence.met


def test_questions_of_other_prompts_count_for_what_they_needed() -> None:
    evidence = learned(probe(WRONG, PAIR), probe(WRONG))
    assert evidence.failed == {PAIR: 1}
    assert not evidence.asked


def test_a_verifier_s_own_skills_are_left_out() -> None:
    assert learned(probe(WRONG, ("juggling",), PAIR)).failed == {PAIR: 1}


@given(SKILL_SETS)
def test_a_skill_prompt_reads_back(skills: tuple[str, ...]) -> None:
    assert skills_asked(for_skills(skills)) == skills


@given(st.text(max_size=60) | st.sampled_from([load("base"), load("adversarial"), "", "."]))
def test_no_other_prompt_asks_for_skills(prompt: str) -> None:
    assert skills_asked(prompt) == ()
    assert skills_asked(for_skills([prompt])) in ((), (prompt,))


@given(PROBES, st.randoms())
def test_order_plays_no_part(probes: list[Probe], rng: st.DataObject) -> None:
    turned = list(probes)
    rng.shuffle(turned)  # type: ignore[attr-defined]
    assert learned(*probes) == learned(*turned)


@given(SKILL_SETS, SKILL_SETS)
def test_masks_are_sets(whole: tuple[str, ...], part: tuple[str, ...]) -> None:
    assert bool(holds(masks([whole]), mask_of(part))[0]) == (set(part) <= set(whole))


@given(PROBES, SKILL_SETS)
def test_a_table_counts_what_needs_at_least_these_skills(probes: list[Probe], arm: tuple[str, ...]) -> None:
    evidence = learned(*probes)
    table = Table.of(evidence)
    seen = np.zeros((1, len(table.mask_C)), np.bool_)
    valid, failed = table.needing(masks([arm]), seen)
    needing = [needed for needed in evidence.valid if set(arm) <= set(needed)]
    assert valid[0] == sum(evidence.valid[needed] for needed in needing)
    assert failed[0] == sum(evidence.failed[needed] for needed in needing)
    assert table.needing(masks([arm]), ~seen)[0][0] == 0


def test_arms_are_canonical() -> None:
    assert arm_of(["occlusion", "counting", "juggling", "counting"]) == PAIR
    assert arm_of(SKILLS) == SKILLS
