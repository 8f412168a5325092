"""An open archive: what every ability in this package works on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.crypto.signing import Signer
from desktop_app.domain.ids import Fingerprint
from desktop_app.i18n import _
from desktop_app.storage.blobs import BlobStore
from desktop_app.storage.connection import Connection
from desktop_app.storage.lock import ArchiveLock

Clock = Callable[[], int]  # milliseconds since 1970-01-01T00:00Z


@dataclass(slots=True)
class Archive:
    """An open archive. Belongs to one thread; `close` ends it and gives the lock back.

    `alarms` are sentences that a person must see: something is not as this program left it.
    """

    folder: Path
    connection: Connection
    blobs: BlobStore
    signer: Signer
    nickname: str
    now: Clock
    lock: ArchiveLock
    fresh: Callable[[], Connection]  # another connection: one bad page poisons the one that met it
    alarms: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> Fingerprint:
        """The archive's own fingerprint: who signs here."""
        return self.signer.fingerprint

    def close(self) -> None:
        """Bring everything into the database file, close it, give the lock back."""
        try:
            self.connection.close()
        finally:
            self.lock.release()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def rolled_back_words() -> str:
    """Return what to say when a contact has seen more of ours than we remember."""
    return _(
        "A contact has seen a package of yours that this archive does not know: an older copy of"
        " the archive was put back, or another copy of it is in use."
    )
