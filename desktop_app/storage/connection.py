"""One SQLCipher connection, set up the one way we use it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from desktop_app import files
from desktop_app.errors import ArchiveDamaged, DiskFull, StorageError
from desktop_app.i18n import _

DATABASE = "archive.db"
WAL = "archive.db-wal"
ROLLBACK = "archive.db-journal"
_CACHE_KIB = 65_536
_PAGE_BYTES = 4096  # SQLCipher 4 writes whole pages only
_FULL = 13  # SQLITE_FULL
_NOT_OURS = {11, 26}  # SQLITE_CORRUPT, SQLITE_NOTADB
_IO = 10  # SQLITE_IOERR

# Source: resources/spec/archive-v1.md, "The database". cipher_memory_security stays off: it made
# searches eight times slower, and the process that holds keys ends at lock and writes no core.
_SETTINGS = (
    "PRAGMA cipher_memory_security = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    f"PRAGMA cache_size = -{_CACHE_KIB}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
)


class Connection:
    """A connection that belongs to one thread at a time.

    `execute` and `transaction` translate what the library raises into our errors.
    """

    def __init__(self, path: Path, key: bytes, *, create: bool = False) -> None:
        """Open the database at `path`, or make an empty one there.

        Args:
            path: The database file.
            key: 32 bytes, the raw key.
            create: Make a new file; otherwise it must be there.

        Raises:
            ArchiveDamaged: It does not open with this key, or is no SQLCipher database.
            UnsafeFolder: It is a link.
        """
        if create:
            files.create(path).close()  # private from the start; SQLite gives -wal the same mode
        else:
            _need_content(path)
        self._damaged = False
        self._raw = sqlcipher.connect(
            str(path), isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            with translated():
                self._raw.execute("PRAGMA cipher_log_level = NONE")
                self._raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
                self._raw.execute("SELECT count(*) FROM sqlite_schema")
                for setting in _SETTINGS:
                    self._raw.execute(setting)
        except BaseException:
            self._raw.close()
            raise

    @property
    def raw(self) -> Any:
        """The library's own connection, for migrations and `interrupt`."""
        return self._raw

    def execute(self, sql: str, values: Any = ()) -> Any:
        """Run one statement; return the library's cursor, whose rows are tuples."""
        with self._guarded():
            return self._raw.execute(sql, values)

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Return every row of a query. Errors while stepping are translated, too."""
        with self._guarded():
            return self._raw.execute(sql, values).fetchall()  # type: ignore[no-any-return]  # untyped library

    def row(self, sql: str, values: Any = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""
        with self._guarded():
            return self._raw.execute(sql, values).fetchone()  # type: ignore[no-any-return]  # untyped library

    def each(self, sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]:
        """Yield rows one by one, for tables larger than memory."""
        with self._guarded():
            # Not `yield from`: it would close the cursor of a connection that is closed already.
            for row in self._raw.execute(sql, values):  # noqa: UP028 (see above)
                yield row

    def execute_many(self, sql: str, rows: Any) -> None:
        """Run one statement for each of `rows`."""
        with self._guarded():
            self._raw.executemany(sql, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or none of it. Opened in archive/, never nested, never inside a loop."""
        with self._guarded():
            self._raw.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise
        with self._guarded():
            try:
                self._raw.execute("COMMIT")
            except BaseException:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                raise

    def need_sound(self) -> None:
        """Refuse what was just read if a page of it did not authenticate.

        WORKAROUND: FTS5 takes a page that cannot be read for one without words, and finds less
        without an error. SQLCipher remembers the failure; its cipher_status tells.

        Raises:
            ArchiveDamaged: It did not.
        """
        row = self.row("PRAGMA cipher_status")
        if row is None or row[0] != "1":
            self._damaged = True
            raise ArchiveDamaged(why=_("a part of it does not authenticate"))

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Translate errors, and refuse to go on after damage.

        One bad page poisons the connection that met it: later reads could show too little.
        """
        if self._damaged:
            raise ArchiveDamaged(why=_("a part of it does not authenticate"))
        try:
            with translated():
                yield
        except ArchiveDamaged:
            self._damaged = True
            raise

    def close(self) -> None:
        """Close; the last one to close brings the WAL into the database and removes it."""
        self._raw.close()


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the library's errors into ours.

    sqlcipher3.Error does not derive from sqlite3.Error: catching the latter would catch nothing.

    Raises:
        ArchiveDamaged: A page does not authenticate, or is no database page.
        DiskFull: No space left.
        StorageError: The disk failed, or the database is locked by somebody else.
    """
    try:
        yield
    except (sqlcipher.OperationalError, sqlcipher.DatabaseError) as error:
        if isinstance(error, sqlcipher.IntegrityError | sqlcipher.ProgrammingError):
            raise
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == _FULL:
            raise DiskFull from error
        if code in _NOT_OURS or "not a database" in str(error) or "malformed" in str(error):
            raise ArchiveDamaged(why=_("a part of it does not authenticate")) from error
        if code == _IO or "disk I/O" in str(error):
            raise StorageError(why=_("reading or writing the database failed")) from error
        raise


def looks_unfinished(folder: Path) -> bool:
    """Return whether the last program that had this archive open did not end in order."""
    return any(
        path.exists() and path.stat().st_size > 0 for path in (folder / WAL, folder / ROLLBACK)
    )


def version() -> str:
    """Return which SQLite this is built on, for reports."""
    return str(sqlcipher.sqlite_version)


def _need_content(path: Path) -> None:
    """Refuse what SQLite would take for an empty database, and begin to write to."""
    try:
        with files.open_plain(path) as file:
            if len(file.read(_PAGE_BYTES)) < _PAGE_BYTES:
                raise ArchiveDamaged(why=_("the database file is empty or was cut"))
    except FileNotFoundError as error:
        raise ArchiveDamaged(why=_("the database file is missing")) from error
