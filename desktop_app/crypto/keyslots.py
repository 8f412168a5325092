"""keys.json: the archive key, wrapped once for every way in.

Line 1 is the body, line 2 the hex HMAC-SHA256 of line 1's exact bytes under a key that only the
archive key gives. Source: resources/spec/archive-v1.md, "Keys".
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desktop_app.crypto.keys import ArchiveKeys, derive, random_bytes
from desktop_app.crypto.passphrase import (
    MAX_LANES,
    MAX_MEMORY_KIB,
    MAX_PASSES,
    Cost,
)
from desktop_app.crypto.passphrase import derive as derive_kek
from desktop_app.domain import strict_json
from desktop_app.domain.strict_json import Malformed

FORMAT = "skrynia-archive/1"
MAX_HEADER_BYTES = 64 << 10
MAX_SLOTS = 16
ID_BYTES = 16
SALT_BYTES = 16
_NONCE_BYTES = 12
_ARCHIVE_KEY_BYTES = 32
_TAG_BYTES = 16
_MIN_MEMORY_PER_LANE_KIB = 8  # Argon2's own lower bound


@dataclass(frozen=True, slots=True)
class Slot:
    """One way in. `head` is kept as the bytes that were authenticated."""

    head: bytes
    wrapped: bytes
    type: str
    salt: bytes
    cost: Cost | None  # None: a slot of a type this release cannot open


@dataclass(frozen=True, slots=True)
class Header:
    """One replica of keys.json, parsed within its bounds and not yet authenticated."""

    body: bytes
    mac: bytes
    archive_id: bytes
    serial: int
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What a passphrase opened."""

    archive_key: bytes
    keys: ArchiveKeys
    header: Header
    authentic: bool  # False: the MAC does not fit; somebody altered the header


def make(archive_id: bytes, serial: int, slots: Iterable[Slot], keys: ArchiveKeys) -> bytes:
    """Return the bytes of keys.json."""
    body = strict_json.write(
        {
            "format": FORMAT,
            "archive": archive_id.hex(),
            "serial": serial,
            "slots": [{"head": _b64(s.head), "wrapped": _b64(s.wrapped)} for s in slots],
        }
    )
    return _lines(body, _mac(keys, body))


def written(header: Header) -> bytes:
    """Return the bytes of keys.json that `read` made `header` of."""
    return _lines(header.body, header.mac)


def is_authentic(header: Header, keys: ArchiveKeys) -> bool:
    """Return whether a header is as a program with the archive key wrote it."""
    return hmac.compare_digest(_mac(keys, header.body), header.mac)


def wrap(archive_key: bytes, passphrase: str, cost: Cost) -> Slot:
    """Return a new passphrase slot for `archive_key`."""
    salt = random_bytes(SALT_BYTES)
    head = strict_json.write(
        {
            "type": "passphrase",
            "salt": _b64(salt),
            "memory_kib": cost.memory_kib,
            "passes": cost.passes,
            "lanes": cost.lanes,
        }
    )
    kek = derive_kek(passphrase, salt, cost, head)
    nonce = random_bytes(_NONCE_BYTES)
    return Slot(
        head, nonce + AESGCM(kek).encrypt(nonce, archive_key, head), "passphrase", salt, cost
    )


def read(raw: bytes) -> Header:
    """Parse one replica of keys.json within its bounds, before any costly work.

    Raises:
        Malformed: It is damaged, or asks for more than an archive of ours ever asks for.
    """
    if len(raw) > MAX_HEADER_BYTES:
        raise Malformed("it is larger than 64 KiB")
    lines = raw.split(b"\n")
    if len(lines) != 3 or lines[2] != b"":
        raise Malformed("it does not have two lines")
    body = strict_json.read(lines[0])
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise Malformed("it is of another format")
    slots = body.get("slots")
    if not isinstance(slots, list) or not 1 <= len(slots) <= MAX_SLOTS:
        raise Malformed("it has no keyslot, or more than 16")
    serial = body.get("serial")
    if not isinstance(serial, int) or isinstance(serial, bool) or serial < 1:
        raise Malformed("it has no serial number")
    return Header(
        body=lines[0],
        mac=_from_hex(lines[1].decode("ascii", "replace"), 32),
        archive_id=_from_hex(body.get("archive"), ID_BYTES),
        serial=serial,
        slots=tuple(_slot(one) for one in slots),
    )


def open_with(headers: Iterable[Header], passphrase: str) -> Opened | None:
    """Return what `passphrase` opens, or None.

    Of replicas that differ, the authentic one with the highest serial wins; every distinct slot
    is tried once.
    """
    headers = sorted(headers, key=lambda header: -header.serial)
    best: Opened | None = None
    for header, archive_key in _tried(headers, passphrase):
        for one in headers:
            keys = derive(archive_key, one.archive_id)
            found = Opened(archive_key, keys, one, is_authentic(one, keys))
            if found.authentic:
                return found
            if one is header and best is None:
                best = found
    return best


def _tried(headers: Iterable[Header], passphrase: str) -> Iterator[tuple[Header, bytes]]:
    seen = set()
    for header in headers:
        for slot in header.slots:
            if slot.cost is None or (slot.head, slot.wrapped) in seen:
                continue
            seen.add((slot.head, slot.wrapped))
            archive_key = _unwrap(slot, slot.cost, passphrase)
            if archive_key is not None:
                yield header, archive_key


def _unwrap(slot: Slot, cost: Cost, passphrase: str) -> bytes | None:
    kek = derive_kek(passphrase, slot.salt, cost, slot.head)
    nonce, sealed = slot.wrapped[:_NONCE_BYTES], slot.wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(kek).decrypt(nonce, sealed, slot.head)
    except InvalidTag:
        return None


def _slot(body: Any) -> Slot:
    if not isinstance(body, dict) or set(body) != {"head", "wrapped"}:
        raise Malformed("a keyslot is damaged")
    raw, wrapped = _from_b64(body["head"]), _from_b64(body["wrapped"])
    head = strict_json.read(raw)
    if not isinstance(head, dict) or not isinstance(head.get("type"), str):
        raise Malformed("a keyslot is damaged")
    if head["type"] != "passphrase":
        return Slot(raw, wrapped, head["type"], b"", None)
    if len(wrapped) != _NONCE_BYTES + _ARCHIVE_KEY_BYTES + _TAG_BYTES:
        raise Malformed("a keyslot is damaged")
    salt = _from_b64(head.get("salt"))
    if not 8 <= len(salt) <= 64:
        raise Malformed("a keyslot is damaged")
    return Slot(raw, wrapped, head["type"], salt, _cost(head))


def _cost(head: dict[str, Any]) -> Cost:
    numbers = [head.get(name) for name in ("memory_kib", "passes", "lanes")]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in numbers):
        raise Malformed("a keyslot is damaged")
    memory, passes, lanes = (int(one or 0) for one in numbers)
    fits = (
        1 <= lanes <= MAX_LANES
        and 1 <= passes <= MAX_PASSES
        and _MIN_MEMORY_PER_LANE_KIB * lanes <= memory <= MAX_MEMORY_KIB
    )
    if not fits:
        raise Malformed("it asks for an amount of memory or time that no archive asks for")
    return Cost(memory, passes, lanes)


def _lines(body: bytes, mac: bytes) -> bytes:
    return body + b"\n" + mac.hex().encode() + b"\n"


def _mac(keys: ArchiveKeys, body: bytes) -> bytes:
    return hmac.digest(keys.header, body, "sha256")


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _from_b64(value: Any) -> bytes:
    if not isinstance(value, str):
        raise Malformed("a keyslot is damaged")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("a keyslot is damaged") from None


def _from_hex(value: Any, length: int) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != length:
        raise Malformed("a number in it is damaged")
    return found
