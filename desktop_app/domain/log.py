"""The log of a record: entries, their exact bytes, and the openings of what they commit to.

Verify first, parse after, never serialise again: an entry is stored and sent as the bytes that
were signed. Source: resources/spec/archive-v1.md, "The record log".
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop_app.domain import strict_json
from desktop_app.domain.ids import EntryId, Fingerprint, RecordId
from desktop_app.domain.record import KINDS
from desktop_app.domain.strict_json import Malformed

VERSION = 1
NAMESPACE = "entry@skrynia.v1"
MAX_ENTRY_BYTES = 256 << 10
MAX_FOLLOWS = 64
MAX_SETS = 256
MAX_OPENING_BYTES = 16 << 20
MAX_NAME = 100
SALT_BYTES = 16
NONCE_BYTES = 16
_COMMITMENT = b"skrynia opening v1\0"
_WORD = re.compile(r"[a-z][a-z0-9 _-]{0,39}", re.ASCII)
_NAME = re.compile(r"@?[a-z][a-z0-9_]*(/[0-9a-f]{16})?", re.ASCII)
_HEX = re.compile(r"[0-9a-f]*", re.ASCII)
_KEYS = {"v", "record", "follows", "author", "type", "sets"}
_FOUNDING_KEYS = _KEYS | {"kind", "nonce"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One signed statement about a record, parsed from `raw`."""

    id: EntryId
    raw: bytes
    record: RecordId  # of a founding entry: its own id
    follows: tuple[EntryId, ...]
    author: Fingerprint
    type: str
    sets: frozenset[str]  # commitments, 64 hex each
    kind: str | None = None  # only on a founding entry
    version: int = VERSION

    @property
    def founding(self) -> bool:
        """Whether this entry made the record."""
        return not self.follows


@dataclass(frozen=True, slots=True)
class Opening:
    """The text behind one commitment. Destroying it leaves every signature valid."""

    raw: bytes
    author: Fingerprint
    name: str
    value: Any  # a strict JSON value; None takes a set element away


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry with what proves who wrote it."""

    raw: bytes
    key: bytes  # 32 bytes, Ed25519 public key
    signature: bytes  # 64 bytes, over the SSHSIG form of `raw`


def entry_id(raw: bytes) -> EntryId:
    """Return the id of the entry with these bytes."""
    return EntryId(hashlib.sha256(raw).hexdigest())


def commitment(opening: bytes) -> str:
    """Return the commitment to an opening with these bytes: 64 hex."""
    return hashlib.sha256(_COMMITMENT + opening).hexdigest()


def write_opening(author: Fingerprint, name: str, salt: bytes, value: Any) -> bytes:
    """Return the bytes of an opening. `salt` is 16 fresh random bytes, used for nothing else."""
    assert len(salt) == SALT_BYTES
    return strict_json.write([author, name, salt.hex(), value])


def write_founding(
    author: Fingerprint, type_: str, kind: str, nonce: bytes, openings: Iterable[bytes]
) -> bytes:
    """Return the bytes of an entry that makes a record. `nonce`: 16 fresh random bytes."""
    assert len(nonce) == NONCE_BYTES
    return strict_json.write(
        {
            "v": VERSION,
            "record": "",
            "follows": [],
            "author": author,
            "type": type_,
            "kind": kind,
            "nonce": nonce.hex(),
            "sets": sorted(commitment(opening) for opening in openings),
        }
    )


def write_entry(
    record: RecordId,
    follows: Sequence[EntryId],
    author: Fingerprint,
    type_: str,
    openings: Iterable[bytes],
) -> bytes:
    """Return the bytes of an entry that says something more of a record that exists."""
    return strict_json.write(
        {
            "v": VERSION,
            "record": record,
            "follows": sorted(follows),
            "author": author,
            "type": type_,
            "sets": sorted(commitment(opening) for opening in openings),
        }
    )


def read_entry(raw: bytes) -> Entry:
    """Parse an entry whose signature has been verified.

    Raises:
        Malformed: It breaks a rule of the format.
    """
    if len(raw) > MAX_ENTRY_BYTES:
        raise Malformed("an entry of more than 256 KiB")
    body = strict_json.read(raw)
    if not isinstance(body, dict) or not isinstance(body.get("v"), int):
        raise Malformed("an entry that is no object with a version")
    if body["v"] < VERSION or isinstance(body["v"], bool):
        raise Malformed("an entry of no known version")
    follows = _hexes(body, "follows", MAX_FOLLOWS)
    founding = body.get("record") == ""
    if founding == bool(follows):
        raise Malformed("an entry neither founds its record nor follows an entry of it")
    if body["v"] == VERSION and set(body) != (_FOUNDING_KEYS if founding else _KEYS):
        raise Malformed("an entry with missing or foreign keys")
    own = entry_id(raw)
    return Entry(
        id=own,
        raw=raw,
        record=RecordId(own if founding else _hex(body, "record", 64)),
        follows=tuple(EntryId(one) for one in follows),
        author=Fingerprint(_hex(body, "author", 64)),
        type=_word(body, "type"),
        sets=frozenset(_hexes(body, "sets", MAX_SETS)),
        kind=_kind(body) if founding else None,
        version=body["v"],
    )


def read_opening(raw: bytes, entry: Entry) -> Opening:
    """Parse an opening and prove that it belongs to `entry`.

    The author stands inside, so that nobody can plant another's commitment in an entry of his own.

    Raises:
        Malformed: It breaks a rule of the format, or belongs to another entry.
    """
    if len(raw) > MAX_OPENING_BYTES:
        raise Malformed("an opening of more than 16 MiB")
    if commitment(raw) not in entry.sets:
        raise Malformed("an opening that its entry does not commit to")
    body = strict_json.read(raw)
    if not (isinstance(body, list) and len(body) == 4):
        raise Malformed("an opening that is no list of four")
    author, name, salt, value = body
    if author != entry.author:
        raise Malformed("an opening by another author than its entry's")
    if not (isinstance(name, str) and len(name) <= MAX_NAME and _NAME.fullmatch(name)):
        raise Malformed("an opening without a field name")
    if not (isinstance(salt, str) and len(salt) == 2 * SALT_BYTES and _is_hex(salt)):
        raise Malformed("an opening without its salt")
    return Opening(raw, entry.author, name, value)


def write_line(signed: SignedEntry, openings: Iterable[bytes]) -> bytes:
    """Return an entry and some of its openings as one line, as they travel; no line break."""
    return strict_json.write(
        {
            "entry": _b64(signed.raw),
            "key": _b64(signed.key),
            "sig": _b64(signed.signature),
            "open": [_b64(one) for one in openings],
        }
    )


def read_line(line: bytes) -> tuple[SignedEntry, list[bytes]]:
    """Parse a line. Nothing in it is verified yet.

    Raises:
        Malformed: It is no line of a log.
    """
    body = strict_json.read(line)
    if not isinstance(body, dict) or set(body) != {"entry", "key", "sig", "open"}:
        raise Malformed("a line that is no log line")
    openings = body["open"]
    if not isinstance(openings, list) or len(openings) > MAX_SETS:
        raise Malformed("a line with too many openings")
    signed = SignedEntry(_bytes(body["entry"]), _bytes(body["key"]), _bytes(body["sig"]))
    if len(signed.key) != 32 or len(signed.signature) != 64:
        raise Malformed("a line whose key or signature has the wrong size")
    return signed, [_bytes(one) for one in openings]


def open_all(entry: Entry, openings: Iterable[bytes]) -> Mapping[str, Opening]:
    """Return the openings of `entry` by field name.

    Raises:
        Malformed: One does not belong to it, or two name the same field.
    """
    found: dict[str, Opening] = {}
    for raw in openings:
        opening = read_opening(raw, entry)
        if opening.name in found:
            raise Malformed("an entry that sets one field twice")
        found[opening.name] = opening
    return found


def _kind(body: Mapping[str, Any]) -> str:
    _hex(body, "nonce", 2 * NONCE_BYTES)
    kind = _word(body, "kind")
    if body["v"] == VERSION and kind not in KINDS:
        raise Malformed("a record of no known kind")
    return kind


def _word(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not (isinstance(value, str) and _WORD.fullmatch(value)):
        raise Malformed(f"{key} is not a short word")
    return value


def _hex(body: Mapping[str, Any], key: str, length: int) -> str:
    value = body.get(key)
    if not (isinstance(value, str) and len(value) == length and _is_hex(value)):
        raise Malformed(f"{key} is not {length} hex digits")
    return value


def _hexes(body: Mapping[str, Any], key: str, most: int) -> list[str]:
    values = body.get(key)
    if not isinstance(values, list) or len(values) > most:
        raise Malformed(f"{key} is not a list of at most {most}")
    if not all(isinstance(one, str) and len(one) == 64 and _is_hex(one) for one in values):
        raise Malformed(f"{key} holds something that is not 64 hex digits")
    if values != sorted(set(values)):
        raise Malformed(f"{key} is not in order, or holds one twice")
    return values


def _is_hex(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise Malformed("a line without its base64")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise Malformed("a line with broken base64") from None
