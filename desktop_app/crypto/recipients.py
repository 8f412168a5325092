"""Reading keys: age X25519 identities and recipients, checked before the age library sees them.

The library accepts recipients of small order and panics when it seals to one, so every recipient
that comes from outside passes `read_recipient` first.

Sources: age-encryption.org/v1 (C2SP); BIP 173 for Bech32; RFC 7748 for X25519.
"""

from dataclasses import dataclass

import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from desktop_app.domain.strict_json import Malformed

_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_PREFIX = "age"
_POINT_BYTES = 32
_TEXT_CHARS = 62  # "age1", 52 signs of data, 6 of checksum
_PRIME = 2**255 - 19


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """A reading key. Without a repr, so that no message shows the secret."""

    secret: str  # AGE-SECRET-KEY-1…
    recipient: str  # age1…


def new_identity() -> Identity:
    """Return a fresh reading key."""
    identity = pyrage.x25519.Identity.generate()
    return Identity(str(identity), str(identity.to_public()))


def recipient_of(secret: str) -> str:
    """Return the recipient that belongs to a secret.

    Raises:
        Malformed: It is not the secret of a reading key.
    """
    try:
        return str(pyrage.x25519.Identity.from_str(secret).to_public())
    except pyrage.IdentityError:
        raise Malformed("a reading key that is none") from None


def read_recipient(text: str) -> str:
    """Return `text` if it is an age X25519 recipient that can be sealed to.

    Raises:
        Malformed: It is not canonical Bech32 of a canonical point, or a point of small order.
    """
    if len(text) != _TEXT_CHARS or not text.startswith(_PREFIX + "1"):
        raise Malformed("a recipient that does not read age1…")
    values = [_SIGNS.find(sign) for sign in text[len(_PREFIX) + 1 :]]
    if min(values) < 0 or _checksum(values) != 1:
        raise Malformed("a recipient with a wrong letter")
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    if number & 0xF:  # 52 signs carry 260 bits; the four too many are zero
        raise Malformed("a recipient that is not canonical")
    point = (number >> 4).to_bytes(_POINT_BYTES, "big")
    if int.from_bytes(point, "little") >= _PRIME:
        raise Malformed("a recipient that is not canonical")
    _need_large_order(point)
    return text


def _need_large_order(point: bytes) -> None:
    """Refuse a point that gives everybody the same secret."""
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        raise Malformed("a recipient of small order") from None


def _checksum(values: list[int]) -> int:
    """Return BIP 173's checksum of prefix and data; 1 when it is right."""
    spread = [ord(sign) >> 5 for sign in _PREFIX] + [0] + [ord(sign) & 31 for sign in _PREFIX]
    state = 1
    for value in spread + values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            state ^= generator if top >> bit & 1 else 0
    return state
