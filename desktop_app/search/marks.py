"""Which words of a found text to mark: those the query asks for, never those it excludes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from desktop_app.domain.query import Near, Node, Phrase, Prefix, Word, asked

# More words than this come from a pattern or a fuzzy word; they count as one thing to find.
FEW_WORDS = 12

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Marks:
    """Words, beginnings and phrases of an expanded query, without their columns."""

    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()

    @property
    def different(self) -> int:
        """How many different things there are to find."""
        words = len(self.words) if len(self.words) <= FEW_WORDS else 1
        return words + len(self.prefixes) + len(self.phrases)

    def in_words(self, found: Sequence[Span]) -> list[tuple[int, int]]:
        """Return what to mark among words that stand one after another, in order."""
        marked = [
            word in self.words or word.startswith(self.prefixes) for _start, _end, word in found
        ]
        for phrase in self.phrases:
            for at in _places(phrase, found):
                marked[at : at + len(phrase)] = [True] * len(phrase)
        whole = [(start, end) for (start, end, _), mark in zip(found, marked, strict=True) if mark]
        return list(dict.fromkeys(whole))  # several words may share a span


def marks(query: Node) -> Marks:
    """Return what to mark for a query; patterns and fuzzy words must be expanded before."""
    leaves = list(asked(query))
    single = {leaf.text for leaf in leaves if isinstance(leaf, Word)}
    single.update(word for leaf in leaves if isinstance(leaf, Near) for word in leaf.words)
    return Marks(
        frozenset(single),
        tuple(dict.fromkeys(leaf.text for leaf in leaves if isinstance(leaf, Prefix))),
        tuple(dict.fromkeys(leaf.words for leaf in leaves if isinstance(leaf, Phrase))),
    )


def _places(phrase: tuple[str, ...], found: Sequence[Span]) -> Iterator[int]:
    for at in range(len(found) - len(phrase) + 1):
        if all(found[at + step][2] == word for step, word in enumerate(phrase)):
            yield at
