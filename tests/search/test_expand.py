"""Patterns and fuzzy words become words of the archive."""

import re
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    asked,
)
from desktop_app.search.expand import MOST_WORDS, expand
from desktop_app.search.syntax import Understood


class Words:
    """A vocabulary in memory."""

    def __init__(self, *words: str) -> None:
        self.words = sorted(words)

    def next_word(self, word: str) -> str | None:
        at = bisect_left(self.words, word)
        return self.words[at] if at < len(self.words) else None

    def matching(self, pattern: str, prefix: str, limit: int) -> list[str]:
        wild = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        hits = [word for word in self.words if re.fullmatch(wild, word)]
        assert all(word.startswith(prefix) for word in hits)
        return hits[:limit]


def expanded(node: Node, *words: str) -> Node:
    return expand(Understood(node), Words(*words)).query


def test_a_pattern_becomes_the_words_that_match_it() -> None:
    assert expanded(Pattern("сл?в*"), "слова", "слив", "слон") == Or((Word("слив"), Word("слова")))


def test_the_column_stays() -> None:
    assert expanded(Pattern("сл*ва", "title"), "слова") == Word("слова", "title")


def test_a_fuzzy_word_becomes_the_words_like_it() -> None:
    near = ("допыт", "допыты", "дапыт", "опыт")
    found = expanded(Fuzzy("допыт"), *near, "дапыты", "горад")
    assert found == Or(tuple(Word(word) for word in sorted(near)))


def test_two_edits_need_the_same_first_letter() -> None:
    found = expanded(Fuzzy("допыт", 2), "дапыты", "апыт", "допыт")
    assert found == Or((Word("дапыты"), Word("допыт")))


def test_what_nothing_matches_finds_nothing() -> None:
    assert expanded(Pattern("щ*щ"), "слова") == NOTHING
    assert expanded(Not(Fuzzy("щука")), "слова") == Not(NOTHING)


def test_only_so_many_words_stand_for_a_pattern_and_the_user_is_told() -> None:
    many = [f"слова{number}" for number in range(MOST_WORDS + 5)]
    result = expand(Understood(And((Word("а"), Pattern("сл*а*")))), Words(*many))
    assert isinstance(result.query, And)
    [_word, some] = result.query.parts
    assert isinstance(some, Or)
    assert len(some.parts) == MOST_WORDS
    assert str(MOST_WORDS) in " ".join(result.notes)


def test_a_query_cannot_ask_for_more_than_takes_a_second_or_two() -> None:
    patterns = tuple(Pattern(f"*{letter}*") for letter in "абвгд")
    result = expand(Understood(And(patterns)), Words("абвгд"))
    assert result.query == And((Word("абвгд"), Word("в"), Word("г"), Word("д")))
    assert result.notes
    many = And(tuple(Prefix(letter) for letter in "абвгдежзі"))
    assert Word("і") in asked(expand(Understood(many), Words()).query)
    few = And((Prefix("а"), Prefix("бв"), Fuzzy("абвг")))
    wild = And((*patterns[:2], Pattern("??")))
    assert NOTHING in getattr(expand(Understood(wild), Words("абвгд")).query, "parts", ())
    assert expand(Understood(few), Words("абвг")).notes == ()


letters = st.text(st.sampled_from("абвгя'\ud7fb\U000323af"), min_size=1, max_size=6)


@given(st.lists(letters), letters, st.sampled_from([1, 2]))
def test_fuzzy_expansion_never_raises(vocabulary: list[str], word: str, edits: int) -> None:
    expanded(Fuzzy(word, edits), *vocabulary)


@pytest.mark.parametrize("word", ["a\U000323af", "\ud7fba", "я" * 32])
def test_strange_words_are_expanded_too(word: str) -> None:
    assert expanded(Fuzzy(word, 2), word) == Word(word)
