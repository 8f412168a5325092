"""What a word is, for documents and queries alike."""

import itertools
import lzma
import sys
import unicodedata
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from hypothesis import example, given
from hypothesis import strategies as st

from desktop_app.search.words import LONGEST_WORD, spans, words

# Letters of the six languages and some that are none, marks, apostrophes, separators.
ODD = "abzżЯйўїёґІ'’ʼ`´-_.,0９²½ﬁß\u00ad\u200b\u0301\u0306\u0308\u202e\0\n 中が한\u1112\u1161שءก🙂"
odd_text = st.text(st.sampled_from(ODD)) | st.text()


def tokens_of_fts5(texts: list[str]) -> set[str]:
    connection = sqlcipher.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE word_index USING fts5(body, content='', "
        "tokenize=\"unicode61 remove_diacritics 0 tokenchars ''''\")"
    )
    connection.execute("CREATE VIRTUAL TABLE word_list USING fts5vocab(word_index, 'row')")
    connection.executemany("INSERT INTO word_index (body) VALUES (?)", [(text,) for text in texts])
    found = {term for (term,) in connection.execute("SELECT term FROM word_list")}
    connection.close()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ціханоўская, Май і Їжак", ["ціханоўская", "май", "і", "їжак"]),
        ("ЁЛКА ёлка елка", ["елка", "елка", "елка"]),
        ("п'яць п’яць пʼяць п`яць п´яць", ["п'яць"] * 5),
        ("'словы' ’у’ двукоссі''", ["словы", "у", "двукоссі"]),
        ("прэс-служба 12–14 жніўня", ["прэс", "служба", "12", "14", "жніўня"]),
        ("каран\u00adтын нуль\u200bвой \u202eназад", ["карантын", "нульвой", "назад"]),
        ("Łódź ŻĄDAŁ Straße ŠIAULIAI", ["łodz", "zadał", "strasse", "siauliai"]),
        ("и\u0306 у\u0306 і\u0308 е\u0308 а\u0301", ["й", "ў", "ї", "е", "а"]),
        ("ﬁle ５ № x²", ["file", "5", "no", "x2"]),
        ("a_b foo@bar.by", ["a", "b", "foo", "bar", "by"]),
        ("中国 が テスト", ["中", "国", "が", "テ", "ス", "ト"]),
        ("שָׁלוֹם السَّلام საქართველო 한국", ["שלום", "السلام", "საქართველო", "한국"]),
        ("\ud800x\0y", ["x", "y"]),
        ("", []),
    ],
)
def test_words_come_out_folded(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(odd_text)
@example("´")
@example("a" * 300)
@example("'a" * 300)
@example("ﷺ" * 600)
def test_words_of_words_are_the_same_words(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once
    assert all(0 < len(word) <= LONGEST_WORD for word in once)


@given(odd_text)
@example("x" * 700 + " y")
@example("\u1112\u1161\u11ab")
def test_spans_are_the_words_where_they_stand(text: str) -> None:
    found = list(spans(text))
    assert [word for _start, _end, word in found] == words(text)
    assert all(0 <= start < end <= len(text) for start, end, _word in found)
    assert all(one[0] <= two[0] for one, two in itertools.pairwise(found))


@given(odd_text)
def test_fts5_makes_the_same_words_of_them(text: str) -> None:
    found = words(text)
    assert tokens_of_fts5([" ".join(found)]) == set(found)


def test_fts5_makes_the_same_words_of_every_character() -> None:
    found: set[str] = set()
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) not in {"Cs", "Cn", "Co"}:
            found.update(words(f"x{chr(code)}y"))
    assert len(found) > 100_000
    assert tokens_of_fts5([" ".join(found)]) == found


@pytest.mark.parametrize("language", ["be", "ru", "uk", "en", "pl", "lt", "de"])
def test_fts5_makes_the_same_words_of_the_corpora(corpora: Path, language: str) -> None:
    texts = []
    for path in sorted((corpora / "text" / language).glob("*.txt.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            texts.append(" ".join(words(file.read(1_000_000))))
    assert texts
    assert tokens_of_fts5(texts) == {word for text in texts for word in text.split()}


def test_spans_can_begin_and_end_anywhere() -> None:
    text = "адзін два тры чатыры"
    assert list(spans(text, 6, 13)) == [(6, 9, "два"), (10, 13, "тры")]


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "\u0301\u0316" * 500_000, "'" * 1_000_000, "中" * 300_000, "a'" * 500_000],
    ids=["letters", "marks", "apostrophes", "han", "letters and apostrophes"],
)
def test_a_megabyte_without_spaces_is_read_in_time(text: str) -> None:
    found = words(text)
    assert all(len(word) <= LONGEST_WORD for word in found)
