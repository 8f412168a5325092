"""From a passphrase to a key-encryption key: Argon2id, as costly as this computer bears."""

import time
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

LANES = 4
KIB = 1024
MAX_MEMORY_KIB = 2 << 20  # what a reader accepts: 2 GiB
MAX_PASSES = 64
MAX_LANES = 16
_TOP_MEMORY_KIB = 1 << 20  # what a writer asks for at most: 1 GiB
_LOW_MEMORY_KIB = 256 << 10
_FIRST_PASSES = 3
_TARGET_S = 1.5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int = LANES


def derive(passphrase: str, salt: bytes, cost: Cost, head: bytes) -> bytes:
    """Return the 32-byte key-encryption key.

    `head` is the slot's stored head: it goes in as associated data, so that a slot whose numbers
    were altered gives another key. The passphrase is NFKC and UTF-8, nothing stripped.

    Source: RFC 9106; resources/spec/archive-v1.md, "Keys".
    """
    secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8")
    return Argon2id(
        salt=salt,
        length=32,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
        ad=head,
    ).derive(secret)


def calibrate(memory_bytes: int) -> Cost:
    """Return a cost near 1.5 s on this computer, which has `memory_bytes` of memory.

    Memory starts at a quarter of it, at most 1 GiB, and is halved until three passes fit, not
    below 256 MiB; then passes are added as long as they fit.
    """
    memory = _TOP_MEMORY_KIB
    while memory > _LOW_MEMORY_KIB and memory * KIB > memory_bytes // 4:
        memory //= 2
    took = _time(Cost(memory, _FIRST_PASSES))
    while memory > _LOW_MEMORY_KIB and took > _TARGET_S:
        memory //= 2
        took = _time(Cost(memory, _FIRST_PASSES))
    passes = int(_FIRST_PASSES * _TARGET_S / max(took, 0.001))
    return Cost(memory, min(max(passes, _FIRST_PASSES), MAX_PASSES))


def _time(cost: Cost) -> float:
    start = time.monotonic()
    derive("calibration", b"calibration salt", cost, b"")
    return time.monotonic() - start
