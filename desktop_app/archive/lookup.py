"""Finding records by what was typed."""

import time
from dataclasses import dataclass

from desktop_app.archive.archive import Archive
from desktop_app.domain.ids import RecordId
from desktop_app.domain.query import Sort
from desktop_app.search.expand import expand
from desktop_app.search.marks import marks
from desktop_app.search.snippet import Snippet, snippet
from desktop_app.search.syntax import Understood, parse
from desktop_app.storage import index, readings, records
from desktop_app.storage.index import WordList


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found."""

    row: records.Row
    score: float  # larger is better; 0.0 where nothing ranks
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found."""

    total: int  # exact, however many are on the page
    hits: tuple[Hit, ...]
    understood: Understood
    milliseconds: float


def find(
    archive: Archive,
    typed: str,
    *,
    limit: int = 20,
    offset: int = 0,
    sort: Sort = Sort.RELEVANCE,
) -> Results:
    """Return one page of what `typed` finds. Never an error because of what was typed."""
    start = time.perf_counter()
    connection = archive.connection
    understood = expand(parse(typed), WordList(connection))
    marked = marks(understood.query)
    found = index.search(connection, understood.query, limit=limit, offset=offset, sort=sort)
    rows = records.rows(connection, [hit.record_no for hit in found.hits])
    hits = tuple(
        Hit(
            rows[hit.record_no],
            hit.score,
            snippet(readings.read_pages(connection, hit.record_no), marked),
        )
        for hit in found.hits
        if hit.record_no in rows
    )
    connection.need_sound()
    milliseconds = (time.perf_counter() - start) * 1000
    return Results(found.total, hits, understood, milliseconds)


def find_all(archive: Archive, typed: str) -> list[RecordId]:
    """Return every record that `typed` finds, newest first, without texts."""
    connection = archive.connection
    understood = expand(parse(typed), WordList(connection))
    found = index.search(connection, understood.query, limit=1 << 31, sort=Sort.NEWEST)
    rows = records.rows(connection, [hit.record_no for hit in found.hits])
    connection.need_sound()
    return [rows[hit.record_no].record for hit in found.hits if hit.record_no in rows]
