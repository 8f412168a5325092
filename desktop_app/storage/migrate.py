"""Brings an archive to the newest schema, one committed step at a time."""

from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from desktop_app.errors import ArchiveDamaged, ArchiveTooNew
from desktop_app.i18n import _

_SCRIPTS = "[0-9][0-9][0-9][0-9]_*.sql"
_FTS5_OWN = "word_index_"
STEPS = Path(__file__).parent / "migrations"


def migrate(connection: Any, steps: Path = STEPS, *, up_to: int | None = None) -> int:
    """Apply the steps this archive has not had; return how many that were.

    `PRAGMA user_version` counts the steps applied. A step and its count commit together, so an
    archive is always at a whole version: a power cut mid-step leaves it at the one before.
    `connection` must be in autocommit mode (isolation_level=None): executescript would otherwise
    commit first and break that promise.

    Raises:
        ArchiveTooNew: The archive has had steps this release does not know.
    """
    scripts = sorted(steps.glob(_SCRIPTS))
    applied: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if applied > len(scripts):
        raise ArchiveTooNew(found=applied)
    for number, script in enumerate(scripts[applied:up_to], start=applied + 1):
        body = script.read_text(encoding="utf-8")
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{body}\nPRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlcipher.Error:
            if connection.in_transaction:
                connection.rollback()
            raise
    return len(scripts[applied:up_to])


def bring_up_to_date(connection: Any) -> None:
    """Migrate a database whose tables are known before and after.

    Raises:
        ArchiveTooNew: See `migrate`.
        ArchiveDamaged: See `need_known_schema`.
    """
    need_known_schema(connection)
    if migrate(connection):
        need_known_schema(connection)


def need_known_schema(connection: Any, steps: Path = STEPS) -> None:
    """Refuse a database that holds a table, view or trigger which the steps did not make.

    To be done before `migrate`, and after it: a planted trigger would run with the next write.

    Raises:
        ArchiveDamaged: It does, or lacks one.
    """
    applied: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if applied > len(list(steps.glob(_SCRIPTS))):
        raise ArchiveTooNew(found=applied)
    empty = sqlcipher.connect(":memory:", isolation_level=None)
    try:
        migrate(empty, steps, up_to=applied)
        if _schema(empty) != _schema(connection):
            raise ArchiveDamaged(why=_("its tables are not those that this program makes"))
    finally:
        empty.close()


def _schema(connection: Any) -> set[tuple[str, ...]]:
    """Return what there is; FTS5's own tables by name only, as another release of it made them."""
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    return {(*row[:3], "" if row[1].startswith(_FTS5_OWN) else str(row[3])) for row in found}
