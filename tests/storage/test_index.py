"""The index of words, and what queries find in it."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.domain.query import (
    NOTHING,
    And,
    DateRange,
    Everything,
    Filter,
    Fuzzy,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Sort,
    Word,
)
from desktop_app.domain.word_sum import WordSum
from desktop_app.search.expand import expand
from desktop_app.search.syntax import Understood, parse
from desktop_app.storage import index
from desktop_app.storage.connection import Connection
from tests.helpers.naive_search import KEY, Sample, fresh, naive, put

WORDS = ["ад", "ада", "адам", "адна", "дом", "доме", "да", "рада", "п'ят", "ж"]
KINDS = ["document", "photo"]
STATES = ["inbox", "catalogued", "trash", "erased"]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    connection = fresh(tmp_path / "archive.db")
    yield connection
    connection.close()


def found(connection: Connection, query: Node | str, **options: object) -> list[int]:
    understood = parse(query) if isinstance(query, str) else Understood(query)
    expanded = expand(understood, index.WordList(connection)).query
    result = index.search(connection, expanded, **options)  # type: ignore[arg-type]  # options vary
    numbers = [hit.record_no for hit in result.hits]
    assert len(set(numbers)) == len(numbers) <= result.total
    return numbers


word = st.sampled_from(WORDS)
column = st.sampled_from([None, None, None, "title", "body", "about"])
several = st.lists(word, min_size=2, max_size=3).map(tuple)
unique = st.lists(word, min_size=2, max_size=3, unique=True).map(tuple)
day = st.dates(date(2020, 1, 1), date(2020, 1, 20))
leaf: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, word, column),
    st.builds(Prefix, st.sampled_from(["а", "ад", "д", "п'", "щ"]), column),
    st.builds(Pattern, st.sampled_from(["а*а", "?д", "*да*", "д?м*", "щ*"]), column),
    st.builds(Fuzzy, word, st.sampled_from([1, 2]), column),
    st.builds(Phrase, several, column),
    st.builds(Near, unique, st.integers(0, 4), column),
    st.builds(Filter, st.just("kind"), st.sampled_from(KINDS)),
    st.builds(Filter, st.just("state"), st.sampled_from(STATES)),
    st.builds(Filter, st.just("sensitivity"), st.sampled_from("0123")),
    st.builds(Filter, st.just("tag"), st.sampled_from(["адзін", "два", "ніводнага"])),
    st.builds(DateRange, st.none() | day, st.none() | day),
    st.just(Everything()),
    st.just(NOTHING),
)
node: st.SearchStrategy[Node] = st.recursive(
    leaf,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=4).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=4).map(tuple))
    ),
    max_leaves=10,
)


def random_samples(seed: int) -> list[Sample]:
    chance = random.Random(seed)

    def text(most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randrange(most)))

    samples = []
    for number in range(1, 61):
        dated = chance.random() < 0.7
        first = date(2020, 1, chance.randrange(1, 20))
        last = max(first, date(2020, 1, chance.randrange(1, 20)))
        samples.append(
            Sample(
                number,
                text(3),
                text(8),
                text(3),
                chance.choice(KINDS),
                chance.choices(STATES, [4, 8, 1, 1])[0],
                chance.randrange(4),
                first.isoformat() if dated else None,
                last.isoformat() if dated else None,
                tuple(tag for tag in ("адзін", "два") if chance.random() < 0.4),
            )
        )
    return samples


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, list[Sample]]]:
    connection = fresh(tmp_path_factory.mktemp("index") / "archive.db")
    samples = random_samples(1)
    with connection.transaction():
        for sample in samples:
            put(connection, sample)
    yield connection, samples
    connection.close()


@settings(max_examples=600)
@given(node, st.sampled_from(list(Sort)))
def test_a_query_finds_what_reading_everything_finds(
    filled: tuple[Connection, list[Sample]], query: Node, sort: Sort
) -> None:
    connection, samples = filled
    expected = naive(query, samples)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("desktop_app.search.expand._BUDGET", 1000)
        expanded = expand(Understood(query), index.WordList(connection)).query
    result = index.search(connection, expanded, limit=100, sort=sort)
    assert {hit.record_no for hit in result.hits} == expected
    assert result.total == len(result.hits) == len(expected)


@settings(max_examples=100)
@given(node, st.sampled_from(list(Sort)), st.integers(0, 70), st.integers(0, 20))
def test_pages_of_hits_are_cut_from_one_order(
    filled: tuple[Connection, list[Sample]], query: Node, sort: Sort, offset: int, limit: int
) -> None:
    connection, _samples = filled
    every = found(connection, query, limit=100, sort=sort)
    page = found(connection, query, limit=limit, offset=offset, sort=sort)
    assert page == every[offset : offset + limit]


# ---- order -----------------------------------------------------------------------------------


def test_a_word_in_the_title_counts_more_than_in_the_text(connection: Connection) -> None:
    put(connection, Sample(1, body="сведка адзін", title="нешта"))
    put(connection, Sample(2, about="сведка", title="нешта", body="адзін"))
    put(connection, Sample(3, title="сведка", body="нешта адзін"))
    for number in range(4, 12):
        put(connection, Sample(number, title="іншае", body="зусім іншае"))
    assert found(connection, "сведка") == [3, 2, 1]


def test_newest_means_added_last(connection: Connection) -> None:
    for number in (1, 2, 3):
        put(connection, Sample(number, body="слова"))
    assert found(connection, "слова", sort=Sort.NEWEST) == [3, 2, 1]
    assert found(connection, "", sort=Sort.RELEVANCE) == [3, 2, 1]


def test_by_date_the_latest_is_first_and_the_undated_last(connection: Connection) -> None:
    days = {1: None, 2: "2020-08-09", 3: "2021-01-01", 4: None, 5: "2019-01-01"}
    for number, day in days.items():
        put(connection, Sample(number, body="слова", first=day, last=day))
    for query in ("слова", "", "слова kind:document"):
        assert found(connection, query, sort=Sort.DATE) == [3, 2, 5, 4, 1]


def test_words_in_more_than_half_of_the_records_do_not_rank(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_CHEAP_TO_RANK", 0)
    for number in range(1, 11):
        put(
            connection, Sample(number, body="і " * (11 - number) + ("рэдкае" if number < 3 else ""))
        )
    assert found(connection, "і") == list(range(10, 0, -1))
    assert found(connection, "і*") == list(range(10, 0, -1))
    scores = index.search(connection, Word("рэдкае")).hits
    assert len(scores) == 2
    assert all(hit.score > 0 for hit in scores)


# ---- what is hidden -----------------------------------------------------------------------------


def test_trash_and_erased_are_found_only_when_asked_for(connection: Connection) -> None:
    put(connection, Sample(1, body="слова"))
    put(connection, Sample(2, body="слова", state="trash"))
    put(connection, Sample(3, body="слова", state="erased"))
    assert found(connection, "слова") == [1]
    assert found(connection, "") == [1]
    assert found(connection, "слова state:trash") == [2]
    assert found(connection, "NOT state:trash") == [1]
    assert found(connection, "state:erased OR state:trash") == [3, 2]


# ---- taking out ---------------------------------------------------------------------------------


def test_a_record_taken_out_is_not_found_and_another_stays(connection: Connection) -> None:
    put(connection, Sample(1, title="першы", body="слова адзін"))
    put(connection, Sample(2, title="другі", body="слова два"))
    index.remove(connection, 1, "першы", "слова адзін", "")
    assert found(connection, "слова") == [2]
    assert index.count_records(connection) == 1
    assert index.is_sound(connection)
    assert index.WordList(connection).next_word("адзін") != "адзін"


def test_words_taken_out_leave_the_pages_of_the_index(tmp_path: Path) -> None:
    """A twin without encryption shows what lies in the pages."""
    plain = sqlcipher.connect(str(tmp_path / "twin.db"), isolation_level=None)
    path = tmp_path / "archive.db"
    encrypted = fresh(path)
    schema = encrypted.rows("SELECT sql FROM sqlite_schema WHERE name = 'word_index'")
    settings_kept = encrypted.rows("SELECT k, v FROM word_index_config")
    encrypted.close()
    plain.execute("PRAGMA secure_delete = ON")
    plain.execute(schema[0][0])
    assert ("secure-delete", 1) in settings_kept
    plain.execute("INSERT INTO word_index (word_index, rank) VALUES ('secure-delete', 1)")
    secrets = [f"zакрытае{number}zz" for number in range(40)]
    for number in range(200):
        row = (number + 1, "агульнае " * 20 + secrets[number % 40] + f" слова{number}")
        plain.execute("INSERT INTO word_index (rowid, body) VALUES (?, ?)", row)
    stem = "zакрытае".encode()
    assert stem in (tmp_path / "twin.db").read_bytes()
    for number in range(200):
        plain.execute(
            "INSERT INTO word_index (word_index, rowid, title, body, about) "
            "VALUES ('delete', ?, '', ?, '')",
            (number + 1, "агульнае " * 20 + secrets[number % 40] + f" слова{number}"),
        )
    plain.close()
    raw = (tmp_path / "twin.db").read_bytes()
    assert stem not in raw
    assert b"z\xd0" not in raw


def test_the_index_can_be_emptied_and_filled_again(connection: Connection) -> None:
    put(connection, Sample(1, body="слова"))
    index.clear(connection)
    assert index.count_records(connection) == 0
    index.add(connection, 1, "", "слова", "")
    index.optimise(connection)
    assert found(connection, "слова") == [1]
    assert index.is_sound(connection)


# ---- checking -----------------------------------------------------------------------------------


def test_the_sum_of_the_index_is_the_sum_of_the_texts(
    filled: tuple[Connection, list[Sample]],
) -> None:
    connection, samples = filled
    total, other = WordSum(KEY), WordSum(KEY)
    for sample in samples:
        columns = [sample.columns[name] for name in ("title", "body", "about")]
        total.add(sample.record_no, columns)
        other.add(sample.record_no, [*columns[:2], ["яшчэ"] * (sample.record_no == 7)])
    assert index.index_sum(connection, KEY) == total.value != other.value


def test_words_that_were_not_taken_out_rightly_are_noticed(connection: Connection) -> None:
    for number in (1, 2):
        put(connection, Sample(number, body="слова адзін"))
    index.remove(connection, 1, "", "слова", "")
    total = WordSum(KEY)
    total.add(2, [[], ["слова", "адзін"], []])
    assert index.index_sum(connection, KEY) != total.value


def test_a_damaged_index_is_not_sound(connection: Connection) -> None:
    for number in range(1, 50):
        put(connection, Sample(number, body=f"слова{number} іншае"))
    assert index.is_sound(connection)
    connection.execute("UPDATE word_index_data SET block = zeroblob(length(block)) WHERE id > 10")
    assert not index.is_sound(connection)


# ---- what was typed -----------------------------------------------------------------------------

ATTACKS = [
    '"',
    "*",
    "NEAR(",
    "слова\0",
    "слова " * 200_000,
    "'; DROP TABLE record; --",
    'title : "a" AND {body} : b ^ c + d',
    "tag:' OR 1=1 --",
    "👨‍👩‍👧‍👦",
    "\u202eслова",
    "(" * 29 + "слова OR няма" + ")" * 29,
    "-(слова " * 29 + ")" * 29,
    "NOT " * 128 + "слова",
    "а OR " * 102,
    "*а*" * 100,
    "?" * 512,
    "а?" * 256,
    "слова~2 " * 64,
    "a\ud800b~",
    "[слова]*",
    "tag:\ud800",
    '"слова ' * 80,
]


@pytest.mark.parametrize("typed", ATTACKS, ids=range(len(ATTACKS)))
def test_h12_hostile_input_is_answered(filled: tuple[Connection, list[Sample]], typed: str) -> None:
    found(filled[0], typed)


@settings(max_examples=300)
@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                *WORDS,
                '"',
                "*",
                "?",
                "~",
                "(",
                ")",
                "-",
                " ",
                " OR ",
                "NOT ",
                "title:",
                "tag:",
                "date:",
                "2020",
            ]
        )
    ).map("".join)
)
def test_h12_random_input_is_answered(filled: tuple[Connection, list[Sample]], typed: str) -> None:
    found(filled[0], typed)


def test_deep_nesting_is_answered(filled: tuple[Connection, list[Sample]]) -> None:
    connection, samples = filled
    query: Node = Word("ад")
    for depth in range(60):
        query = And((query, Word("да"))) if depth % 2 else Or((query, Prefix(WORDS[depth % 10])))
    assert set(found(connection, query, limit=100)) == naive(query, samples)


def test_a_query_that_was_not_expanded_is_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="expanded"):
        index.search(connection, Pattern("а*б"))


def test_no_word_can_leave_its_quotes(connection: Connection) -> None:
    put(connection, Sample(1, body="слова"))
    assert found(connection, Word('слова" OR "а')) == []
