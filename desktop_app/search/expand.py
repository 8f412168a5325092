"""Patterns and fuzzy words → the words of this archive that they stand for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from desktop_app.domain.query import (
    NOTHING,
    And,
    Fuzzy,
    Node,
    Not,
    Or,
    Pattern,
    Prefix,
    Word,
    simplified,
)
from desktop_app.i18n import _
from desktop_app.search.syntax import Understood

MOST_WORDS = 1000  # 20,000 ORed words took 525 ms, 100,000 took 17 s

# What one query may ask of the vocabulary, in units of about 30 ms with 20,000 documents: a fuzzy
# word takes 10-30 ms, a beginning of two letters 20-40, of one 80-140, a whole scan 500.
_BUDGET = 16
_SCAN = 8
_SHORT = 3


class Vocabulary(Protocol):
    """The words of an archive, ordered by their code points."""

    def next_word(self, word: str) -> str | None:
        """Return the first word that is `word` or comes after it."""

    def matching(self, pattern: str, prefix: str, limit: int) -> list[str]:
        """Return up to `limit` words that match `pattern` and begin with `prefix`."""


def expand(understood: Understood, vocabulary: Vocabulary) -> Understood:
    """Return the query with every pattern and fuzzy word replaced by an `Or` of words.

    Where a query asks for more than can be looked up in a second or two, the last of its
    patterns, fuzzy words and beginnings of one or two letters are searched as plain words, and a
    note says so.
    """
    expansion = _Expansion(vocabulary, list(understood.notes), _BUDGET)
    query = simplified(expansion.of(understood.query))
    return Understood(query, tuple(dict.fromkeys(expansion.notes)))


@dataclass(slots=True)
class _Expansion:
    vocabulary: Vocabulary
    notes: list[str]
    left: int

    def of(self, node: Node) -> Node:
        """Return the node expanded, with all below it."""
        match node:
            case And(parts) | Or(parts):
                return type(node)(tuple(map(self.of, parts)))
            case Not(part):
                return Not(self.of(part))
            case Pattern(text, column):
                if self._affords(_SCAN if text[0] in "*?" else 1):
                    return self._any_of(_matching(text, self.vocabulary), text, column)
                letters = re.sub(r"[*?]", "", text)
                return Word(letters, column) if letters else NOTHING
            case Fuzzy(text, _, column):
                if self._affords(1):
                    return self._any_of(_alike(node, self.vocabulary), f"{text}~", column)
                return Word(text, column)
            case Prefix(text, column) if len(text) < _SHORT and not self._affords(
                _SHORT - len(text)
            ):
                return Word(text, column)
            case _:
                return node

    def _affords(self, cost: int) -> bool:
        if self.left >= cost:
            self.left -= cost
            return True
        self.notes.append(_("Some patterns were too many and are searched as plain words."))
        return False

    def _any_of(self, found: list[str], typed: str, column: str | None) -> Node:
        if len(found) > MOST_WORDS:
            self.notes.append(
                _(
                    "{pattern} stands for too many words; the first {count} were searched for."
                ).format(pattern=typed, count=MOST_WORDS)
            )
        return Or(tuple(Word(word, column) for word in found[:MOST_WORDS]))


def _matching(pattern: str, vocabulary: Vocabulary) -> list[str]:
    prefix = re.split(r"[*?]", pattern, maxsplit=1)[0]
    return vocabulary.matching(pattern, prefix, MOST_WORDS + 1)


def _alike(node: Fuzzy, vocabulary: Vocabulary) -> list[str]:
    """Return the words within an edit distance, by Whoosh's automaton walking the vocabulary.

    Two edits need the same first letter: without it a search takes 34-92 ms instead of 2.
    """
    # Whoosh is loaded by searches that need it and not by every command.
    from whoosh.automata.fsa import find_all_matches
    from whoosh.automata.lev import levenshtein_automaton

    automaton = levenshtein_automaton(node.text, node.edits, 1 if node.edits > 1 else 0).to_dfa()

    def next_word(word: str) -> str | None:
        # The automaton counts through the surrogates, which no text can hold.
        return vocabulary.next_word(
            word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )

    found: list[str] = []
    matches: Iterator[str] = find_all_matches(automaton, next_word)
    for word in matches:
        found.append(word)
        if len(found) > MOST_WORDS:
            break
    return found
