"""The index of words: FTS5 inside the encrypted database, contentless, one row a record.

What comes in is tokenised already: words of search/words.py joined by spaces. The same words must
be given again to take a record out, since the index keeps no texts. Taking out removes the words
from the pages of the index too ('secure-delete', set by the migration).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from desktop_app.domain.query import Found, Hit, Near, Node, Phrase, Prefix, Sort, Word, asked
from desktop_app.domain.word_sum import POSITION_PRIME, RECORD_PRIME, WordSum
from desktop_app.errors import ArchiveDamaged
from desktop_app.storage.compile import Compiled, compiled, hidden_states
from desktop_app.storage.connection import Connection

# Below this many matches, ranking takes well under a millisecond and is always worth it.
_CHEAP_TO_RANK = 1000
_MOST_LEAVES_LOOKED_UP = 8  # 0.05-0.2 ms each

_FROM_WORDS = (
    "FROM word_index AS w WHERE word_index MATCH :match AND w.rowid NOT IN "
    "(SELECT record_no FROM record WHERE state IN (:hidden0, :hidden1))"
)
_FROM_BOTH = (  # CROSS JOIN: the words lead, whatever the planner thinks of the record's indexes
    "FROM word_index AS w CROSS JOIN record AS r ON r.record_no = w.rowid "
    "WHERE word_index MATCH :match AND r.state NOT IN (:hidden0, :hidden1)"
)
_FROM_RECORDS = "FROM record AS r WHERE r.state NOT IN (:hidden0, :hidden1)"
# Title before what is said about the record before its text. Sorting by the function is faster
# than FTS5's own `ORDER BY rank`, which sorts all matches and not only the first few (measured).
_BM25 = "bm25(word_index, 8.0, 1.0, 3.0)"
_PLACES = (  # rows come sorted by word, so grouping needs no memory
    "SELECT term, sum("
    " ((doc * :record + (CASE col WHEN 'title' THEN 1 WHEN 'body' THEN 2 ELSE 3 END) * :column)"
    ' % :record_prime + 1) * (("offset" * :position) % :position_prime + 1))'
    " FROM temp.word_place GROUP BY term"
)
_AVERAGES_ROW = 1  # source: fts5_index.c, FTS5_AVERAGES_ROWID
_BY_DATE = "ORDER BY r.date_last DESC, r.record_no DESC"  # NULL is the smallest, so comes last


def add(connection: Connection, record_no: int, title: str, body: str, about: str) -> None:
    """Make a record findable by these words. It must not be in the index yet."""
    connection.execute(
        "INSERT INTO word_index (rowid, title, body, about) "
        "VALUES (:record_no, :title, :body, :about)",
        {"record_no": record_no, "title": title, "body": body, "about": about},
    )


def remove(connection: Connection, record_no: int, title: str, body: str, about: str) -> None:
    """Take a record out; the words must be exactly those it was added with."""
    connection.execute(
        "INSERT INTO word_index (word_index, rowid, title, body, about) "
        "VALUES ('delete', :record_no, :title, :body, :about)",
        {"record_no": record_no, "title": title, "body": body, "about": about},
    )


def clear(connection: Connection) -> None:
    """Empty the index, to fill it again from the texts."""
    connection.execute("INSERT INTO word_index (word_index) VALUES ('delete-all')")


def optimise(connection: Connection) -> None:
    """Merge the index's segments into one: seconds for 20,000 documents, after large intakes."""
    connection.execute("INSERT INTO word_index (word_index) VALUES ('optimize')")


def is_sound(connection: Connection) -> bool:
    """Return whether the index's own structures agree with each other."""
    try:
        connection.execute("INSERT INTO word_index (word_index) VALUES ('integrity-check')")
    except ArchiveDamaged:
        return False
    return True


def lengths(connection: Connection) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the number of every record in the index and how many words its columns have."""
    for record_no, packed in connection.each("SELECT id, sz FROM word_index_docsize ORDER BY id"):
        yield record_no, tuple(_varints(packed))


def totals(connection: Connection) -> tuple[int, ...]:
    """Return what the index says of itself: records, then words in each of its columns."""
    row = connection.row(f"SELECT block FROM word_index_data WHERE id = {_AVERAGES_ROW}")  # noqa: S608  our own
    return tuple(_varints(row[0])) if row and row[0] else (0, 0, 0, 0)


def index_sum(connection: Connection, key: bytes) -> int:
    """Return the sum over every word at every place of the index; see domain/word_sum.py.

    Equals a `WordSum` to which every record in the index was added. Takes 0.5 µs a place.
    """
    total = WordSum(key)
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.word_place"
        " USING fts5vocab('main', 'word_index', 'instance')"
    )
    values = {
        "record": total.record_factor,
        "column": total.column_factor,
        "position": total.position_factor,
        "record_prime": RECORD_PRIME,
        "position_prime": POSITION_PRIME,
    }
    for word, places in connection.each(_PLACES, values):
        total.add_word(word, places)
    return total.value


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of this archive in order of their code points; what search/expand.py asks for."""

    connection: Connection

    def next_word(self, word: str) -> str | None:
        """Return the first word that is `word` or comes after it."""
        row = self.connection.row(
            "SELECT term FROM word_list WHERE term >= :word LIMIT 1", {"word": word}
        )
        return None if row is None else str(row[0])

    def matching(self, pattern: str, prefix: str, limit: int) -> list[str]:
        """Return up to `limit` words that match a pattern of `*` and `?` and begin with `prefix`.

        Without a prefix the whole vocabulary is read: about 1 µs a word.
        """
        rows = self.connection.rows(
            "SELECT term FROM word_list WHERE term >= :first AND term < :last "
            "AND term GLOB :pattern LIMIT :limit",
            {
                "first": prefix,
                "last": prefix + "\U0010ffff",
                "pattern": pattern.replace("[", "[[]"),
                "limit": limit,
            },
        )
        return [str(row[0]) for row in rows]


def search(
    connection: Connection,
    query: Node,
    *,
    limit: int = 20,
    offset: int = 0,
    sort: Sort = Sort.RELEVANCE,
) -> Found:
    """Return one page of what a query finds, and the exact number of all that it finds.

    Records in the trash and erased ones are left out unless the query asks for that state. Words
    that stand in more than half of the records do not rank: what only they find comes newest first.

    Raises:
        ValueError: The query holds patterns or fuzzy words; search/expand.py replaces them.
    """
    parts = compiled(query)
    values = {**parts.values, "limit": max(limit, 0), "offset": max(offset, 0)}
    hidden = (*hidden_states(query), "", "")
    values |= {"hidden0": hidden[0], "hidden1": hidden[1]}
    source = _source(parts, sort)
    row = connection.row(f"SELECT count(*) {source}", values)
    total = int(row[0]) if row else 0
    if not total or limit <= 0 or offset >= total:
        return Found(total, ())
    ranks = sort is Sort.RELEVANCE and parts.match is not None
    if ranks and total > _CHEAP_TO_RANK:
        ranks = not _only_common_words(connection, query, total)
    rows = connection.rows(_page(source, parts, sort, ranks=ranks), values)
    return Found(total, tuple(Hit(record_no, score) for record_no, score in rows))


def _source(parts: Compiled, sort: Sort) -> str:
    if parts.match is None:
        source = _FROM_RECORDS
    elif parts.conditions or sort is Sort.DATE:
        source = _FROM_BOTH
    else:
        source = _FROM_WORDS
    return " AND ".join((source, *parts.conditions))


def _page(source: str, parts: Compiled, sort: Sort, *, ranks: bool) -> str:
    """Return the statement for one page of hits."""
    number = "r.record_no" if parts.match is None else "w.rowid"
    if ranks:
        what, order = f"{number}, -{_BM25} AS score", f"ORDER BY score DESC, {number} DESC"
    elif sort is Sort.DATE:
        what, order = f"{number}, 0.0", _BY_DATE
    else:  # record numbers are given in the order of adding
        what, order = f"{number}, 0.0", f"ORDER BY {number} DESC"
    return f"SELECT {what} {source} {order} LIMIT :limit OFFSET :offset"


def _only_common_words(connection: Connection, query: Node, total: int) -> bool:
    """Return whether every word asked for stands in more than half of the records."""
    half = count_records(connection) / 2
    leaves = [leaf for leaf in asked(query) if isinstance(leaf, Word | Prefix | Phrase | Near)]
    if len(leaves) == 1 and isinstance(leaves[0], Prefix):
        return total > half
    wanted = set(_words(leaves))
    if len(wanted) > _MOST_LEAVES_LOOKED_UP or any(isinstance(leaf, Prefix) for leaf in leaves):
        return False
    return all(_records_with(connection, word) > half for word in wanted)


def _words(leaves: Iterable[Node]) -> Iterator[str]:
    for leaf in leaves:
        if isinstance(leaf, Word):
            yield leaf.text
        elif isinstance(leaf, Phrase | Near):
            yield from leaf.words


def _records_with(connection: Connection, word: str) -> int:
    row = connection.row("SELECT doc FROM word_list WHERE term = :word", {"word": word})
    return 0 if row is None else int(row[0])


def count_records(connection: Connection) -> int:
    """Return how many records are in the index."""
    row = connection.row("SELECT count(*) FROM word_index_docsize")
    return int(row[0]) if row else 0


def _varints(packed: bytes) -> Iterator[int]:
    """Yield SQLite's variable-length integers, as FTS5 packs the lengths of columns."""
    value = 0
    for byte in packed:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            yield value
            value = 0
