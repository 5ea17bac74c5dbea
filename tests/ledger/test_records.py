"""Records come back equal, in a stable order, each once."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.examples import IMAGES, PROBES, probe
from scotoma.errors import LedgerError
from scotoma.ledger import Ledger
from scotoma.records import Answer, Image, Question, Unasked, Verdict


@settings(max_examples=25)
@given(st.lists(PROBES, max_size=5, unique_by=lambda one: one.key))
def test_probes_reload_to_equal_records_ordered_by_key(probes):
    with tempfile.TemporaryDirectory() as folder:
        with Ledger.create(Path(folder) / "run", {}, {}) as ledger:
            ledger.add_images([Image("i0", "test", 8, 8, "test:0")])
            ledger.add_probes(probes)
        with Ledger.open(Path(folder) / "run", readonly=True) as ledger:
            # SQLite orders text by its UTF-8 bytes, as Python does by code points: the same order.
            assert list(ledger.probes()) == sorted(probes, key=lambda one: one.key)


@settings(max_examples=20)
@given(st.lists(IMAGES, max_size=4, unique_by=lambda image: image.id))
def test_images_reload_to_equal_records_in_their_order(images):
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "run", {}, {}) as ledger:
        ledger.add_images(images)
        assert list(ledger.images()) == images
        assert [ledger.image(image.id) for image in images] == images


def test_a_lone_surrogate_of_an_untrusted_model_is_kept_as_a_replacement_character(ledger):
    ledger.add_probes([replace(probe(), answer=Answer("no\ud83d!", "mini"))])
    assert next(ledger.probes()).answer == Answer("no\ufffd!", "mini")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused(ledger, bad):
    with pytest.raises(LedgerError, match="reward is"):
        ledger.add_probes([probe(member=0), replace(probe(member=1), reward=bad)])
    with pytest.raises(LedgerError, match="term 'failure'"):
        ledger.add_probes([replace(probe(), rewards={"failure": bad})])
    assert ledger.probe_count() == 0


def test_numpy_numbers_are_stored_as_numbers(ledger):
    numpy = pytest.importorskip("numpy")
    one = replace(probe(), step=numpy.int64(4), reward=numpy.float32(0.5), seed=numpy.int64(9))
    ledger.add_probes([one])
    assert next(ledger.probes()) == replace(probe(step=4), reward=0.5, seed=9)


def test_the_same_probe_twice_is_one_probe_whatever_the_clock_said(ledger):
    ledger.add_probes([probe()])
    ledger.add_probes([replace(probe(), answer=Answer("yes", "mini", latency_s=9.0)), probe(member=1)])
    assert list(ledger.probes()) == [probe(), probe(member=1)]


def test_another_probe_under_the_same_key_is_refused_and_nothing_of_its_batch_stays(ledger):
    ledger.add_probes([probe()])
    with pytest.raises(LedgerError, match=r"another probe is stored as \('train', 1, 0, 0\)"):
        ledger.add_probes([probe(member=1), probe(text="Is there a dog?")])
    assert list(ledger.probes()) == [probe()]


def test_a_probe_of_an_unknown_image_is_refused(ledger):
    with pytest.raises(LedgerError, match="image that was not added"):
        ledger.add_probes([replace(probe(), image_id="elsewhere")])
    with pytest.raises(LedgerError, match="no image 'elsewhere'"):
        ledger.image("elsewhere")


def test_probes_of_one_phase_and_of_later_steps(ledger):
    train = [probe(step=step) for step in (1, 2, 3)]
    ledger.add_probes([*reversed(train), probe(step=0, phase="eval:trained")])
    assert list(ledger.probes("train")) == train
    assert list(ledger.probes("train", after_step=1)) == train[1:]
    assert list(ledger.probes(after_step=2)) == train[2:]
    assert (ledger.probe_count(), ledger.probe_count("train"), ledger.probe_count("eval:none")) == (4, 3, 0)


def test_reading_in_pages_misses_and_repeats_nothing_while_more_is_written(ledger, monkeypatch):
    monkeypatch.setattr("scotoma.ledger.store._PAGE", 3)
    ledger.add_probes([probe(step=step, member=member) for step in (1, 2) for member in range(4)])
    reading = ledger.probes()
    seen = [next(reading) for _ in range(2)]
    ledger.add_probes([probe(step=3)])
    seen += list(reading)
    assert [one.key[1:] for one in seen] == [(s, 0, m) for s in (1, 2) for m in range(4)] + [(3, 0, 0)]


def test_an_image_known_by_its_pixels_keeps_its_first_record(ledger):
    ledger.add_images([Image("i0", "another folder", 8, 8, "copy.png")])
    assert ledger.image("i0").uri == "test:0"
    assert len(list(ledger.images())) == 1


def test_a_probe_that_is_asked_again_sets_the_first_one_aside(ledger):
    first, other = probe(member=0), probe(member=1)
    ledger.add_probes([first, other])
    again = replace(first, answer=Answer("no", "mini"), reward=0.0)
    ledger.replace_probes([again])
    assert list(ledger.probes()) == [again, other]
    assert ledger.superseded_count() == 1
    ledger.replace_probes([first, probe(member=1, text="Is there a sign?")])
    assert list(ledger.probes()) == [first, probe(member=1, text="Is there a sign?")]
    assert ledger.superseded_count() == 3


def test_only_what_is_there_can_be_asked_again_and_all_of_it_or_nothing(ledger):
    ledger.add_probes([probe(member=0)])
    with pytest.raises(LedgerError, match=r"no probe .*, 1, 0, 5. that could be replaced"):
        ledger.replace_probes([replace(probe(member=0), reward=0.0), probe(member=5)])
    assert list(ledger.probes()) == [probe(member=0)]
    assert ledger.superseded_count() == 0


def test_a_question_that_never_came_is_kept_as_an_empty_one(ledger):
    ledger.add_probes([replace(probe(), question=Question(Unasked("HTTP 500"), "m", "Ask."))])
    stored = next(ledger.probes())
    assert (stored.question.text, type(stored.question.text)) == ("", str)


@pytest.mark.parametrize(
    ("answer", "verdict", "lost"),
    [
        (Answer("yes", "m"), Verdict(True, True, "yes", "right"), False),
        (Answer("", "m"), Verdict(True, None, "yes", "empty_answer"), False),
        (Answer(None, "m", error="timed out"), Verdict(True, None, "yes", "no_answer"), True),
        (None, Verdict(None, None, None, "not_asked"), True),
        (Answer("yes", "m"), Verdict(None, None, None, "call_failed"), True),
        (Answer("yes", "m"), Verdict(None, None, None, "split_votes"), False),
        (None, Verdict(False, None, None, "unreadable"), False),
    ],
)
def test_a_probe_is_lost_where_a_call_failed_and_nowhere_else(answer, verdict, lost):
    assert replace(probe(), answer=answer, verdict=verdict).lost is lost
