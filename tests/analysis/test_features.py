"""Probes -> table: who is in it, which bits are set, what every question shares."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scotoma.analysis.features import ProbeTable, Row, count_of, key_of, packed, sums_of
from scotoma.records import Answer, Probe, Question, Verdict

names = st.sets(st.sampled_from(["counting", "colour", "size", "zeal"]), min_size=1)
met = st.sets(st.sampled_from(["count>=2", "count>=10", "count<=3", "colour=red"]))
questions = st.lists(st.builds(Row, names, met, st.booleans(), st.sampled_from("abc")), max_size=200)


def probe(valid: bool | None, correct: bool | None, skills: tuple[str, ...], image: str = "a") -> Probe:
    verdict = Verdict(valid, correct, "no", "graded", skills=skills)
    return Probe("train", 1, 0, 0, image, Question("?", "mini"), Answer("yes", "mini"), verdict)


@given(questions)
def test_a_table_holds_what_was_put_in(rows: list[Row]) -> None:
    table = ProbeTable.of_rows(rows)
    assert len(table) == len(rows)
    for feature, name in enumerate(table.features):
        having = set(table.probes_in(table.bits_FW[feature]).tolist())
        side = 0 if feature < table.skills else 1
        assert having == {n for n, row in enumerate(rows) if name in row[side]}
        assert table.has_DF[table.row_P, feature].tolist() == [n in having for n in range(len(rows))]
    assert table.probes_in(table.failed_W).tolist() == [n for n, row in enumerate(rows) if row.failed]
    assert table.images == len({row.image_id for row in rows})
    assert count_of(table.everything()) == len(rows)


@given(questions, st.sets(st.integers(0, 3)))
def test_the_closure_is_what_all_share(rows: list[Row], wanted: set[int]) -> None:
    table = ProbeTable.of_rows(rows)
    items = [item for item in wanted if item < len(table.features)]
    meeting = [
        row for row in rows if {table.features[item] for item in items} <= {*row.skills, *row.conditions}
    ]
    closed = {table.features[item] for item in table.closure(table.needing(items))}
    shared = [{*row.skills, *row.conditions} for row in meeting]
    assert closed == (set.intersection(*shared) if shared else set(table.features))
    hits_C, trials_C = sums_of(table, table.needing(items))
    assert (hits_C.sum(), trials_C.sum()) == (sum(row.failed for row in meeting), len(meeting))


def test_unscored_probes_and_those_of_unknown_skills_are_left_out() -> None:
    probes = [
        probe(False, None, ("counting",)),
        probe(True, False, ("counting", "colour")),
        probe(True, None, ("counting",)),
        probe(None, None, ("counting",)),
        probe(True, False, ()),
        probe(True, True, ("colour",), "b"),
    ]
    table = ProbeTable.of(probes, lambda asked: [f"image={asked.image_id}"])
    assert table.probe_P.tolist() == [1, 5]
    assert table.features == ("counting", "colour", "image=a", "image=b")
    assert table.probes_in(table.failed_W).tolist() == [0]
    assert table.probes_in(table.bits_FW[2]).tolist() == [0]


def test_narrow_conditions_come_before_wide_ones() -> None:
    met = ["count<=3", "count<=10", "count>=2", "count>=10", "colour=red", "busy"]
    table = ProbeTable.of_rows([Row(["size"], met, False, "a")])
    assert table.features == (
        *("size", "busy", "colour=red"),
        *("count<=3", "count<=10", "count>=10", "count>=2"),
    )
    assert [key_of(name) for name in ("count>=10", "colour=red", "busy")] == ["count", "colour", "busy"]


def test_a_skill_and_a_condition_of_one_name_are_two_features() -> None:
    table = ProbeTable.of_rows([Row(["text"], [], False, "a"), Row(["size"], ["text"], True, "a")])
    assert table.features == ("size", "text", "text")
    assert [table.probes_in(table.bits_FW[n]).tolist() for n in range(3)] == [[1], [0], [1]]


def test_an_empty_table() -> None:
    table = ProbeTable.of([])
    assert (len(table), table.features, table.images) == (0, (), 0)
    assert table.probes_in(table.everything()).tolist() == []
    assert len(packed(table.failed_W.astype(bool))) == 0
