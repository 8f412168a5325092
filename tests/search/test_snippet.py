"""The line that shows why a record was found."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.query import Near, Node, Not, Or, Word
from desktop_app.search.marks import FEW_WORDS, Marks, marks
from desktop_app.search.snippet import Snippet, snippet
from desktop_app.search.syntax import parse
from desktop_app.search.words import words

FILLER = "Тут нічога не сказана пра тое, што адбылося ў той дзень. " * 40


def shown(typed: str | Node, *pages: str, width: int = 160) -> Snippet:
    return snippet(pages, marks(parse(typed).query if isinstance(typed, str) else typed), width)


def marked(found: Snippet) -> list[str]:
    return [found.text[start:end] for start, end in found.marked]


def test_the_words_are_marked_however_they_are_spelled() -> None:
    text = "Сведка сказаў: «СВЕ́ДКА Ёжык» — све\u00adдка п’яць Żądał"
    found = shown("сведка ежык п'яць żądał", text)
    assert marked(found) == ["Сведка", "СВЕ́ДКА", "Ёжык", "сведка", "п’яць", "Żądał"]
    assert found.page is None


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("затрым*", "Затрыманы і незатрыманы", ["Затрыманы"]),
        ('"у горадзе"', "у вёсцы, горадзе. У  горадзе!", ["У", "горадзе"]),
        ("дом", "дома дом-музей прыдом дом", ["дом", "дом"]),
        ("日本", "人民日本語", ["日", "本"]),
        ("в", "в'язниця в", ["в"]),
        ("busse", "Die Buße", ["Buße"]),
        ("-дом", "дом", []),
        ("title:дом", "дом", ["дом"]),
        ("kind:photo", "дом", []),
        ('"a b"~5', "b c a", ["b", "a"]),
        ("한국", "\u1112\u1161\u11ab국", ["\u1112\u1161\u11ab국"]),
    ],
)
def test_what_was_asked_for_is_marked(typed: str, text: str, expected: list[str]) -> None:
    assert marked(shown(typed, text)) == expected


def test_the_window_has_the_most_different_words() -> None:
    text = FILLER + "Сведка, сведка, сведка. " + FILLER + "Тут сведка і допыт разам. " + FILLER
    found = shown("сведка допыт", text)
    assert marked(found) == ["сведка", "допыт"]
    assert found.text.startswith("…")
    assert found.text.endswith("…")


def test_the_page_is_that_of_the_words() -> None:
    assert shown("допыт", FILLER, FILLER + "допыт", "допыт").page == 2
    assert shown("допыт сведка", "допыт", FILLER, "допыт і сведка").page == 3


def test_without_the_words_the_text_begins() -> None:
    found = shown("няма", FILLER, FILLER)
    assert found.text.startswith("Тут нічога")
    assert found.marked == ()
    assert found.page == 1


def test_no_text_gives_an_empty_line() -> None:
    assert snippet([], Marks()) == Snippet("", (), None)
    assert snippet([""], Marks()) == Snippet("", (), None)


def test_it_is_one_line_that_nothing_can_turn_round() -> None:
    found = shown("допыт", "а\r\n\tб\u202eв\u2066г\u2028д\0е \x1b[0m допыт\u200b")
    assert found.text == "а бвг д е [0m допыт"
    assert marked(found) == ["допыт"]


def test_a_window_without_spaces_is_cut_anyway() -> None:
    found = shown("няма", "x" * 100_000)
    assert len(found.text) <= 200


def test_very_many_words_are_marked_too() -> None:
    many = Or(tuple(Word(f"слова{number}") for number in range(FEW_WORDS * 20)))
    found = shown(many, FILLER + "Слова17 і слова99")
    assert marked(found) == ["Слова17", "слова99"]


def test_marks_hold_what_is_asked_for_and_not_what_is_excluded() -> None:
    query = parse('a* b "c d" -e "f g"~3 -(h OR i)').query
    assert marks(query) == Marks(frozenset("bfg"), ("a",), (("c", "d"),))
    assert marks(Not(Near(("a", "b"), 1))).different == 0


text = st.text(st.sampled_from("aя ёĄß'’.\n\u00ad\u0301\u202e中\t")) | st.text()
query = st.lists(st.sampled_from(["a", "я*", '"a я"', "ss", "е", "中", '"中 a"'])).map(" ".join)


@given(st.lists(text, max_size=3), query, st.integers(20, 200))
def test_marks_lie_on_words_and_the_line_is_clean(pages: list[str], typed: str, width: int) -> None:
    wanted = marks(parse(typed).query)
    found = snippet(pages, wanted, width)
    end = 0
    for first, last in found.marked:
        assert end <= first < last <= len(found.text)
        end = last
        piece = words(found.text[first:last])
        assert piece
    assert not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Cs"} for sign in found.text)


@given(text, query)
def test_a_single_word_that_is_there_is_marked(page: str, typed: str) -> None:
    wanted = marks(parse(typed).query)
    there = set(words(page)) & wanted.words
    if there:
        assert snippet([page], wanted).marked


def seconds(pages: list[str], wanted: Marks) -> float:
    begun = time.perf_counter()
    snippet(pages, wanted)
    return time.perf_counter() - begun


@pytest.mark.parametrize("typed", ["няма", "дзень пра", '"той дзень"', "ніч*", "допыт сведка"])
def test_two_megabytes_are_read_in_time(typed: str) -> None:
    wanted = marks(parse(typed).query)
    page = (FILLER * 900)[:2_000_000] + " допыт"
    assert min(seconds([page], wanted) for _ in range(4)) < 0.1  # 10-20 ms where nothing else runs
