"""BLEU between texts against sacrebleu, and self-BLEU."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.novelty.bleu import MAX_ORDER, grams, pairwise_bleu, self_bleu, words

texts = st.lists(st.sampled_from("is the red cube left of a blue cat".split()), min_size=1, max_size=14).map(
    " ".join
)


def reference_bleu(question: str, others: list[str]) -> float:
    """The mean of BLEU_2..BLEU_5 by sacrebleu's counts, smoothed as documented."""
    from sacrebleu.metrics import BLEU

    length = len(words(question))
    values = []
    for order in range(2, MAX_ORDER + 1):
        metric = BLEU(effective_order=True, tokenize="none", max_ngram_order=order, smooth_method="none")
        score = metric.sentence_score(question, others)
        logs = []
        for hits, total in zip(score.counts[:length], score.totals[:length], strict=True):
            logs.append(math.log((hits or 0.1) / total))
        values.append(score.bp * math.exp(sum(logs) / len(logs)))
    return sum(values) / len(values)


def test_words_are_lower_case_without_punctuation() -> None:
    assert words('Does the sign say "CAFE"?  It\'s red_hot!') == [
        "does",
        "the",
        "sign",
        "say",
        "cafe",
        "it",
        "s",
        "red_hot",
    ]


@given(texts, texts)
def test_agrees_with_sacrebleu(question: str, other: str) -> None:
    ours = pairwise_bleu([(grams(question), grams(other))])[0]
    assert ours == pytest.approx(reference_bleu(question, [other]))


@given(st.lists(texts, min_size=2, max_size=6))
def test_self_bleu_agrees_with_sacrebleu_over_many_references(asked: list[str]) -> None:
    expected = [reference_bleu(text, asked[:i] + asked[i + 1 :]) for i, text in enumerate(asked)]
    assert self_bleu(asked) == pytest.approx(sum(expected) / len(expected))


def test_itself_is_one_and_nothing_in_common_is_near_zero() -> None:
    same, other = grams("is there a red cube left of the cat"), grams("how many signs do you see")
    bleu = pairwise_bleu([(same, same), (same, other), (same, grams("?!")), (grams(""), same)])
    assert bleu[0] == pytest.approx(1.0)
    assert bleu[1] < 0.05
    assert list(bleu[2:]) == [0.0, 0.0]


def test_self_bleu_of_copies_and_of_too_few() -> None:
    assert self_bleu(["is there a cat"] * 5) == pytest.approx(1.0)
    assert math.isnan(self_bleu(["is there a cat"]))
    assert math.isnan(self_bleu([]))


def test_self_bleu_compares_within_chunks_only() -> None:
    apart = ["is there a cat on the table", "how many red signs do you see"]
    assert self_bleu(apart * 2, chunk=2) == pytest.approx(self_bleu(apart))
    assert self_bleu(apart * 2, chunk=4) == pytest.approx(1.0)
