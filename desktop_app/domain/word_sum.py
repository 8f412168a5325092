"""A sum over words and their places that tells whether an index holds what the texts hold.

Each word at each place adds a keyed 128-bit hash of the word times a keyed number of the place
(record, column, position). The order of adding does not matter, and memory does not grow, so an
index can be summed word by word and the texts record by record. It finds pages of an index that
are out of date; it is no proof against somebody who has the key.
Source: the additive multiset hash of Clarke et al., "Incremental Multiset Hash Functions", 2003.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from operator import mul

COLUMNS = ("title", "body", "about")
_CACHED_WORDS = 1 << 17  # the vocabulary grows slower than the text, so most words come again
_MODULUS = 1 << 128
# Two primes below 2**19: a place's number is below 2**38, and SQLite's 63 bits hold the sum over
# 33 million places of one word.
RECORD_PRIME = 524_287
POSITION_PRIME = 524_269


class WordSum:
    """A sum that grows record by record; memory does not grow with it."""

    def __init__(self, key: bytes) -> None:
        """Begin at nothing. `key` is 16 to 64 random bytes, the same for the sums to compare."""
        self._key = key
        self._hashed = lru_cache(_CACHED_WORDS)(self._hash)
        self.record_factor = self._hash("record") % RECORD_PRIME
        self.column_factor = self._hash("column") % RECORD_PRIME
        self.position_factor = self._hash("position") % POSITION_PRIME
        self.value = 0

    def add(self, record_no: int, columns: Sequence[Sequence[str]]) -> None:
        """Count the words of one record: those of its title, its body, and about it, in order."""
        for column, words in enumerate(columns):
            place = record_no * self.record_factor + (column + 1) * self.column_factor
            positions = (at * self.position_factor % POSITION_PRIME + 1 for at in count())
            total = sum(map(mul, map(self._hashed, words), positions))
            self.value = (self.value + (place % RECORD_PRIME + 1) * total) % _MODULUS

    def add_word(self, word: str, places: int) -> None:
        """Count one word whose places' numbers sum up to `places`."""
        self.value = (self.value + self._hashed(word) * places) % _MODULUS

    def _hash(self, word: str) -> int:
        return int.from_bytes(blake2b(word.encode(), digest_size=16, key=self._key).digest(), "big")
