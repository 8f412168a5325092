"""Cards: somebody's public keys to hand over, signed by themselves.

A signature by the card's own key proves only that its maker holds the key. Who that is, two people
find out by comparing the 60 digits, in person or by voice.

Source: resources/spec/bundle-v1.md, "Card".
"""

import base64
import datetime
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from desktop_app.bundle import signed_line
from desktop_app.crypto import signing
from desktop_app.crypto.recipients import read_recipient
from desktop_app.crypto.signing import Signer
from desktop_app.domain import strict_json
from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import CardRefused

NAMESPACE = "card@skrynia.v1"
MAX_NAME = 100
MAX_RECIPIENTS = 8
_TYPE = "skrynia-card/1"
_KEYS = {"type", "name", "number", "signing_key", "recipients", "valid_from", "supersedes"}
_PARTS = {"card", "key", "sig"}
_OLD_PARTS = frozenset({"old_key", "old_sig"})
_TEXT = "skrynia1:"
_DIGITS = b"skrynia digits v1\0"
_GROUPS = 12
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Card:
    """What somebody says of their own keys."""

    name: str  # what they call themselves: a suggestion, no more
    number: int  # from 1; a lower one never replaces a higher
    signing_key: bytes  # 32 bytes, Ed25519
    recipients: tuple[str, ...]  # age1…, the one to use first
    valid_from: str  # YYYY-MM-DD
    supersedes: str = ""  # the fingerprint of the key before, or ""

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of the signing key."""
        return signing.fingerprint(self.signing_key)


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A card with what proves that its maker holds the key, and the key before if there was one."""

    card: Card
    raw: bytes  # what is signed
    signature: bytes  # 64 bytes
    old_key: bytes = b""
    old_signature: bytes = b""


def make(card: Card, signer: Signer, old: Signer | None = None) -> SignedCard:
    """Sign a card.

    Args:
        card: What to sign; its key is the signer's.
        signer: The key that the card is about.
        old: The key that it supersedes.
    """
    assert card.signing_key == signer.public
    assert card.supersedes == (old.fingerprint if old else "")
    raw = _write(card)
    signature = signer.sign(raw, NAMESPACE)
    if old is None:
        return SignedCard(card, raw, signature)
    return SignedCard(card, raw, signature, old.public, old.sign(raw, NAMESPACE))


def write_file(signed: SignedCard) -> bytes:
    """Return the card as a file: one line of JSON."""
    parts = {"card": signed.raw, "key": signed.card.signing_key, "sig": signed.signature}
    if signed.old_key:
        parts |= {"old_key": signed.old_key, "old_sig": signed.old_signature}
    return signed_line.write(parts)


def write_text(signed: SignedCard) -> str:
    """Return the card as text without spaces, for a message or a QR code."""
    return _TEXT + base64.urlsafe_b64encode(write_file(signed)).decode().rstrip("=")


def read(raw: bytes) -> SignedCard:
    """Return the card that a file holds, in either form.

    Raises:
        CardRefused: It is not a card, or not signed by its own key.
    """
    if raw.lstrip()[: len(_TEXT)] == _TEXT.encode():
        return read_text(raw.decode("ascii", "replace"))
    return read_file(raw)


def read_text(text: str) -> SignedCard:
    """Return the card that a text holds; spaces and line ends in it do not matter.

    Raises:
        CardRefused: It is not a card, or not signed by its own key.
    """
    joined = "".join(text.split())
    # Base64 is a third longer than what it spells.
    if not joined.startswith(_TEXT) or len(joined) > 2 * signed_line.MAX_BYTES:
        raise CardRefused(why="it does not begin as a card does")
    spelt = joined.removeprefix(_TEXT)
    try:
        raw = base64.b64decode(spelt + "=" * (-len(spelt) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise CardRefused(why="a letter of it is wrong") from None
    return read_file(raw)


def read_file(raw: bytes) -> SignedCard:
    """Return the card that a file holds, its signatures verified.

    Raises:
        CardRefused: It is not a card, or not signed by its own key.
    """
    try:
        parts = signed_line.read(raw, _PARTS, _OLD_PARTS)
        # libsodium refuses keys of small order and keys with two spellings.
        if not signing.verify(parts["key"], parts["card"], parts["sig"], NAMESPACE):
            raise Malformed("its signature is wrong")
        card = _parse(parts["card"])
        if card.signing_key != parts["key"]:
            raise Malformed("it is signed by another key than its own")
        old_key, old_signature = parts.get("old_key", b""), parts.get("old_sig", b"")
        _check_old(card, parts["card"], old_key, old_signature)
    except Malformed as error:
        raise CardRefused(why=error) from None
    return SignedCard(card, parts["card"], parts["sig"], old_key, old_signature)


def digits(public: bytes) -> str:
    """Return the 60 digits that two people compare: twelve groups of five."""
    digest = hashlib.sha512(_DIGITS + public).digest()
    groups = (digest[at : at + 5] for at in range(0, 5 * _GROUPS, 5))
    return " ".join(f"{int.from_bytes(group) % 100_000:05d}" for group in groups)


def same_digits(typed: str, public: bytes) -> bool:
    """Return whether `typed` are the 60 digits of this key; what stands between does not matter."""
    only = "".join(str(unicodedata.digit(sign)) for sign in typed if sign.isdigit())
    return only == digits(public).replace(" ", "")


def _check_old(card: Card, raw: bytes, old_key: bytes, old_signature: bytes) -> None:
    if not card.supersedes:
        if old_key or old_signature:
            raise Malformed("it names a key before that it does not supersede")
        return
    if signing.fingerprint(old_key) != card.supersedes or card.supersedes == card.fingerprint:
        raise Malformed("it does not come with the key that it supersedes")
    if not signing.verify(old_key, raw, old_signature, NAMESPACE):
        raise Malformed("the key before did not sign it")


def _write(card: Card) -> bytes:
    return strict_json.write(
        {
            "type": _TYPE,
            "name": card.name,
            "number": card.number,
            "signing_key": base64.b64encode(card.signing_key).decode(),
            "recipients": list(card.recipients),
            "valid_from": card.valid_from,
            "supersedes": card.supersedes,
        }
    )


def _parse(raw: bytes) -> Card:
    body = strict_json.read(raw)
    if not isinstance(body, dict) or body.get("type") != _TYPE or set(body) != _KEYS:
        raise Malformed("it is not a card of a known form")
    number = body["number"]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise Malformed("it has no number")
    supersedes = body["supersedes"]
    if not isinstance(supersedes, str) or not (supersedes == "" or _HEX.fullmatch(supersedes)):
        raise Malformed("what it supersedes is no key")
    return Card(
        name=_name(body["name"]),
        number=number,
        signing_key=_key(body["signing_key"]),
        recipients=_recipients(body["recipients"]),
        valid_from=_day(body["valid_from"]),
        supersedes=supersedes,
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise Malformed("it has no name, or one that is too long")
    if not value.isprintable() or value != value.strip():
        raise Malformed("its name has signs that cannot be seen")
    return value


def _key(value: Any) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise Malformed("its key is none") from None
    if len(key) != signing.SEED_BYTES or base64.b64encode(key).decode() != value:
        raise Malformed("its key is none")
    return key


def _recipients(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_RECIPIENTS:
        raise Malformed("it has no reading key, or too many")
    if not all(isinstance(one, str) for one in value) or len(set(value)) != len(value):
        raise Malformed("a reading key is none, or stands twice")
    return tuple(read_recipient(one) for one in value)


def _day(value: Any) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Malformed("it has no day")
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        raise Malformed("it has no day") from None
    return value
