"""What somebody with the disk in his hands does to an archive, and what comes of it."""

import hashlib
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from PIL import Image

from desktop_app.archive import check, describe, intake, lookup, records, unlock
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.archive.records import Testimony
from desktop_app.crypto import keyslots
from desktop_app.domain.reading import Fact, Outcome, Reading
from desktop_app.errors import AppError
from desktop_app.storage.connection import DATABASE
from tests.helpers.archives import PASSPHRASE, make_archive, reopened

PAGE_BYTES = 4096
TEXTS = {
    "скарга.txt": "Скарга ў пракуратуру: затрыманне каля ракi, сведка бачыў аўтазак. " * 12,
    "ліст.txt": "Ліст дадому. Перадача не дайшла, адвакат чакаў дзве гадзіны. " * 12,
    "protocol.txt": "The protocol says nothing about the bridge and the eleventh of August. " * 12,
    "доўгі.txt": " ".join(f"слова{number}" for number in range(1500)),
}
QUERIES = ("сведка", "адвакат", "bridge", "слова17", "перадача", "ракі", "#справа", "kind:photo")


class PlainReader:
    """Reads files in this process: quick, for tests that are not about reading."""

    isolation = "full"

    def read(self, content: bytes | memoryview, name: str) -> Reading:
        text = bytes(content).decode("utf-8", "replace")
        facts = (Fact("title", name, "test:name"),)
        return Reading(Outcome.READ, "document", "text/plain", "plain/1", (text,), facts)

    def close(self) -> None:
        """Nothing was started."""


def png(colour: str) -> bytes:
    """Return a small picture that does not compress to nothing."""
    made = io.BytesIO()
    Image.effect_noise((90, 60), 60).convert("RGB").point(lambda v: v // 2).save(made, "PNG")
    return made.getvalue() + colour.encode()


def fill(archive: Archive, sources: Path, *, few: bool = False) -> None:
    """Take in texts and pictures, write a testimony, change records: something in every table."""
    sources.mkdir(parents=True)
    for name in list(TEXTS)[: 2 if few else None]:
        (sources / name).write_text(TEXTS[name], encoding="utf-8")
    for colour in ("red",) if few else ("red", "green"):
        (sources / f"{colour}.png").write_bytes(png(colour))
    options = Options(tags=("справа", "2020"), case="Справа 7", sensitivity=2)
    intake.take_in(archive, [sources], options, PlainReader)
    told = Testimony("Размова", "Сасна", "Нас было дзевяць у камеры. " * 50, "2020-08", "be")
    records.write_testimony(archive, told)
    for number, record in enumerate(records.every(archive)):
        records.change(archive, record, {"title": f"Назва {number}"}, tags=[f"метка{number}"])


def filled(folder: Path, sources: Path, *, few: bool = False) -> Path:
    """Make a small archive with something in every table; return its folder, closed."""
    with make_archive(folder) as archive:
        fill(archive, sources, few=few)
    return folder


def copied(folder: Path, to: Path) -> Path:
    """Return a copy of an archive, instead of what was at `to`."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to, symlinks=True)
    return to


def put_back(folder: Path, database: bytes) -> None:
    """Make the database what it was, with nothing beside it."""
    for path in folder.glob(DATABASE + "-*"):
        path.unlink()
    (folder / DATABASE).write_bytes(database)


def pages(path: Path) -> list[bytes]:
    """Return a database file page by page."""
    content = path.read_bytes()
    return [content[at : at + PAGE_BYTES] for at in range(0, len(content), PAGE_BYTES)]


def put_page(path: Path, index: int, page: bytes) -> None:
    """Write one page, counted from 0, and nothing else."""
    with path.open("r+b") as file:
        file.seek(index * PAGE_BYTES)
        file.write(page)


def snapshot(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the modification time and hash of every file and the time of every folder."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def notices(folder: Path) -> list[str]:
    """Return what unlocking and a deep check say is wrong: error names, codes of findings."""
    try:
        with reopened(folder) as archive:
            return [one.code for one in check.check(archive, deep=True).findings]
    except AppError as error:
        return [type(error).__name__]


def seen(archive: Archive) -> Iterator[tuple[str, Any]]:
    """Yield what find and show give, or the name of the expected error instead."""
    for query in QUERIES:
        yield query, _or_refused(lambda query=query: look(archive, query))
    for record in _or_refused(lambda: records.every(archive)) or []:
        yield (
            str(record),
            _or_refused(lambda record=record: describe.described(records.show(archive, record))),
        )


def look(archive: Archive, query: str) -> list[Any]:
    """Return what find gives: the total, and row and snippet of every hit."""
    found = lookup.find(archive, query)
    return [found.total, *((hit.row, hit.snippet.text) for hit in found.hits)]


def _or_refused(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except AppError:
        return None


def with_key(folder: Path) -> Any:
    """Return a bare connection of somebody who has the archive's key; to be closed."""
    header = keyslots.read((folder / unlock.HEADER).read_bytes())
    opened = keyslots.open_with([header], PASSPHRASE)
    assert opened is not None
    connection = sqlcipher.connect(str(folder / DATABASE), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{opened.keys.database.hex()}'\"")
    return connection


def alter(folder: Path, *statements: str) -> None:
    """Run statements in the tables with the key, first without the triggers that forbid it."""
    connection = with_key(folder)
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
    ).fetchall()
    connection.execute("PRAGMA foreign_keys = OFF")
    for name, _sql in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _name, sql in triggers:
        connection.execute(sql)
    connection.close()


def dump(folder: Path) -> dict[str, Any]:
    """Return every row of every table, by table; of the index what it says, not its pages.

    An old page of the index can hold words that newer pages overrule: it tells nothing new.
    """
    connection = with_key(folder)
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.place USING fts5vocab('main', 'word_index', 'instance')"
        )
        names = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
            " AND name NOT IN ('word_index', 'word_list', 'word_index_data', 'word_index_idx')"
        ).fetchall()
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for (name,) in [*names, ("place",)]
        }
    finally:
        connection.close()
