"""Sealing of blobs: Cobblestone-256 over content padded to its Padmé size.

Source: resources/spec/archive-v1.md, "Blobs"; C2SP chunked-encryption; Padmé: Nikitin et al.,
Reducing Metadata Leakage from Encrypted Files, 2019.
"""

import hashlib
from collections.abc import Iterator
from typing import Protocol

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

# Named again as ours: who speaks of blobs speaks of their sizes.
from desktop_app.domain.padme import MIN_PADDED as MIN_PADDED
from desktop_app.domain.padme import padded_size as padded_size

KEY_BYTES = 32
NAME_BYTES = 16
CHUNK_BYTES = 1 << 20
_HEADER_BYTES = 56
_SEALED_CHUNK = 16_400
_OPEN_CHUNK = 16_384
_ZEROS = bytes(CHUNK_BYTES)


class Source(Protocol):
    """What can be read piece by piece."""

    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> int: ...


class Unauthentic(Exception):
    """Sealed bytes are not what was sealed under this key and name."""


def sealed_size(size: int) -> int:
    """Return the size of the sealed form of `size` bytes of content."""
    padded = padded_size(size)
    full, rest = divmod(padded, _OPEN_CHUNK)
    return _HEADER_BYTES + full * _SEALED_CHUNK + rest + 16  # the last chunk may be empty


def seal(plaintext: Source, sealed: Sink, key: bytes, name: bytes) -> tuple[str, int]:
    """Write `plaintext`, padded, to `sealed`; return its SHA-256 (hex) and size in bytes.

    Memory use does not grow with the content. After an error `sealed` holds a prefix that `open`
    rejects.

    Args:
        plaintext: Read to its end.
        sealed: Takes the sealed form.
        key: 32 random bytes, used for this blob and no other.
        name: The blob's 16 random bytes, which bind the content to its place.
    """
    sealer = Sealer(sealed, key, name)
    while piece := plaintext.read(CHUNK_BYTES):
        sealer.write(piece)
    return sealer.finish()


class Sealer:
    """Seals one blob from pieces that are pushed into it, as `seal` does from a source."""

    def __init__(self, sealed: Sink, key: bytes, name: bytes) -> None:
        """Take the same `sealed`, `key` and `name` as `seal`."""
        self._encryptor = Cobblestone256Encryptor(key, name)
        self._digest = hashlib.sha256()
        self._sealed = sealed
        self._size = 0

    def write(self, piece: bytes | memoryview) -> None:
        """Seal one more piece of the content."""
        self._digest.update(piece)
        self._size += len(piece)
        self._sealed.write(self._encryptor.update(piece))

    def finish(self) -> tuple[str, int]:
        """Seal the padding and the end; return the content's SHA-256 (hex) and size in bytes."""
        padding = padded_size(self._size) - self._size
        while padding > 0:
            self._sealed.write(self._encryptor.update(_ZEROS[: min(padding, CHUNK_BYTES)]))
            padding -= min(padding, CHUNK_BYTES)
        self._sealed.write(self._encryptor.finalize())
        return self._digest.hexdigest(), self._size


def open_sealed(sealed: Source, key: bytes, name: bytes, size: int) -> Iterator[bytes]:
    """Yield the content of a blob, `size` bytes in all.

    Every piece that comes out is authentic, but only the end tells that nothing was cut off:
    act on the whole, not on pieces.

    Raises:
        Unauthentic: Altered, cut, extended, another blob, or another size.
    """
    decryptor = Cobblestone256Decryptor(key, name)
    left, total = size, 0
    try:
        while piece := sealed.read(CHUNK_BYTES):
            opened = decryptor.update(piece)
            total += len(opened)
            yield opened[:left]
            left -= min(left, len(opened))
        last = decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise Unauthentic from error
    total += len(last)
    yield last[:left]
    if total != padded_size(size):
        raise Unauthentic
