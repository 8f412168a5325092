"""bundle.json: what the sender signs, made and parsed. Bytes only, no files.

Source: resources/spec/bundle-v1.md, "Authority".
"""

import datetime
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from desktop_app.bundle.bag import MAX_HEAD
from desktop_app.crypto.keys import random_bytes
from desktop_app.crypto.stream import CLASSES
from desktop_app.domain import strict_json
from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.strict_json import Malformed

NAMESPACE = "bundle@skrynia.v1"
MAX_FILES = 1_000_000
MAX_RECEIPTS = 1_000
MAX_REQUESTS = 10_000
MAX_NAMED = 10_000  # ids in one receipt
STATES = ("arrived", "taken", "part")
_TYPE = "skrynia-bundle/"
_VERSION = "1"
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_WORD = re.compile(r"[a-z][a-z-]{0,19}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NEWER = re.compile(r"skrynia-bundle/[1-9][0-9]{0,3}", re.ASCII)
_T = TypeVar("_T")


class TooNew(Malformed):
    """A later format than this program knows; the text is its type."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The reader's newest bundle.json that the sender took in: shows a rolled-back archive."""

    sha512: str  # 128 hex, of the exact bytes
    signature: str  # 128 hex, the raw signature over them


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one bundle of the reader's."""

    bundle: str  # 64 hex: SHA-256 of its bundle.json
    state: str  # one of STATES
    refused: tuple[str, ...] = ()  # 64 hex each, in order
    missing: tuple[str, ...] = ()  # 64 hex each, in order


@dataclass(frozen=True, slots=True)
class Request:
    """Something that the sender asks the reader for. Unknown kinds are passed over."""

    kind: str  # a short word
    id: str  # 64 hex


@dataclass(frozen=True, slots=True)
class Head:
    """A bundle.json."""

    bundle_id: str  # 32 hex
    sender: Fingerprint
    recipients: tuple[str, ...]  # as `audience` returns
    stream: str  # 32 hex, one per exact audience
    number: int  # from 1, within the stream
    previous: str  # 64 hex: SHA-256 of the bundle.json before; "" for number 1
    manifest_sha256: str
    payload_files: int
    payload_bytes: int
    padded_size: int  # of the whole stream that is sealed
    seen: Seen | None
    receipts: tuple[Receipt, ...]
    requests: tuple[Request, ...]
    made: str  # YYYY-MM-DD, as the sender's clock said; for display


def head_hash(raw: bytes) -> str:
    """Return what `previous` and receipts call the bundle with this bundle.json."""
    return hashlib.sha256(raw).hexdigest()


def audience(bundle_id: str, readers: Iterable[Fingerprint], count: int) -> tuple[str, ...]:
    """Return the readers of a bundle as it names them, filled up with random values to `count`.

    Whoever holds a reader's card can test for that reader, nobody else can.
    """
    real = [_mark(bundle_id, reader) for reader in readers]
    assert len(real) <= count
    return tuple(sorted(real + [random_bytes(32).hex() for _ in range(count - len(real))]))


def is_for(head: Head, reader: Fingerprint) -> bool:
    """Return whether the sender signed the bundle for this reader."""
    return _mark(head.bundle_id, reader) in head.recipients


def _mark(bundle_id: str, reader: Fingerprint) -> str:
    return hmac.digest(bytes.fromhex(bundle_id), bytes.fromhex(reader), "sha256").hex()


def write_head(head: Head) -> bytes:
    """Return the bytes of a bundle.json; they are what is signed."""
    seen = {"sha512": head.seen.sha512, "signature": head.seen.signature} if head.seen else None
    return strict_json.write(
        {
            "type": _TYPE + _VERSION,
            "bundle_id": head.bundle_id,
            "sender": head.sender,
            "recipients": list(head.recipients),
            "stream": head.stream,
            "number": head.number,
            "previous": head.previous,
            "manifest_sha256": head.manifest_sha256,
            "payload_files": head.payload_files,
            "payload_bytes": head.payload_bytes,
            "padded_size": head.padded_size,
            "seen": seen,
            "receipts": [
                {
                    "bundle": one.bundle,
                    "state": one.state,
                    "refused": list(one.refused),
                    "missing": list(one.missing),
                }
                for one in head.receipts
            ],
            "requests": [{"kind": one.kind, "id": one.id} for one in head.requests],
            "made": head.made,
        }
    )


def read_head(raw: bytes) -> Head:
    """Parse a bundle.json whose signature has been verified.

    Raises:
        TooNew: Its type is of a later format.
        Malformed: It breaks a rule of the format.
    """
    if len(raw) > MAX_HEAD:
        raise Malformed("its head is larger than 1 MiB")
    body = strict_json.read(raw)
    if not isinstance(body, dict):
        raise Malformed("its head is no object")
    _check_type(body.get("type"))
    _need_keys(body, set(Head.__dataclass_fields__) | {"type"})
    number = _number(body, "number", least=1)
    return Head(
        bundle_id=_hex(body, "bundle_id", 32),
        sender=Fingerprint(_hex(body, "sender", 64)),
        recipients=_recipients(body),
        stream=_hex(body, "stream", 32),
        number=number,
        previous=_hex(body, "previous", 64) if number > 1 else _empty(body, "previous"),
        manifest_sha256=_hex(body, "manifest_sha256", 64),
        payload_files=_number(body, "payload_files", most=MAX_FILES),
        payload_bytes=_number(body, "payload_bytes"),
        padded_size=_number(body, "padded_size"),
        seen=None if body["seen"] is None else _seen(body["seen"]),
        receipts=_list(body, "receipts", MAX_RECEIPTS, _receipt),
        requests=_list(body, "requests", MAX_REQUESTS, _request),
        made=_day(body, "made"),
    )


def _check_type(found: object) -> None:
    if found == _TYPE + _VERSION:
        return
    if isinstance(found, str) and _NEWER.fullmatch(found):
        raise TooNew(found)
    raise Malformed("its head is of no known type")


def _seen(value: Any) -> Seen:
    _need_keys(value, {"sha512", "signature"})
    return Seen(_hex(value, "sha512", 128), _hex(value, "signature", 128))


def _receipt(value: Any) -> Receipt:
    _need_keys(value, {"bundle", "state", "refused", "missing"})
    if value["state"] not in STATES:
        raise Malformed("a receipt of no known state")
    return Receipt(
        _hex(value, "bundle", 64),
        value["state"],
        _list(value, "refused", MAX_NAMED, _id),
        _list(value, "missing", MAX_NAMED, _id),
    )


def _request(value: Any) -> Request:
    _need_keys(value, {"kind", "id"})
    if not (isinstance(value["kind"], str) and _WORD.fullmatch(value["kind"])):
        raise Malformed("a request without a kind")
    return Request(value["kind"], _hex(value, "id", 64))


def _recipients(body: Mapping[str, Any]) -> tuple[str, ...]:
    marks = _list(body, "recipients", CLASSES[-1], _id)
    if len(marks) not in CLASSES or list(marks) != sorted(set(marks)):
        raise Malformed("its recipients are not in order, or of no known count")
    return marks


def _need_keys(value: Any, keys: set[str]) -> None:
    if not isinstance(value, dict) or set(value) != keys:
        raise Malformed("its head has missing or foreign keys")


def _list(body: Mapping[str, Any], key: str, most: int, one: Callable[[Any], _T]) -> tuple[_T, ...]:
    values = body[key]
    if not isinstance(values, list) or len(values) > most:
        raise Malformed(f"{key} is not a list of at most {most}")
    return tuple(one(value) for value in values)


def _id(value: Any) -> str:
    return _hex({"an id": value}, "an id", 64)


def _hex(body: Mapping[str, Any], key: str, length: int) -> str:
    value = body[key]
    if not (isinstance(value, str) and len(value) == length and _HEX.fullmatch(value)):
        raise Malformed(f"{key} is not {length} hex digits")
    return value


def _empty(body: Mapping[str, Any], key: str) -> str:
    if body[key] != "":
        raise Malformed(f"the first of a row has a {key}")
    return ""


def _number(body: Mapping[str, Any], key: str, least: int = 0, most: int = 2**53 - 1) -> int:
    value = body[key]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Malformed(f"{key} is not a number that it can be")
    return value


def _day(body: Mapping[str, Any], key: str) -> str:
    value = body[key]
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise Malformed(f"{key} is not a day")
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        raise Malformed(f"{key} is not a day") from None
    return value
