"""Migrations apply whole steps, only ones we know, and every released archive still opens."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from desktop_app.archive import check, lookup, records
from desktop_app.errors import ArchiveTooNew
from desktop_app.storage.connection import DATABASE
from desktop_app.storage.migrate import STEPS, migrate
from tests.helpers.archives import reopened
from tests.helpers.tampering import with_key

SAVED = sorted((Path(__file__).parents[1] / "archives").glob("schema-*.zip"))
ALL = len(list(STEPS.glob("[0-9]*.sql")))


@pytest.fixture
def connection() -> Iterator[Any]:
    """A bare connection to an empty database in memory."""
    made = sqlcipher.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def version(connection: Any) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def schema(connection: Any) -> list[Any]:
    return connection.execute("SELECT * FROM sqlite_schema ORDER BY name").fetchall()  # type: ignore[no-any-return]  # untyped library


def test_all_steps_are_applied_once(connection: Any) -> None:
    assert migrate(connection) == ALL
    before = schema(connection)

    assert migrate(connection) == 0
    assert version(connection) == ALL
    assert schema(connection) == before


@pytest.mark.parametrize(
    "bad",
    [
        "CREATE TABLE fine (a TEXT) STRICT; CREATE TABLE record (a TEXT) STRICT;",
        "CREATE TABLE fine (a TEXT) STRICT; nonsense;",
        "CREATE TABLE fine (a TEXT) STRICT; INSERT INTO nowhere VALUES (1);",
        "CREATE TABLE fine (a TEXT) STRICT; INSERT INTO meta VALUES (NULL, NULL);",
    ],
)
def test_a_failing_step_leaves_the_version_before(
    connection: Any, tmp_path: Path, bad: str
) -> None:
    migrate(connection)
    before = schema(connection)
    for step in STEPS.glob("*.sql"):
        (tmp_path / step.name).write_text(step.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / f"{ALL + 1:04d}_bad.sql").write_text(bad)

    with pytest.raises(sqlcipher.Error):
        migrate(connection, tmp_path)

    assert version(connection) == ALL
    assert schema(connection) == before
    assert not connection.in_transaction


def test_a_newer_archive_is_refused(connection: Any) -> None:
    connection.execute("PRAGMA user_version = 99")

    with pytest.raises(ArchiveTooNew, match="schema 99"):
        migrate(connection)


def test_an_archive_from_the_future_is_refused_and_left_as_it_was(archive_folder: Path) -> None:
    connection = with_key(archive_folder)
    connection.execute("CREATE TABLE hologram (a TEXT) STRICT")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (archive_folder / DATABASE).read_bytes()

    with pytest.raises(ArchiveTooNew, match="schema 99"):
        reopened(archive_folder)

    assert (archive_folder / DATABASE).read_bytes() == before


@pytest.mark.parametrize("table", ["entry", "journal", "opening"])
def test_what_was_said_and_done_cannot_be_rewritten(connection: Any, table: str) -> None:
    migrate(connection)
    connection.execute(
        "INSERT INTO entry VALUES (1, zeroblob(32), zeroblob(32), x'00', zeroblob(32),"
        " zeroblob(64))"
    )
    connection.execute("INSERT INTO opening VALUES (zeroblob(32), 'title', x'00')")
    connection.execute("INSERT INTO journal VALUES (1, 0, 'x', NULL, '{}', zeroblob(32))")
    column = "detail" if table == "journal" else "raw"
    with pytest.raises(sqlcipher.IntegrityError, match="never changed"):
        connection.execute(f"UPDATE {table} SET {column} = {column}")
    if table != "opening":  # the one part of a log that can be destroyed
        with pytest.raises(sqlcipher.IntegrityError, match="never deleted"):
            connection.execute(f"DELETE FROM {table}")


def test_an_archive_of_every_schema_is_saved() -> None:
    assert [path.name for path in SAVED] == [f"schema-{n}.zip" for n in range(1, ALL + 1)]


@pytest.mark.parametrize("saved", SAVED, ids=lambda path: path.stem)
def test_an_archive_of_every_released_schema_opens_is_whole_and_finds_its_words(
    saved: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    with zipfile.ZipFile(saved) as packed:
        packed.extractall(folder)
    with reopened(folder) as archive:
        assert archive.alarms == []
        assert check.check(archive, deep=True).findings == ()
        assert len(records.every(archive)) == 6
        for words, total in (("сведка", 1), ("адвакат", 1), ("дзевяць", 1)):
            assert lookup.find(archive, words).total == total
        shown = records.show(archive, lookup.find(archive, "адвакат").hits[0].row.record)
        assert "Перадача не дайшла" in shown.pages[0]
        records.change(archive, shown.record.id, {"title": "Зменена"})
    with reopened(folder) as archive:
        assert check.check(archive, deep=True).ok
        assert version(archive.connection.raw) == ALL
