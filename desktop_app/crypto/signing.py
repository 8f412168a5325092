"""Ed25519 signatures in the SSHSIG form, so that ssh-keygen can verify what we sign.

Source: PROTOCOL.sshsig of OpenSSH. PyNaCl alone decides what verifies: verifiers differ on
crafted keys, and two opinions inside one program would be worse than either.
"""

import base64
import hashlib
import struct
import textwrap

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.strict_json import Malformed

SEED_BYTES = 32
SIGNATURE_BYTES = 64
_ALGORITHM = b"ssh-ed25519"
_MAGIC = b"SSHSIG"
_HASH = b"sha512"


class Signer:
    """The archive's own signing key."""

    def __init__(self, seed: bytes) -> None:
        """Take the 32 random bytes that the key is made of."""
        self._seed = seed
        self._key = SigningKey(seed)
        self.public = bytes(self._key.verify_key)  # 32 bytes, which verify what this signs
        self.fingerprint = fingerprint(self.public)

    def sign(self, message: bytes, namespace: str) -> bytes:
        """Return the 64 raw bytes of an SSHSIG signature of `message`."""
        digest = hashlib.sha512(message).digest()
        return bytes(self._key.sign(_to_be_signed(digest, namespace)).signature)

    def derive(self, use: str) -> bytes:
        """Return 16 bytes that follow from this key and their use, and tell neither."""
        info = b"skrynia/v1/" + use.encode()
        return HKDF(algorithm=SHA256(), length=16, salt=None, info=info).derive(self._seed)


def verify(public: bytes, message: bytes, signature: bytes, namespace: str) -> bool:
    """Return whether `signature` over `message` is by `public`. Never raises on bad input.

    Small-order and non-canonical keys verify nothing (libsodium refuses them).
    """
    return verify_digest(public, hashlib.sha512(message).digest(), signature, namespace)


def verify_digest(public: bytes, sha512: bytes, signature: bytes, namespace: str) -> bool:
    """Like `verify`, for a message of which only the SHA-512 is known."""
    if len(public) != SEED_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        VerifyKey(public).verify(_to_be_signed(sha512, namespace), signature)
    except BadSignatureError:
        return False
    return True


def fingerprint(public: bytes) -> Fingerprint:
    """Return hex SHA-256 of the ssh public-key blob of `public`."""
    return Fingerprint(hashlib.sha256(_public_blob(public)).hexdigest())


def armour(public: bytes, signature: bytes, namespace: str) -> bytes:
    """Return the file that `ssh-keygen -Y verify -s` reads."""
    blob = (
        _MAGIC
        + struct.pack(">I", 1)
        + _string(_public_blob(public))
        + _string(namespace.encode())
        + _string(b"")
        + _string(_HASH)
        + _string(_string(_ALGORITHM) + _string(signature))
    )
    lines = "\n".join(textwrap.wrap(base64.b64encode(blob).decode(), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n".encode()


def read_armour(raw: bytes, namespace: str) -> tuple[bytes, bytes]:
    """Return the public key (32 bytes) and the signature (64 bytes) of what `armour` wrote.

    Whatever is not byte for byte what `armour` writes is refused: another namespace, hash or kind
    of key, a second signature, other line ends.

    Raises:
        Malformed: It is anything else.
    """
    lines = raw.split(b"\n")
    try:
        blob = base64.b64decode(b"".join(lines[1:-2]), validate=True)
    except ValueError:
        raise Malformed("a signature that is not base64") from None
    key_at = len(_MAGIC) + 4 + 4 + len(_string(_ALGORITHM)) + 4
    public, signature = blob[key_at : key_at + SEED_BYTES], blob[-SIGNATURE_BYTES:]
    if len(public) != SEED_BYTES or armour(public, signature, namespace) != raw:
        raise Malformed("a signature of another form")
    return public, signature


def public_line(public: bytes) -> str:
    """Return the key as one line of an allowed_signers or authorized_keys file."""
    return f"{_ALGORITHM.decode()} {base64.b64encode(_public_blob(public)).decode()}"


def _to_be_signed(sha512: bytes, namespace: str) -> bytes:
    parts = (namespace.encode(), b"", _HASH, sha512)
    return _MAGIC + b"".join(_string(part) for part in parts)


def _public_blob(public: bytes) -> bytes:
    return _string(_ALGORITHM) + _string(public)


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value
