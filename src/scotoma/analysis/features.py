"""Probes -> ProbeTable: what each scored question needs, whether it failed, and on which image. Pure.

A feature of a question is a skill that it needs, or a condition that it meets (see `conditions`). Questions with
the same features share one row, and every feature is a column of bits: a million probes with 60 features are
12 MB of columns. Axes: `_P` one entry a probe, `_D` a distinct set of features, `_F` a feature, `_W` a word of 64
probes (probe p is bit p % 64 of word p // 64).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scotoma.analysis.breakdown import canonical
from scotoma.analysis.figures import scored
from scotoma.analysis.statistics import Floats
from scotoma.records import Probe

Words = NDArray[np.uint64]
Conditions = Callable[[Probe], Iterable[str]]
"""What a probe meets beside its skills, such as ("count>=4", "colour=red")."""

_BOUND = re.compile(r"(?P<key>[^<>=]+)(?P<sign>>=|<=|<|>|=)(?P<value>.+)")


class Row(NamedTuple):
    """One scored question: what it needs and meets, whether the candidate failed, the image."""

    skills: Iterable[str]
    conditions: Iterable[str]
    failed: bool
    image_id: str


@dataclass(frozen=True, slots=True, eq=False)
class ProbeTable:
    """Scored probes by feature.

    features: skills first, in canonical order, then conditions, the narrow before the wide (count>=5, count>=4).
    skills:   how many of the features are skills.
    has_DF:   bool, which features a distinct set has.  row_P: the set of each probe.
    bits_FW:  the same by feature, one bit a probe.  failed_W: which probes failed.
    place_P:  index of the image, below `images`.  probe_P: position of the probe among those given.
    """

    features: tuple[str, ...]
    skills: int
    has_DF: NDArray[np.bool_]
    row_P: NDArray[np.int32]
    bits_FW: Words
    failed_W: Words
    place_P: NDArray[np.int32]
    images: int
    probe_P: NDArray[np.int64]

    @staticmethod
    def of(probes: Iterable[Probe], conditions: Conditions | None = None) -> ProbeTable:
        """Unscorable and invalid probes are left out, and those whose skills are not known."""
        numbered = ((n, p) for n, p in enumerate(probes) if scored(p) and p.verdict.skills)
        positions: list[int] = []

        def rows() -> Iterable[Row]:
            for position, probe in numbered:
                positions.append(position)
                met = conditions(probe) if conditions is not None else ()
                yield Row(probe.verdict.skills, met, probe.verdict.failure, probe.image_id)

        return _table(rows(), positions)

    @staticmethod
    def of_rows(rows: Iterable[Row]) -> ProbeTable:
        """The table of questions that are all scored."""
        return _table(rows, None)

    def __len__(self) -> int:
        return len(self.row_P)

    def probes_in(self, mask_W: Words) -> NDArray[np.intp]:
        """Indices of the probes whose bit is set."""
        return np.flatnonzero(
            np.unpackbits(mask_W.view(np.uint8), count=len(self), bitorder="little").view(np.bool_)
        )

    def everything(self) -> Words:
        """A mask of all probes."""
        return packed(np.ones(len(self), np.bool_))

    def needing(self, features: Iterable[int]) -> Words:
        """A mask of the probes that have all of these features."""
        mask_W = self.everything()
        for feature in features:
            mask_W &= self.bits_FW[feature]
        return mask_W

    def closure(self, mask_W: Words) -> tuple[int, ...]:
        """The features that every probe of the mask has."""
        lacking = np.bitwise_and(~self.bits_FW, mask_W).any(axis=1)
        return tuple(int(feature) for feature in np.flatnonzero(~lacking))


def packed(mask_P: NDArray[np.bool_]) -> Words:
    """One bit a probe, in whole words."""
    bits = np.packbits(mask_P, bitorder="little")
    return np.pad(bits, (0, -len(bits) % 8)).view(np.uint64)


def count_of(mask_W: Words) -> int:
    """How many bits are set."""
    return int(np.bitwise_count(mask_W).sum())


def sums_of(table: ProbeTable, mask_W: Words) -> tuple[Floats, Floats]:
    """Failures and questions (C,) of the probes of a mask, by image."""
    hits, trials = (table.place_P[table.probes_in(mask)] for mask in (mask_W & table.failed_W, mask_W))
    return (
        np.bincount(hits, minlength=table.images).astype(np.float64),
        np.bincount(trials, minlength=table.images).astype(np.float64),
    )


def key_of(condition: str) -> str:
    """What a condition is about: "count>=4" -> "count"."""
    match = _BOUND.fullmatch(condition)
    return match["key"] if match else condition


def _table(rows: Iterable[Row], positions: list[int] | None) -> ProbeTable:
    """Features get a bit each as they come, so that a distinct set is one whole number."""
    bit_of: dict[tuple[bool, str], int] = {}
    known: dict[int, int] = {}
    places: dict[str, int] = {}
    row, place, failed = array("i"), array("i"), bytearray()
    for skills, conditions, wrong, image_id in rows:
        key = 0
        for is_condition, names in ((False, skills), (True, conditions)):
            for name in names:
                key |= 1 << bit_of.setdefault((is_condition, name), len(bit_of))
        row.append(known.setdefault(key, len(known)))
        failed.append(wrong)
        place.append(places.setdefault(image_id, len(places)))
    skill_names = canonical(name for is_condition, name in bit_of if not is_condition)
    met = sorted((name for is_condition, name in bit_of if is_condition), key=_narrow_first)
    order = [bit_of[False, name] for name in skill_names] + [bit_of[True, name] for name in met]
    has_DF = _unpacked(known, len(bit_of))[:, order]
    del known
    row_P = np.frombuffer(row, np.int32) if row else np.zeros(0, np.int32)
    columns = [packed(has_DF[:, feature][row_P]) for feature in range(len(order))]
    failed_W = packed(np.frombuffer(bytes(failed), np.uint8).astype(np.bool_))
    return ProbeTable(
        features=(*skill_names, *met),
        skills=len(skill_names),
        has_DF=has_DF,
        row_P=row_P,
        bits_FW=np.stack(columns) if columns else np.zeros((0, len(failed_W)), np.uint64),
        failed_W=failed_W,
        place_P=np.frombuffer(place, np.int32) if place else np.zeros(0, np.int32),
        images=len(places),
        probe_P=np.arange(len(row)) if positions is None else np.asarray(positions, np.int64),
    )


def _unpacked(keys: Iterable[int], features: int) -> NDArray[np.bool_]:
    """Whole numbers -> their bits (D, F)."""
    width = (features + 7) // 8
    joined = b"".join(key.to_bytes(width, "little") for key in keys)
    bytes_DB = np.frombuffer(joined, np.uint8).reshape(-1, max(1, width))
    return np.unpackbits(bytes_DB, axis=1, count=features, bitorder="little").view(np.bool_)


def _narrow_first(condition: str) -> tuple[str, str, float, str]:
    match = _BOUND.fullmatch(condition)
    if match is None:
        return condition, "", 0.0, condition
    try:
        value = float(match["value"])
    except ValueError:
        return match["key"], match["sign"], 0.0, condition
    return match["key"], match["sign"], -value if match["sign"].startswith(">") else value, condition
