"""Who made a bundle and for whom: judged from its first two members, before anything else is read.

The opener judges, so that it stops early; the program that started it judges again, since the
opener has foreign bytes in its hands.
"""

from collections.abc import Mapping

from desktop_app.bundle.format import NAMESPACE, Head, TooNew, is_for, read_head
from desktop_app.crypto import signing
from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import (
    BundleMalformed,
    BundleTooNew,
    NotAddressed,
    SignatureWrong,
    UnknownSender,
)


def judge(
    raw: bytes, armoured: bytes, contacts: Mapping[Fingerprint, bytes], own: Fingerprint
) -> tuple[Head, bytes]:
    """Return the head of a bundle and the raw signature over it.

    Args:
        raw: bundle.json.
        armoured: bundle.json.sig.
        contacts: The public keys of everybody we know, verified or not.
        own: Our fingerprint, which the bundle must be signed for.

    Raises:
        SignatureWrong, UnknownSender, BundleTooNew, BundleMalformed, NotAddressed: In this order.
    """
    try:
        public, signature = signing.read_armour(armoured, NAMESPACE)
    except Malformed:
        raise SignatureWrong from None
    if not signing.verify(public, raw, signature, NAMESPACE):
        raise SignatureWrong
    sender = signing.fingerprint(public)
    if contacts.get(sender) != public:
        raise UnknownSender(fingerprint=sender)
    try:
        head = read_head(raw)
    except TooNew as newer:
        raise BundleTooNew(found=newer) from None
    except Malformed as error:
        raise BundleMalformed(why=error) from None
    if head.sender != sender:
        raise SignatureWrong
    if not is_for(head, own):
        raise NotAddressed
    return head, signature
