"""Texts -> BLEU between them, fast enough for every question of every step.

BLEU_N(q; r) = BP * exp(1/N * sum_{n=1..N} log p_n), with p_n the share of q's n-grams that r has too (each at
most as often as r has it), BP = min(1, exp(1 - |r|/|q|)), and p_n = 0.1 / (number of q's n-grams) where
nothing is shared (method 1 of Chen and Cherry, 2014). A question shorter than N words is scored up to its own
length. Papineni et al., 2002. What is called BLEU here is the mean over N = 2..5, as in curiosity-driven red
teaming.

An n-gram's k-th occurrence is an element (n-gram, k) of a set. Clipped counts are then sizes of
intersections, and the largest count over several references is their union, exactly.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_ORDER = 5
"""N-grams of 1 to 5 words; BLEU is averaged over N = 2..5."""

_SMOOTHING = 0.1
_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a text: `orders[n - 1]` holds hashes of (n-gram, occurrence); `length` is in words."""

    orders: tuple[frozenset[int], ...]
    length: int


def words(text: str) -> list[str]:
    """Lower-case words of a text, without punctuation."""
    return _WORD.findall(text.lower())


def grams(text: str) -> Grams:
    """The n-grams of a text up to MAX_ORDER."""
    tokens = words(text)
    orders = []
    for n in range(1, MAX_ORDER + 1):
        seen: Counter[tuple[str, ...]] = Counter()
        elements = []
        for start in range(len(tokens) - n + 1):
            gram = tuple(tokens[start : start + n])
            seen[gram] += 1
            elements.append(hash((gram, seen[gram])))
        orders.append(frozenset(elements))
    return Grams(tuple(orders), len(tokens))


def pairwise_bleu(pairs: Sequence[tuple[Grams, Grams]]) -> NDArray[np.float64]:
    """BLEU of the first of each pair against the second: (pairs,), 0 to 1; 0 where either has no word."""
    if not pairs:
        return np.zeros(0)
    shared = np.array([[len(a & b) for a, b in zip(q.orders, r.orders, strict=True)] for q, r in pairs])
    totals = np.array([[len(a) for a in q.orders] for q, _ in pairs])
    q_lengths = np.array([q.length for q, _ in pairs])
    r_lengths = np.array([r.length for _, r in pairs])
    return _bleu(shared, totals, q_lengths, r_lengths)


def self_bleu(texts: Sequence[str], chunk: int = 64) -> float:
    """Mean BLEU of each text against all others of its chunk: 1 = all alike; nan for fewer than two texts.

    chunk: texts compared with one another at a time. Self-BLEU grows with the number of references, so that
           only
    figures over equal chunks compare; a last chunk of fewer than two is left out.
    """
    values: list[NDArray[np.float64]] = []
    for start in range(0, len(texts), chunk):
        part = [grams(text) for text in texts[start : start + chunk]]
        if len(part) > 1:
            values.append(_bleu_against_others(part))
    return float(np.concatenate(values).mean()) if values else float("nan")


def _bleu_against_others(texts: Sequence[Grams]) -> NDArray[np.float64]:
    holders: Counter[tuple[int, int]] = Counter(
        (order, element)
        for text in texts
        for order, elements in enumerate(text.orders)
        for element in elements
    )
    # An element is in the union of the others if some other text holds it, too.
    shared = np.array(
        [
            [
                sum(holders[order, element] > 1 for element in elements)
                for order, elements in enumerate(text.orders)
            ]
            for text in texts
        ]
    )
    totals = np.array([[len(elements) for elements in text.orders] for text in texts])
    lengths = [text.length for text in texts]
    nearest = [_closest_other(lengths, index) for index in range(len(lengths))]
    return _bleu(shared, totals, np.array(lengths), np.array(nearest))


def _closest_other(lengths: list[int], index: int) -> int:
    others = sorted(lengths[:index] + lengths[index + 1 :])
    place = bisect_left(others, lengths[index])
    around = others[max(0, place - 1) : place + 1]
    return min(around, key=lambda other: (abs(other - lengths[index]), other))


def _bleu(
    shared: NDArray[np.int_],
    totals: NDArray[np.int_],
    q_lengths: NDArray[np.int_],
    r_lengths: NDArray[np.int_],
) -> NDArray[np.float64]:
    """shared, totals: (pairs, MAX_ORDER); lengths: (pairs,). Gives (pairs,)."""
    exists = totals > 0
    safe_totals = np.maximum(totals, 1)
    precision = np.where(shared > 0, shared, _SMOOTHING) / safe_totals
    # Sums over the orders that the text is long enough for: (pairs, MAX_ORDER).
    log_sums = np.cumsum(np.where(exists, np.log(precision), 0.0), axis=1)
    counts = np.maximum(np.cumsum(exists, axis=1), 1)
    by_order = np.exp(log_sums / counts)[:, 1:]
    brevity = np.exp(np.minimum(0.0, 1.0 - r_lengths / np.maximum(q_lengths, 1)))
    score: NDArray[np.float64] = brevity * by_order.mean(axis=1)
    return np.where((q_lengths > 0) & (r_lengths > 0), score, 0.0)
