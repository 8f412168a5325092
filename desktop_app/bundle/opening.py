"""Opens a bundle in a process of its own, and keeps that process to its word.

Whatever fails leaves staging as it was: the opener says every file's name before it makes it.
"""

import contextlib
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app import files
from desktop_app.bundle import bag
from desktop_app.bundle.bag import is_path
from desktop_app.bundle.courier import first_damaged, nothing
from desktop_app.bundle.format import Head
from desktop_app.bundle.inspection import judge
from desktop_app.bundle.medium import Found
from desktop_app.bundle.process import OpenerProcess, default_command, refusal
from desktop_app.bundle.unpack import Staged
from desktop_app.crypto import sealing
from desktop_app.crypto.sealing import KEY_BYTES, NAME_BYTES, sealed_size
from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.padme import MIN_PADDED
from desktop_app.errors import (
    AppError,
    BundleDamaged,
    BundleMalformed,
    DiskFull,
    NotForUs,
    PartDamaged,
    PartMissing,
    UnsafeFolder,
    WrongFile,
)
from desktop_app.frames import Breach, Ended

MEMORY_BYTES = 1 << 30
_SPARE_BYTES = 64 << 20  # what is left free for the transaction that takes the files in


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle that was opened to its end; its files lie sealed in staging."""

    head: Head
    head_raw: bytes
    signature: bytes  # 64 bytes
    files: tuple[Staged, ...]


def open_bundle(
    found: Found,
    identities: Sequence[str],
    contacts: Mapping[Fingerprint, bytes],
    own: Fingerprint,
    staging: Path,
    accept: Callable[[Head, bytes, bytes], None],
    progress: Callable[[int, int], None] = nothing,
    command: Sequence[str] | None = None,
    part_bytes: int = bag.PART_BYTES,
) -> Opened:
    """Open a bundle and stage its files sealed, or leave nothing behind.

    Args:
        found: The bundle on its medium.
        identities: Our reading keys, AGE-SECRET-KEY-1….
        contacts: The public keys of everybody we know, verified or not.
        own: Our own fingerprint.
        staging: Where the files go, under the hex of their names.
        accept: Called with head, its bytes and its raw signature before any of the payload is
            read; an error that it raises ends the opening.
        progress: Told how many bytes of how many were read; may raise `Cancelled`.
        command: What starts the opener; the program's own if None.
        part_bytes: How large one member may be.

    Raises:
        BundleError, MediumGone, StorageError: One of their kinds, with the reason.
    """
    if found.missing:
        raise PartMissing(part=found.missing[0])
    opener = OpenerProcess(command or default_command())
    opening = _Opening(opener, contacts, own, staging, progress)
    try:
        opener.tell(
            {
                "identities": list(identities),
                "volumes": [str(path.absolute()) for path in found.volumes],
                "total_bytes": found.total_bytes,
                "staging": str(staging.absolute()),
                "own": own,
                "contacts": {name: b64encode(key).decode() for name, key in contacts.items()},
                "part_bytes": part_bytes,
                "memory_bytes": MEMORY_BYTES,
            }
        )
        return opening.run(accept)
    except BaseException as error:
        opener.end()
        opening.clear()
        if isinstance(error, Breach | Ended | OSError | ValueError):
            error = BundleDamaged(why="the process that reads it stopped")
        if (part := _part_at_fault(found, error)) is not None:
            raise PartDamaged(part=part) from error
        raise error from None


def read_staged(staging: Path, staged: Staged) -> Iterator[bytes]:
    """Yield the content of a staged file piece by piece.

    Raises:
        BundleDamaged: It is not what was staged.
    """
    try:
        with files.open_plain(staging / staged.name.hex()) as sealed:
            yield from sealing.open_sealed(sealed, staged.key, staged.name, staged.size_bytes)
    except (OSError, UnsafeFolder, sealing.Unauthentic) as error:
        raise BundleDamaged(why="what was read from it was altered on this computer") from error


def drop(staging: Path, staged: Sequence[Staged]) -> None:
    """Remove staged files that are not wanted."""
    for one in staged:
        (staging / one.name.hex()).unlink(missing_ok=True)


class _Opening:
    """What is learnt from the opener, frame by frame, and checked."""

    def __init__(
        self,
        opener: OpenerProcess,
        contacts: Mapping[Fingerprint, bytes],
        own: Fingerprint,
        staging: Path,
        progress: Callable[[int, int], None],
    ) -> None:
        self._opener = opener
        self._contacts = contacts
        self._own = own
        self._staging = staging
        self._progress = progress
        self._at = (0, 0)
        self._made: list[str] = []
        self._files: list[Staged] = []
        self._bytes = 0

    def run(self, accept: Callable[[Head, bytes, bytes], None]) -> Opened:
        first = self._next()
        raw, armoured = b64decode(_text(first, "head")), b64decode(_text(first, "sig"))
        head, signature = judge(raw, armoured, self._contacts, self._own)
        _need_space(self._staging, head)
        accept(head, raw, signature)
        self._opener.tell({"go": 1})
        while "whole" not in (frame := self._next()):
            if "done" in frame:
                self._at = (_whole(frame, "done"), _whole(frame, "total"))
                self._report()
            else:
                self._take(frame, head)
        if self._bytes != head.payload_bytes:
            raise Breach
        self._opener.end()
        return Opened(head, raw, signature, tuple(self._files))

    def clear(self) -> None:
        """Remove everything that the opener said it would make. To be called after its end."""
        for frame in self._opener.rest():
            self._note(frame)
        for name in self._made:
            with contextlib.suppress(OSError):  # staging is swept at unlock, too
                (self._staging / name).unlink(missing_ok=True)

    def _next(self) -> dict[str, object]:
        while True:
            frame = self._opener.hear(self._report)
            if "refused" in frame:
                raise refusal(frame)
            if not self._note(frame):
                return frame

    def _report(self) -> None:
        self._progress(*self._at)

    def _note(self, frame: Mapping[str, object]) -> bool:
        """Remember the name of a file that the opener is about to make."""
        if "making" not in frame:
            return False
        self._made.append(_hex(frame, "making", NAME_BYTES).hex())
        return True

    def _take(self, frame: Mapping[str, object], head: Head) -> None:
        """File one staged file, if the opener keeps to what was signed."""
        staged = Staged(
            path=_text(frame, "file"),
            sha256=_hex(frame, "sha256", 32).hex(),
            size_bytes=_whole(frame, "size"),
            name=_hex(frame, "name", NAME_BYTES),
            key=_hex(frame, "key", KEY_BYTES),
        )
        self._bytes += staged.size_bytes
        size = (self._staging / staged.name.hex()).stat(follow_symlinks=False).st_size
        known = self._made and self._made[-1] == staged.name.hex()
        if not (known and is_path(staged.path) and size == sealed_size(staged.size_bytes)):
            raise Breach
        if self._bytes > head.payload_bytes or len(self._files) >= head.payload_files:
            raise Breach
        self._files.append(staged)


def _need_space(staging: Path, head: Head) -> None:
    """Refuse a bundle that the disk cannot hold, before a byte of it is staged.

    Raises:
        DiskFull: Too little is free.
    """
    with files.storage_errors():
        free = shutil.disk_usage(staging).free
    sealed = head.payload_bytes + head.payload_bytes // 32 + head.payload_files * MIN_PADDED
    if sealed + _SPARE_BYTES > free:
        raise DiskFull


def _part_at_fault(found: Found, error: BaseException) -> int | None:
    """Return the volume that the list of sums calls damaged, if that explains the error."""
    if not isinstance(error, NotForUs | WrongFile | BundleDamaged | BundleMalformed):
        return None
    try:  # who is not meant or has another file needs no reading of a terabyte
        return first_damaged(found, 1 if isinstance(error, NotForUs | WrongFile) else 0)
    except AppError:
        return None


def _text(frame: Mapping[str, object], key: str) -> str:
    value = frame.get(key)
    if not isinstance(value, str):
        raise Breach
    return value


def _whole(frame: Mapping[str, object], key: str) -> int:
    value = frame.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Breach
    return value


def _hex(frame: Mapping[str, object], key: str, count: int) -> bytes:
    try:
        value = bytes.fromhex(_text(frame, key))
    except ValueError:
        raise Breach from None
    if len(value) != count:
        raise Breach
    return value
