"""The statement that a key is not to be trusted any more, signed by the key itself.

It is made with the key and kept with the recovery kit, so that it can be sent when the key cannot
be used any more. Source: resources/spec/bundle-v1.md, "Revocation".
"""

from desktop_app.bundle import signed_line
from desktop_app.crypto import signing
from desktop_app.crypto.signing import Signer
from desktop_app.domain import strict_json
from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import CardRefused

NAMESPACE = "revoke@skrynia.v1"
_TYPE = "skrynia-revocation/1"


def write(signer: Signer) -> bytes:
    """Return the statement as a file: one line of JSON. It carries no date: it has none to keep."""
    raw = strict_json.write({"type": _TYPE, "key": signer.fingerprint})
    parts = {"revocation": raw, "key": signer.public, "sig": signer.sign(raw, NAMESPACE)}
    return signed_line.write(parts)


def read(raw: bytes) -> Fingerprint:
    """Return the fingerprint of the key that is revoked, the signature verified.

    Raises:
        CardRefused: It is not such a statement, or not signed by that key.
    """
    try:
        parts = signed_line.read(raw, {"revocation", "key", "sig"})
        if not signing.verify(parts["key"], parts["revocation"], parts["sig"], NAMESPACE):
            raise Malformed("its signature is wrong")
        fingerprint = signing.fingerprint(parts["key"])
        if strict_json.read(parts["revocation"]) != {"type": _TYPE, "key": fingerprint}:
            raise Malformed("it does not revoke the key that signed it")
    except Malformed as error:
        raise CardRefused(why=error) from None
    return fingerprint
