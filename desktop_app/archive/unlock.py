"""Making an archive and opening it."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop_app import files
from desktop_app.archive import check, indexing
from desktop_app.archive.archive import Archive, Clock, rolled_back_words
from desktop_app.crypto import keyslots, passphrase
from desktop_app.crypto.keys import ArchiveKeys, derive, random_bytes
from desktop_app.crypto.keyslots import Header
from desktop_app.crypto.passphrase import Cost
from desktop_app.crypto.signing import SEED_BYTES, Signer
from desktop_app.crypto.strength import WEAK, strength
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import (
    ArchiveDamaged,
    BadValue,
    HeaderRefused,
    NotAnArchive,
    NotEnoughMemory,
    UnsafeFolder,
    WrongPassphrase,
)
from desktop_app.i18n import _
from desktop_app.storage import contacts, journal, meta
from desktop_app.storage.blobs import BLOBS, STAGING, BlobStore
from desktop_app.storage.connection import (
    DATABASE,
    ROLLBACK,
    WAL,
    Connection,
    looks_unfinished,
    translated,
)
from desktop_app.storage.lock import LOCK, ArchiveLock
from desktop_app.storage.migrate import bring_up_to_date, migrate

HEADER = "keys.json"
SECOND_HEADER = "keys.json.1"
OUTGOING = "outgoing"
MAX_NICKNAME = 60
_FOLDERS = (BLOBS, STAGING, OUTGOING)
_FILES = (HEADER, SECOND_HEADER, DATABASE, WAL, ROLLBACK, DATABASE + "-shm", LOCK)


def create(
    folder: Path, words: str, nickname: str, *, now: Clock, cost: Cost | None = None
) -> Archive:
    """Make an archive in `folder`, which must be new or empty; return it open.

    Args:
        folder: Where; its parents are made.
        words: The passphrase.
        nickname: The name under which this archive signs; no real name.
        now: The clock.
        cost: What a guess costs; measured on this computer unless said.

    Raises:
        AlreadyThere: Something is in the folder.
        BadValue: The nickname or the passphrase is empty.
        DiskFull, StorageError: The disk did not do it; what was begun is removed.
    """
    nickname = nickname.strip()
    if not nickname or len(nickname) > MAX_NICKNAME or not nickname.isprintable():
        raise BadValue(field=_("the nickname"), value=repr(nickname), why=_("1 to 60 signs"))
    if not words:
        raise BadValue(field=_("the passphrase"), value="''", why=_("it is empty"))
    files.need_empty(folder)
    try:
        with files.storage_errors():
            return _make(folder, words, nickname, now, cost or measured_cost())
    except BaseException:
        for path in list(folder.iterdir()):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def unlock(
    folder: Path,
    words: str,
    *,
    now: Clock,
    despite_damage: bool = False,
    say: Callable[[str], None] = lambda _words: None,
) -> Archive:
    """Open the archive in `folder`.

    After an end out of order the journal's chain and every table are checked against the log
    before anything is shown.

    Args:
        folder: The archive.
        words: The passphrase.
        now: The clock.
        despite_damage: For checks and for taking evidence out: open what fails that check,
            with an alarm. What does not authenticate still does not open.
        say: Told in words what takes long.

    Raises:
        NotAnArchive, UnsafeFolder, HeaderRefused, WrongPassphrase, ArchiveInUse, ArchiveDamaged,
        ArchiveTooNew, NotEnoughMemory, StorageError.
    """
    with files.storage_errors():
        return _unlock(folder, words, now, despite_damage, say)


def _unlock(
    folder: Path, words: str, now: Clock, despite_damage: bool, say: Callable[[str], None]
) -> Archive:
    if not (folder / HEADER).exists() and not (folder / SECOND_HEADER).exists():
        raise NotAnArchive(folder=folder)
    folder = folder.resolve()
    refuse_links(folder)
    headers, damaged = _headers(folder)
    lock = ArchiveLock(folder)
    try:
        opened = _opened(headers, words)
        _make_missing_folders(folder)
        unfinished = looks_unfinished(folder)
        connection = Connection(folder / DATABASE, opened.keys.database)
        try:
            with translated():
                bring_up_to_date(connection.raw)
            archive = _assembled(folder, connection, opened.keys, now, lock)
            archive.alarms += _header_alarms(connection, opened, headers, damaged)
            if unfinished:
                say(_("The archive was not closed in order; everything is checked first …"))
                _check_unfinished(archive, despite_damage)
            if opened.authentic and (damaged or len(headers) > 1):
                _mend_headers(folder, opened.header)
            archive.blobs.settle(connection)
            with connection.transaction():
                contacts.make_reading_key(connection, now())
            indexing.refresh(connection)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        lock.release()
        raise
    return archive


def _opened(headers: list[Header], words: str) -> keyslots.Opened:
    try:
        opened = keyslots.open_with(headers, words)
    except MemoryError as error:
        most = max(slot.cost.memory_kib for one in headers for slot in one.slots if slot.cost)
        raise NotEnoughMemory(mib=most // 1024) from error
    if opened is None:
        raise WrongPassphrase
    return opened


def _make_missing_folders(folder: Path) -> None:
    """Make what a backup forgot: many leave empty folders out."""
    for name in _FOLDERS:
        if not (folder / name).exists():
            files.make_folder(folder / name)


def is_weak(words: str) -> bool:
    """Return whether a passphrase would be guessed too soon."""
    return strength(words) < WEAK


def measured_cost() -> Cost:
    """Return what a guess shall cost, measured on this computer; takes some seconds."""
    return passphrase.calibrate(_memory_bytes())


def refuse_links(folder: Path) -> None:
    """Refuse an archive that holds a link where a file or folder of ours belongs.

    Raises:
        UnsafeFolder: It does, or something of ours is neither file nor folder.
    """
    with files.storage_errors():
        for path in folder.iterdir():
            fits = path.is_dir() if path.name in _FOLDERS else path.is_file()
            if path.is_symlink() or (path.name in (*_FOLDERS, *_FILES) and not fits):
                raise UnsafeFolder(path=path.name)
        for path in (folder / BLOBS).iterdir() if (folder / BLOBS).exists() else ():
            if path.is_symlink():
                raise UnsafeFolder(path=f"{BLOBS}/{path.name}")


def _make(folder: Path, words: str, nickname: str, now: Clock, cost: Cost) -> Archive:
    archive_id, archive_key = random_bytes(keyslots.ID_BYTES), random_bytes(32)
    keys = derive(archive_key, archive_id)
    for name in _FOLDERS:
        files.make_folder(folder / name)
    lock = ArchiveLock(folder)
    try:
        connection = Connection(folder / DATABASE, keys.database, create=True)
        try:
            migrate(connection.raw)
            with connection.transaction():
                meta.write(connection, meta.NICKNAME, nickname.encode())
                meta.write(connection, meta.SIGNING_SEED, random_bytes(SEED_BYTES))
                meta.write(connection, meta.ARCHIVE_ID, archive_id)
                meta.write(connection, meta.HEADER_SERIAL, (1).to_bytes(8, "big"))
                contacts.make_reading_key(connection, now())
                journal.append(connection, now(), "created")
            indexing.refresh(connection)
            _write_headers(folder, archive_id, words, cost, archive_key, keys)
            return _assembled(folder, connection, keys, now, lock)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        lock.release()
        raise


def _write_headers(
    folder: Path, archive_id: bytes, words: str, cost: Cost, archive_key: bytes, keys: ArchiveKeys
) -> None:
    header = keyslots.make(archive_id, 1, [keyslots.wrap(archive_key, words, cost)], keys)
    proved = keyslots.open_with([keyslots.read(header)], words)
    assert proved is not None
    assert proved.authentic
    for name in (HEADER, SECOND_HEADER):
        files.write_whole(folder / name, header)


def _assembled(
    folder: Path, connection: Connection, keys: ArchiveKeys, now: Clock, lock: ArchiveLock
) -> Archive:
    seed = meta.read(connection, meta.SIGNING_SEED, b"")
    if len(seed) != SEED_BYTES:
        raise ArchiveDamaged(why="its signing key is missing")
    return Archive(
        folder=folder,
        connection=connection,
        blobs=BlobStore(folder),
        signer=Signer(seed),
        nickname=meta.read(connection, meta.NICKNAME, b"").decode("utf-8", "replace"),
        now=now,
        lock=lock,
        fresh=lambda: Connection(folder / DATABASE, keys.database),
    )


def _headers(folder: Path) -> tuple[list[Header], list[str]]:
    """Return the replicas that can be parsed, equal ones once, and what is wrong with others."""
    found: list[Header] = []
    wrong: list[str] = []
    for name in (HEADER, SECOND_HEADER):
        try:
            with files.open_plain(folder / name) as file:
                header = keyslots.read(file.read(keyslots.MAX_HEADER_BYTES + 1))
        except FileNotFoundError:
            wrong.append(_("the file is missing"))
        except Malformed as error:
            wrong.append(str(error))
        else:
            if header not in found:
                found.append(header)
    if not found:
        raise HeaderRefused(why=wrong[0])
    return found, wrong


def _header_alarms(
    connection: Connection, opened: keyslots.Opened, headers: list[Header], damaged: list[str]
) -> Iterator[str]:
    """Yield what is wrong with the key files, though one of them opened."""
    others = [one for one in headers if one != opened.header]
    if not opened.authentic or not all(keyslots.is_authentic(one, opened.keys) for one in others):
        yield _("keys.json was altered by something other than this program.")
    if damaged:
        yield _("One of the two key files (keys.json, keys.json.1) is damaged: {why}.").format(
            why=damaged[0]
        )
    if meta.read(connection, meta.ROLLED_BACK, b""):
        yield rolled_back_words()
    known = int.from_bytes(meta.read(connection, meta.HEADER_SERIAL, b""), "big")
    if opened.header.serial < known:
        yield _("An older key file was put back in the archive's folder.")


def _mend_headers(folder: Path, header: Header) -> None:
    """Write the replica that holds over the one that does not, so that there are two again."""
    for name in (HEADER, SECOND_HEADER):
        files.write_whole(folder / name, keyslots.written(header))


def _check_unfinished(archive: Archive, despite_damage: bool) -> None:
    report = check.quick(archive)
    if report.ok:
        return
    sentence = _("After an end out of order the archive disagrees with its log: {why}").format(
        why=report.findings[0].detail
    )
    if not despite_damage:
        raise ArchiveDamaged(why=report.findings[0].detail.rstrip("."))
    archive.alarms.append(sentence)


def _memory_bytes() -> int:
    with contextlib.suppress(ValueError, OSError, AttributeError):
        import os

        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 8 << 30
