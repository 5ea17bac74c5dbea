"""(n, seed) -> the numbers 0 .. n - 1 in a random order, any of them at once, none of them kept in memory."""

from __future__ import annotations

import hashlib

_ROUNDS = 6


class Permutation:
    """A Feistel network over the next even power of two, walked until it lands below n.

    Luby & Rackoff 1988 for the network; Black & Rogaway 2002 ("Ciphers with arbitrary finite domains") for the walk,
    which takes at most four steps on average. Not for secrets: only for an order that repeats.
    """

    def __init__(self, n: int, seed: int) -> None:
        self._n = n
        self._seed = seed
        self._half_bits = max(1, (max(1, n - 1).bit_length() + 1) // 2)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, place: int) -> int:
        """The number at a place. Raises IndexError past the end."""
        if not 0 <= place < self._n:
            raise IndexError(place)
        place = self._mixed(place)
        while place >= self._n:
            place = self._mixed(place)
        return place

    def _mixed(self, number: int) -> int:
        mask = (1 << self._half_bits) - 1
        left, right = number >> self._half_bits, number & mask
        for turn in range(_ROUNDS):
            digest = hashlib.blake2b(f"{self._seed}:{turn}:{right}".encode(), digest_size=8).digest()
            left, right = right, left ^ (int.from_bytes(digest, "big") & mask)
        return left << self._half_bits | right
