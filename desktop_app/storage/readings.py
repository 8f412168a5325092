"""What was found in files: text, facts, thumbnail. Made again when lost, checked by a digest."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desktop_app.domain import strict_json
from desktop_app.domain.reading import Fact, Reading
from desktop_app.errors import ArchiveDamaged
from desktop_app.i18n import _
from desktop_app.storage.connection import Connection

PAGE_BREAK = "\f"
# Level 1: text of 20,000 documents in half the time of level 6, 8 % larger.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A reading as the archive keeps it; `thumbnail` is a JPEG of our own making."""

    outcome: str
    reader: str
    media_type: str
    why: str
    facts: tuple[Fact, ...]
    flags: tuple[str, ...]
    thumbnail: bytes | None
    pages: tuple[str, ...]

    @staticmethod
    def of(reading: Reading, thumbnail: bytes | None) -> "Stored":
        """Return what to keep of a reading."""
        return Stored(
            str(reading.outcome),
            reading.reader,
            reading.media_type,
            reading.why,
            reading.facts,
            reading.flags,
            thumbnail,
            clean(reading.pages),
        )

    def digest(self) -> str:
        """Return the SHA-256 that the journal keeps of it, so that a later change shows."""
        parts = (
            PAGE_BREAK.join(self.pages).encode(),
            self.thumbnail or b"",
            strict_json.write([self.outcome, self.reader, self.media_type, self.why]),
            _facts_json(self.facts).encode(),
            _flags_json(self.flags).encode(),
        )
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()


def put(connection: Connection, number: int, reading: Stored) -> None:
    """Keep what was found in a record's file, instead of what was kept before; not its text."""
    connection.execute(
        "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            reading.outcome,
            reading.reader,
            reading.media_type,
            reading.why,
            _facts_json(reading.facts),
            _flags_json(reading.flags),
            reading.thumbnail,
        ),
    )


def put_text(connection: Connection, number: int, pages: Sequence[str]) -> None:
    """Keep the text of a record; nothing is kept where there is none."""
    connection.execute("DELETE FROM page_text WHERE record_no = ?", (number,))
    text = _whole_text(pages).encode()
    if text:
        connection.execute(
            "INSERT INTO page_text VALUES (?, ?)", (number, zlib.compress(text, _LEVEL))
        )


def read(connection: Connection, number: int) -> Stored | None:
    """Return what was found in a record's file; None for a record without a file."""
    row = connection.row(
        "SELECT outcome, reader, media_type, why, facts, flags, thumbnail FROM reading"
        " WHERE record_no = ?",
        (number,),
    )
    if row is None:
        return None
    outcome, reader, media_type, why, facts, flags, thumbnail = row
    return Stored(
        outcome,
        reader,
        media_type,
        why,
        _facts(facts),
        _flags(flags),
        thumbnail,
        read_pages(connection, number),
    )


def read_pages(connection: Connection, number: int) -> tuple[str, ...]:
    """Return the text of a record, page by page; empty where there is none."""
    row = connection.row("SELECT pages FROM page_text WHERE record_no = ?", (number,))
    return _pages(row[0]) if row else ()


def read_facts(connection: Connection, number: int) -> tuple[Fact, ...]:
    """Return what a record's file says of itself."""
    row = connection.row("SELECT facts FROM reading WHERE record_no = ?", (number,))
    return _facts(row[0]) if row else ()


def read_indexed(connection: Connection, number: int) -> tuple[str, str] | None:
    """Return the words that the index was given as title and about; None: not indexed."""
    row = connection.row("SELECT title, about FROM indexed WHERE record_no = ?", (number,))
    return (row[0], row[1]) if row else None


def put_indexed(connection: Connection, number: int, title: str, about: str) -> None:
    """Remember what the index is given, so that it can be told the same to forget it."""
    connection.execute("INSERT OR REPLACE INTO indexed VALUES (?, ?, ?)", (number, title, about))


def drop_indexed(connection: Connection, number: int) -> None:
    """Forget what the index was given: it was emptied."""
    connection.execute("DELETE FROM indexed WHERE record_no = ?", (number,))


def clean(pages: Sequence[str]) -> tuple[str, ...]:
    """Return pages as they can be stored: without lone surrogates or page breaks inside."""
    return tuple(_whole_text(pages).split(PAGE_BREAK)) if pages else ()


def _pages(packed: bytes) -> tuple[str, ...]:
    try:
        return tuple(zlib.decompress(packed).decode().split(PAGE_BREAK))
    except (zlib.error, UnicodeDecodeError) as error:
        raise ArchiveDamaged(why=_("a stored text cannot be read")) from error


def _facts(text: str) -> tuple[Fact, ...]:
    found = _list(text)
    for one in found:
        if not (isinstance(one, list) and len(one) == 3 and all(isinstance(x, str) for x in one)):
            raise ArchiveDamaged(why=_("what was found in a file cannot be read"))
    return tuple(Fact(*one) for one in found)


def _list(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ArchiveDamaged(why=_("what was found in a file cannot be read")) from error
    return found if isinstance(found, list) else [found]


def _flags(text: str) -> tuple[str, ...]:
    found = _list(text)
    if not all(isinstance(one, str) for one in found):
        raise ArchiveDamaged(why=_("what was found in a file cannot be read"))
    return tuple(found)


def _whole_text(pages: Sequence[str]) -> str:
    # A form feed inside a page would make two of it; a lone surrogate has no UTF-8.
    clean = (page.replace(PAGE_BREAK, " ") for page in pages)
    return PAGE_BREAK.join(clean).encode("utf-8", "replace").decode()


def _facts_json(facts: Sequence[Fact]) -> str:
    return json.dumps([[one.name, one.value, one.source] for one in facts], ensure_ascii=True)


def _flags_json(flags: Sequence[str]) -> str:
    return json.dumps(list(flags), ensure_ascii=True)
