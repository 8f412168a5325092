"""What is derived from the archive key, and random bytes."""

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class ArchiveKeys:
    """Keys derived from the archive key; each 32 bytes, each for one use."""

    database: bytes
    header: bytes


def derive(archive_key: bytes, archive_id: bytes) -> ArchiveKeys:
    """Return the keys of the archive `archive_id` (16 bytes).

    Source: resources/spec/archive-v1.md, "Keys".
    """

    def one(use: str) -> bytes:
        info = b"skrynia/v1/" + use.encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=archive_id, info=info).derive(
            archive_key
        )

    return ArchiveKeys(one("db"), one("header"))


def random_bytes(count: int) -> bytes:
    """Return bytes that nobody can guess, from the operating system."""
    return os.urandom(count)
