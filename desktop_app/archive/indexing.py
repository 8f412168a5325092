"""What of a record can be found by its words."""

from collections.abc import Iterator, Sequence

from desktop_app.domain.record import Record
from desktop_app.search.words import TOKENISER_VERSION, words
from desktop_app.storage import index, meta, readings, records
from desktop_app.storage.connection import Connection

# What a file says of itself and a person may look for. Device, place and program are left out.
_FOUND_BY = frozenset({"author", "title", "subject", "from", "to"})


def put(
    connection: Connection, number: int, record: Record, pages: Sequence[str] | None = None
) -> None:
    """Index a record anew, instead of what was indexed of it before.

    Args:
        connection: In a transaction.
        number: The record's number.
        record: The record.
        pages: Its text; None: the text that is stored. Otherwise it is stored, too.
    """
    before = readings.read_indexed(connection, number)
    stored = readings.read_pages(connection, number) if pages is None or before else ()
    if before is not None:
        index.remove(connection, number, before[0], body(stored), before[1])
    if pages is not None:
        readings.put_text(connection, number, pages)
        stored = tuple(pages)
    title, about = described(connection, number, record)
    readings.put_indexed(connection, number, title, about)
    index.add(connection, number, title, body(stored), about)


def refresh(connection: Connection) -> None:
    """Index everything again if it was indexed by another tokeniser than this release's."""
    ours = TOKENISER_VERSION.to_bytes(2, "big")
    if meta.read(connection, meta.INDEX_TOKENISER, b"") == ours:
        return
    with connection.transaction():
        index.clear(connection)
        for record_id in records.all_ids(connection):
            record, _log = records.fold_record(connection, record_id)
            number = records.find_number(connection, record_id)
            readings.drop_indexed(connection, number)
            put(connection, number, record)
        meta.write(connection, meta.INDEX_TOKENISER, ours)


def body(pages: Sequence[str]) -> str:
    """Return the words of a text as the index takes them."""
    return " ".join(words("\n".join(pages)))


def columns(connection: Connection, number: int, record: Record) -> tuple[list[str], ...]:
    """Return what the index must hold of a record: the words of title, body and about."""
    title, about = described(connection, number, record)
    text = body(readings.read_pages(connection, number))
    return title.split(" ") if title else [], text.split(" ") if text else [], about.split()


def described(connection: Connection, number: int, record: Record) -> tuple[str, str]:
    """Return the words that the index takes as a record's title, and as what is said about it."""
    title = " ".join(words(records.shown_title(record)))
    found = [" ".join(words(text)) for text in _texts(connection, number, record)]
    return title, " ".join(one for one in found if one)


def _texts(connection: Connection, number: int, record: Record) -> Iterator[str]:
    for name in ("title", "description", "place", "reference", "pseudonym"):
        if isinstance(record.one(name), str):
            yield record.one(name)
    for tag in record.many("tags"):
        yield str(tag)
    for attachment in record.attachments:
        yield attachment.name
    speaker = record.one("speaker")
    if isinstance(speaker, str):
        yield records.called(connection, speaker)
    for fact in readings.read_facts(connection, number):
        if fact.name in _FOUND_BY:
            yield fact.value
