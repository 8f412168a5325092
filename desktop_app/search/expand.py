"""Patterns and fuzzy words → the words of this archive that they stand for."""

from collections.abc import Iterator
from typing import Protocol

from desktop_app.domain.query import And, Fuzzy, Node, Not, Or, Pattern, Word, simplified
from desktop_app.i18n import _
from desktop_app.search.syntax import Understood

MOST_WORDS = 1000  # 20,000 ORed words took 525 ms, 100,000 took 17 s


class Vocabulary(Protocol):
    """The words of an archive, ordered by their code points."""

    def next_word(self, word: str) -> str | None:
        """Return the first word that is `word` or comes after it."""

    def matching(self, pattern: str, prefix: str, limit: int) -> list[str]:
        """Return up to `limit` words that match `pattern` and begin with `prefix`."""


def expand(understood: Understood, vocabulary: Vocabulary) -> Understood:
    """Return the query with every pattern and fuzzy word replaced by an `Or` of words."""
    notes = list(understood.notes)
    query = simplified(_expanded(understood.query, vocabulary, notes))
    return Understood(query, tuple(dict.fromkeys(notes)))


def _expanded(node: Node, vocabulary: Vocabulary, notes: list[str]) -> Node:
    if isinstance(node, And | Or):
        return type(node)(tuple(_expanded(part, vocabulary, notes) for part in node.parts))
    if isinstance(node, Not):
        return Not(_expanded(node.part, vocabulary, notes))
    if isinstance(node, Pattern):
        return _any_of(_matching(node.text, vocabulary), node.text, node.column, notes)
    if isinstance(node, Fuzzy):
        return _any_of(_alike(node, vocabulary), f"{node.text}~", node.column, notes)
    return node


def _any_of(found: list[str], typed: str, column: str | None, notes: list[str]) -> Node:
    if len(found) > MOST_WORDS:
        notes.append(
            _("{pattern} stands for too many words; the first {count} were searched for.").format(
                pattern=typed, count=MOST_WORDS
            )
        )
    return Or(tuple(Word(word, column) for word in found[:MOST_WORDS]))


def _matching(pattern: str, vocabulary: Vocabulary) -> list[str]:
    begin = min(pattern.find(sign) % (len(pattern) + 1) for sign in "*?")
    return vocabulary.matching(pattern, pattern[:begin], MOST_WORDS + 1)


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
