"""Sealing of blobs: Cobblestone-256 over content padded to its Padmé size.

Source: resources/spec/archive-v1.md, "Blobs"; C2SP chunked-encryption; Padmé: Nikitin et al.,
Reducing Metadata Leakage from Encrypted Files, 2019.
"""

import hashlib
from collections.abc import Iterator
from typing import Protocol

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

KEY_BYTES = 32
NAME_BYTES = 16
MIN_PADDED = 64 << 10
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


def padded_size(size: int) -> int:
    """Return the size that `size` bytes are padded to: 64 KiB, or at most 3.2 % more."""
    if size <= MIN_PADDED:
        return MIN_PADDED
    exponent = size.bit_length() - 1
    zero_bits = exponent - exponent.bit_length()
    mask = (1 << zero_bits) - 1
    return (size + mask) & ~mask


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
    encryptor = Cobblestone256Encryptor(key, name)
    digest = hashlib.sha256()
    size = 0
    while piece := plaintext.read(CHUNK_BYTES):
        digest.update(piece)
        size += len(piece)
        sealed.write(encryptor.update(piece))
    padding = padded_size(size) - size
    while padding > 0:
        sealed.write(encryptor.update(_ZEROS[: min(padding, CHUNK_BYTES)]))
        padding -= min(padding, CHUNK_BYTES)
    sealed.write(encryptor.finalize())
    return digest.hexdigest(), size


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
