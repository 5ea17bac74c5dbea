"""Probes -> figures: what counts as asked, valid and failed; what stands out; the curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from runs import PLANTED, PLANTED_RATE, synthetic_images, synthetic_probes
from scotoma.analysis.breakdown import Tally, by_combination, by_composition, canonical
from scotoma.analysis.combinations import standing_out
from scotoma.analysis.curve import curve, smoothed
from scotoma.analysis.features import ProbeTable
from scotoma.analysis.figures import compare_phases, phase_figures
from scotoma.analysis.summary import summarise
from scotoma.records import Answer, Probe, Question, Verdict

RIGHT, WRONG, INVALID, UNSCORABLE = "right", "wrong", "invalid", "unscorable"
VERDICTS = {RIGHT: (True, True), WRONG: (True, False), INVALID: (False, None), UNSCORABLE: (True, None)}


def probe(
    kind: str = RIGHT,
    skills: Sequence[str] = ("existence",),
    *,
    image: str = "a",
    phase: str = "train",
    step: int = 1,
    number: int = 0,
) -> Probe:
    valid, correct = VERDICTS[kind]
    return Probe(
        phase,
        step,
        0,
        number,
        image,
        Question("Is there a cup?", "mini"),
        Answer("yes", "mini"),
        Verdict(valid, correct, "no", kind, skills=tuple(skills)),
        {"failure": {RIGHT: 0.0, WRONG: 1.0, INVALID: -1.0}.get(kind)},
        {RIGHT: 0.0, WRONG: 1.0, INVALID: -1.0}.get(kind),
    )


def many(wrong: int, right: int, skills: Sequence[str], phase: str = "train") -> list[Probe]:
    """Probes on as many images."""
    kinds = [WRONG] * wrong + [RIGHT] * right
    return [probe(kind, skills, image=f"{at}", number=at, phase=phase) for at, kind in enumerate(kinds)]


def combined(probes: Iterable[Probe]) -> list[tuple[str, ...]]:
    return [row.discovered.skills for row in standing_out(ProbeTable.of(probes), ProbeTable.of(()))]


# ---- figures --------------------------------------------------------------------------------------------


def test_unscorable_is_asked_and_neither_valid_nor_failed() -> None:
    figures = phase_figures("train", [probe(WRONG), probe(RIGHT), probe(INVALID), probe(UNSCORABLE)])
    assert (figures.asked, figures.valid, figures.invalid, figures.unscorable, figures.failures) == (
        4,
        2,
        1,
        1,
        1,
    )
    assert figures.fdr_asked is not None
    assert figures.fdr_valid is not None
    assert figures.valid_share is not None
    assert figures.fdr_asked.estimate == 0.25
    assert figures.fdr_valid.estimate == 0.5
    assert figures.valid_share.estimate == 0.5


def test_compositions_and_skills_are_those_of_valid_questions() -> None:
    asked = [probe(WRONG, ("counting", "colour")), probe(RIGHT, ("colour",)), probe(INVALID, ("size",))]
    figures = phase_figures("train", asked)
    assert figures.compositions == 2
    assert figures.mean_skills == 1.5


def test_nothing_valid_has_no_rate() -> None:
    figures = phase_figures("train", [probe(INVALID), probe(UNSCORABLE)])
    assert figures.fdr_valid is None
    assert figures.mean_skills is None
    assert figures.fdr_asked is not None
    assert phase_figures("train", []).fdr_asked is None


def test_comparison_of_phases() -> None:
    trained = ("eval:trained", many(30, 30, ("colour",), "eval:trained"))
    untrained = ("eval:untrained", many(15, 45, ("colour",), "eval:untrained"))
    compared = compare_phases(trained, untrained)
    assert compared.over_asked is not None
    assert compared.over_asked.ratio is not None
    assert compared.over_asked.ratio.estimate == pytest.approx(2.0)
    assert compared.over_asked.difference.low > 0


def test_summary_orders_phases_and_compares_the_trained_questioner() -> None:
    images = synthetic_images(120)
    summary = summarise(synthetic_probes(images, steps=12, held_out=40))
    assert [at.phase for at in summary.phases] == ["train", "eval:random", "eval:untrained", "eval:trained"]
    assert [both.second for both in summary.comparisons] == ["eval:random", "eval:untrained"]
    assert summary.headline is summary.phase("eval:trained")
    assert len(summary.evaluations) == 3


def test_summary_repeats() -> None:
    probes = list(synthetic_probes(synthetic_images(80), steps=6, held_out=20))
    assert summarise(probes, seed=1) == summarise(list(reversed(probes)), seed=1)


def test_summary_of_nothing() -> None:
    summary = summarise([])
    assert summary.phases == ()
    assert summary.headline is None
    assert summary.combinations == ()


# ---- breakdown ------------------------------------------------------------------------------------------


def test_by_skill_by_pair_and_by_composition() -> None:
    probes = [*many(3, 1, ("counting", "colour")), *many(0, 2, ("colour",)), probe(UNSCORABLE, ("colour",))]
    tally = Tally.of(probes)
    skills = {group.skills: (group.failures, group.valid) for group in by_combination(tally, 1)}
    assert skills == {("counting",): (3, 4), ("colour",): (3, 6)}
    assert [(g.skills, g.failures, g.valid) for g in by_combination(tally, 2)] == [
        (("counting", "colour"), 3, 4)
    ]
    assert {group.skills for group in by_composition(tally)} == {("counting", "colour"), ("colour",)}


def test_support_counts_in_the_ranking() -> None:
    ranked = by_composition(Tally.of([*many(2, 0, ("size",)), *many(80, 20, ("colour",))]))
    assert [group.skills for group in ranked] == [("colour",), ("size",)]


def test_questions_of_one_image_count_little_more_than_once() -> None:
    same = [probe(WRONG, ("size",), image="a", number=at) for at in range(12)]
    apart = [probe(WRONG, ("colour",), image=f"{at}", number=at) for at in range(12)]
    first, second = by_composition(Tally.of([*same, *apart]))
    assert (first.skills, second.skills) == (("colour",), ("size",))
    assert second.rate.low < 0.3 < first.rate.low


def test_skills_are_put_in_canonical_order() -> None:
    assert canonical(["occlusion", "counting", "counting", "zeal"]) == ("counting", "occlusion", "zeal")


# ---- combinations ---------------------------------------------------------------------------------------


def test_a_pair_that_is_hard_only_together_stands_out_alone() -> None:
    probes = [
        *many(90, 10, ("counting", "occlusion")),
        *many(45, 5, ("counting", "colour", "occlusion")),
        *many(4, 96, ("counting",)),
        *many(4, 96, ("occlusion",)),
        *many(6, 194, ("colour",)),
    ]
    there = [
        *many(9, 1, ("counting", "occlusion"), "eval:trained"),
        *many(1, 9, ("counting",), "eval:trained"),
    ]
    rows = standing_out(ProbeTable.of(probes), ProbeTable.of(there))
    assert [row.discovered.skills for row in rows] == [("counting", "occlusion")]
    assert (rows[0].discovered.failures, rows[0].discovered.valid) == (135, 150)
    assert rows[0].held_out is not None
    assert (rows[0].held_out.failures, rows[0].held_out.valid) == (9, 10)
    assert rows[0].share == pytest.approx(135 / 149)


def test_a_hard_skill_is_not_told_again_with_every_companion() -> None:
    probes = [
        *many(60, 40, ("viewpoint",)),
        *many(62, 38, ("colour", "viewpoint")),
        *many(5, 95, ("colour",)),
        *many(5, 95, ("existence",)),
    ]
    assert combined(probes) == [("viewpoint",)]


def test_what_was_only_asked_together_is_told() -> None:
    probes = [*many(80, 20, ("counting", "colour", "occlusion")), *many(5, 195, ("existence",))]
    (row,) = standing_out(ProbeTable.of(probes), ProbeTable.of(()))
    assert (row.discovered.skills, row.mode.always_skills) == (("counting",), ("colour", "occlusion"))
    assert row.mode.same_as == (("colour",), ("occlusion",))
    assert row.held_out is None


def test_a_mode_may_have_a_condition() -> None:
    probes = [*many(4, 96, ("counting",)), *many(60, 40, ("counting",), "train"), *many(5, 195, ("colour",))]
    red = {id(probe) for probe in probes[100:200]}
    found = ProbeTable.of(probes, lambda probe: ["colour=red"] if id(probe) in red else [])
    held_out = ProbeTable.of(many(3, 7, ("counting",), "eval:trained"), lambda probe: [])
    (row,) = standing_out(found, held_out)
    assert row.mode.conditions == ("colour=red",)
    assert row.discovered.failures == 60
    assert row.held_out is None


def test_equal_rates_do_not_stand_out() -> None:
    skills = [("existence",), ("counting",), ("colour",), ("counting", "colour"), ("size",)]
    assert combined(entry for some in skills for entry in many(30, 70, some)) == []


def test_little_support_does_not_stand_out() -> None:
    assert combined([*many(10, 0, ("size",)), *many(5, 195, ("existence",))]) == []


def test_rows_leave_out_the_questions_of_rows_above() -> None:
    probes = [
        *many(95, 5, ("counting", "occlusion")),
        *many(50, 50, ("counting", "colour")),
        *many(3, 97, ("occlusion",)),
        *many(3, 297, ("colour",)),
    ]
    rows = standing_out(ProbeTable.of(probes), ProbeTable.of(()))
    assert [(row.discovered.skills, row.discovered.valid) for row in rows] == [
        (("counting", "occlusion"), 100),
        (("counting", "colour"), 100),
    ]
    assert sum(row.share for row in rows) <= 1.0


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_pair_ranks_first(seed: int) -> None:
    images = synthetic_images(150)
    probes = list(synthetic_probes(images, steps=60, held_out=40, groups=4, seed=seed))
    worst = summarise(probes).combinations[0]
    assert worst.discovered.skills == PLANTED
    assert worst.discovered.rate.low < PLANTED_RATE < worst.discovered.rate.high
    assert worst.held_out is not None


# ---- curve ----------------------------------------------------------------------------------------------


def test_curve_counts_new_compositions_once() -> None:
    steps = curve(
        [
            probe(RIGHT, ("colour",), step=2),
            probe(WRONG, ("size",), step=1),
            probe(WRONG, ("size",), step=2, number=1),
            probe(INVALID, ("shape",), step=2, number=2),
        ]
    )
    assert [at.step for at in steps] == [1, 2]
    assert [at.new_compositions for at in steps] == [1, 1]
    assert [at.seen_compositions for at in steps] == [1, 2]
    assert steps[1].fdr_asked == pytest.approx(1 / 3)
    assert steps[1].fdr_valid == 0.5
    assert steps[1].valid_share == pytest.approx(2 / 3)
    assert steps[1].reward == pytest.approx(0.0)
    assert steps[1].terms == {"failure": pytest.approx(0.0)}


def test_a_step_of_unscorable_questions_has_no_reward() -> None:
    (step,) = curve([probe(UNSCORABLE)])
    assert step.reward is None
    assert step.fdr_valid is None
    assert step.fdr_asked == 0.0
    assert step.terms == {}


def test_smoothing_keeps_constants_and_skips_gaps() -> None:
    assert smoothed([2.0] * 5, 2) == (2.0,) * 5
    assert smoothed([1.0, None, 3.0], 1) == (1.0, 2.0, 3.0)
    assert smoothed([None, None], 1) == (None, None)
