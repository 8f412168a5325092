"""Sealed attachments beside the database: written, synced, renamed, and then spoken of."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desktop_app import files
from desktop_app.crypto import sealing
from desktop_app.crypto.keys import random_bytes
from desktop_app.crypto.sealing import Source, Unauthentic
from desktop_app.errors import BlobDamaged, UnsafeFolder
from desktop_app.storage.connection import Connection

BLOBS = "blobs"
STAGING = "staging"
_NOTE = "moving-"


@dataclass(frozen=True, slots=True)
class Blob:
    """What opens one sealed file."""

    name: bytes  # 16 random bytes
    key: bytes
    sha256: str
    size_bytes: int


class BlobStore:
    """The folder of sealed files. Holds no key; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._blobs = folder / BLOBS
        self._staging = folder / STAGING

    def path(self, name: bytes) -> Path:
        """Return where the blob with this name lies."""
        text = name.hex()
        return self._blobs / text[:2] / text

    def seal(self, plaintext: Source) -> Blob:
        """Seal `plaintext` into staging, synced; `keep` gives it its place.

        Raises:
            DiskFull: No space left; nothing remains of it.
        """
        name, key = random_bytes(sealing.NAME_BYTES), random_bytes(sealing.KEY_BYTES)
        draft = self._staging / name.hex()
        with files.storage_errors():
            try:
                with files.create(draft) as sealed:
                    sha256, size = sealing.seal(plaintext, sealed, key, name)
                    files.sync(sealed)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        return Blob(name, key, sha256, size)

    def keep(self, blobs: list[Blob]) -> None:
        """Move sealed files from staging to their places and sync those folders.

        To be done before the transaction that speaks of them. A note in staging lists them until
        `settle`, so that after a power cut in between none lies about without a key.
        """
        if not blobs:
            return
        with files.storage_errors():
            note = self._staging / (_NOTE + random_bytes(8).hex())
            files.write_whole(note, "\n".join(blob.name.hex() for blob in blobs).encode())
            folders = {self.path(blob.name).parent for blob in blobs}
            fresh = [folder for folder in folders if not folder.exists()]
            for folder in fresh:
                files.make_folder(folder)
            for blob in blobs:
                (self._staging / blob.name.hex()).rename(self.path(blob.name))
            for folder in folders:
                files.sync_folder(folder)
            if fresh:
                files.sync_folder(self._blobs)

    def drop(self, blob: Blob) -> None:
        """Forget a sealed file that is still in staging."""
        (self._staging / blob.name.hex()).unlink(missing_ok=True)

    def read(self, blob: Blob, named: str) -> Iterator[bytes]:
        """Yield the content piece by piece; only the end tells that it is whole.

        Args:
            blob: What opens it.
            named: What to call it in an error: the record's reference.

        Raises:
            BlobDamaged: Missing, altered, cut, extended or another blob.
        """
        yield from self._opened(self.path(blob.name), blob, named)

    def read_staged(self, blob: Blob) -> Iterator[bytes]:
        """Yield the content of a sealed file that is still in staging.

        Raises:
            BlobDamaged: Missing or altered meanwhile.
        """
        yield from self._opened(self._staging / blob.name.hex(), blob, "")

    def _opened(self, path: Path, blob: Blob, named: str) -> Iterator[bytes]:
        try:
            with files.open_plain(path) as sealed:
                self._check_size(sealed, blob, named)
                yield from sealing.open_sealed(sealed, blob.key, blob.name, blob.size_bytes)
        except (Unauthentic, OSError, UnsafeFolder) as error:
            raise BlobDamaged(record=named) from error

    @property
    def staging(self) -> Path:
        """Where sealed files wait for their place."""
        return self._staging

    def is_there(self, blob: Blob) -> bool:
        """Return whether a plain file of the right size lies in the blob's place."""
        try:
            with files.open_plain(self.path(blob.name)) as sealed:
                return os.fstat(sealed.fileno()).st_size == sealing.sealed_size(blob.size_bytes)
        except (OSError, UnsafeFolder):
            return False

    def opens(self, blob: Blob) -> bool:
        """Return whether the blob opens to the content that it was filed as."""
        digest = hashlib.sha256()
        try:
            for piece in self.read(blob, ""):
                digest.update(piece)
        except BlobDamaged:
            return False
        return digest.hexdigest() == blob.sha256

    def settle(self, connection: Connection) -> None:
        """Clear staging: after a transaction, after its failure, and at unlock.

        Sealed files that were moved to their places and never spoken of are removed again.
        """
        with files.storage_errors():
            for path in self._staging.iterdir():
                if path.name.startswith(_NOTE):
                    self._take_back(connection, path)
                path.unlink(missing_ok=True)

    def _take_back(self, connection: Connection, note: Path) -> None:
        with files.open_plain(note) as file:
            for line in file.read().decode("ascii", "replace").split():
                with contextlib.suppress(ValueError):
                    name = bytes.fromhex(line)
                    if not connection.row("SELECT 1 FROM blob WHERE name = ?", (name,)):
                        self.path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[bytes]:
        """Yield the names of the sealed files that lie in their places."""
        for folder in sorted(self._blobs.iterdir()):
            if folder.is_symlink() or not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                with contextlib.suppress(ValueError):
                    yield bytes.fromhex(path.name)

    def links(self) -> list[str]:
        """Return the folders among the blobs that are links; there should be none."""
        return [path.name for path in self._blobs.iterdir() if path.is_symlink()]

    def _check_size(self, sealed: BinaryIO, blob: Blob, named: str) -> None:
        if os.fstat(sealed.fileno()).st_size != sealing.sealed_size(blob.size_bytes):
            raise BlobDamaged(record=named)


def add(connection: Connection, blob: Blob) -> None:
    """File the key of a blob that is in its place."""
    connection.execute(
        "INSERT INTO blob VALUES (?, ?, ?, ?)",
        (blob.name, blob.key, bytes.fromhex(blob.sha256), blob.size_bytes),
    )


def find(connection: Connection, sha256: str) -> Blob | None:
    """Return the blob with this content, or None."""
    row = connection.row(
        "SELECT name, key, sha256, size_bytes FROM blob WHERE sha256 = ?",
        (bytes.fromhex(sha256),),
    )
    return Blob(row[0], row[1], row[2].hex(), row[3]) if row else None


def every(connection: Connection) -> Iterator[Blob]:
    """Yield all blobs that the archive has keys for."""
    for row in connection.each("SELECT name, key, sha256, size_bytes FROM blob ORDER BY name"):
        yield Blob(row[0], row[1], row[2].hex(), row[3])
