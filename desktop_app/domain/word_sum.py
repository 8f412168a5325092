"""A sum over words that tells whether an index holds what the texts hold, in any order.

Each pair of a record and a word in it adds a keyed 128-bit hash of the word. Two multisets of pairs
with the same sum are the same, but for a chance of 2**-128 a pair for whoever lacks the key.
Source: the additive multiset hash of Clarke et al., "Incremental Multiset Hash Functions", 2003.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

_CACHED_WORDS = 1 << 17  # the vocabulary grows slower than the text, so most words come again
_MODULUS = 1 << 128


class WordSum:
    """A sum that grows record by record; memory does not grow with it."""

    def __init__(self, key: bytes) -> None:
        """Begin at nothing. `key` is 16 to 64 random bytes, the same for the sums to compare."""

        def hashed(word: str) -> int:
            digest = blake2b(word.encode(), digest_size=16, key=key)
            return int.from_bytes(digest.digest(), "big")

        self._hashed = lru_cache(_CACHED_WORDS)(hashed)
        self.value = 0

    def add(self, words: Iterable[str]) -> None:
        """Count the words of one record; a word that comes twice counts once."""
        self.value = (self.value + sum(map(self._hashed, set(words)))) % _MODULUS

    def add_word(self, word: str, records: int) -> None:
        """Count one word that so many records hold."""
        self.value = (self.value + self._hashed(word) * records) % _MODULUS
