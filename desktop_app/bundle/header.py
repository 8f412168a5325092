"""A strict, linear check of an age header, before the age library sees the file.

The library takes 20 s for a header of 1 MB and 8 GiB of memory for a passphrase stanza of work
factor 23; this refuses both in under a millisecond. It allows what our own writer and the age
tool write for X25519 recipients: that stanza only, and at most one "grease" stanza.

Source: age-encryption.org/v1 (C2SP), "Header".
"""

import base64
import re

from desktop_app.domain.strict_json import Malformed

MAX_BYTES = 64 << 10
MAX_STANZAS = 40
VERSION_LINE = b"age-encryption.org/v1\n"
_LINE_BYTES = 4096
_BODY_LINE = 64
_MAX_BODY = 8192
_KEY_BYTES = 32
_MAC_LINE = 47  # "--- " and 43 signs of base64
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*\Z")
_VISIBLE = re.compile(rb"[!-~]+\Z")
_GREASE = b"-grease"


def header_bytes(head: bytes) -> int:
    """Return the length of the header that `head` begins with: version to MAC line.

    Args:
        head: The beginning of the file, 64 KiB or all of it if it is shorter.

    Raises:
        Malformed: It is not a header that we accept.
    """
    head = head[:MAX_BYTES]
    if not head.startswith(VERSION_LINE):
        raise Malformed("it does not begin as an encrypted package")
    at = len(VERSION_LINE)
    types: list[bytes] = []
    while True:
        line, at = _line(head, at)
        if line.startswith(b"---"):
            _check_mac(line)
            break
        if len(types) == MAX_STANZAS:
            raise Malformed("its header has too many recipients")
        stanza, at = _stanza(head, at, line)
        types.append(stanza)
    _check_types(types)
    return at


def _line(head: bytes, at: int) -> tuple[bytes, int]:
    end = head.find(b"\n", at, at + _LINE_BYTES)
    if end < 0:
        raise Malformed("its header does not end")
    return head[at:end], end + 1


def _stanza(head: bytes, at: int, first: bytes) -> tuple[bytes, int]:
    """Return the type of the stanza that begins with the line `first`, and where it ends."""
    words = first[3:].split(b" ")
    if not first.startswith(b"-> ") or not all(_VISIBLE.match(word) for word in words):
        raise Malformed("its header is not of the age format")
    body = bytearray()
    while True:
        line, at = _line(head, at)
        body += line
        if len(line) > _BODY_LINE or len(body) > _MAX_BODY:
            raise Malformed("its header is not of the age format")
        if len(line) < _BODY_LINE:
            break
    content = _canonical(bytes(body))
    if words[0] == b"X25519" and (
        len(words) != 2 or len(_canonical(words[1])) != _KEY_BYTES or len(content) != _KEY_BYTES
    ):
        raise Malformed("its header is not of the age format")
    return words[0], at


def _check_mac(line: bytes) -> None:
    if not line.startswith(b"--- ") or len(line) != _MAC_LINE:
        raise Malformed("its header is not of the age format")
    _canonical(line[4:])


def _check_types(types: list[bytes]) -> None:
    real = [one for one in types if not one.endswith(_GREASE)]
    if not real or set(real) != {b"X25519"} or len(types) - len(real) > 1:
        raise Malformed("it is sealed in a way that packages are not")


def _canonical(text: bytes) -> bytes:
    """Decode base64 without padding that has no other spelling."""
    if not _BASE64.match(text) or len(text) % 4 == 1:
        raise Malformed("its header is not of the age format")
    decoded = base64.b64decode(text + b"=" * (-len(text) % 4))
    if base64.b64encode(decoded).rstrip(b"=") != text:
        raise Malformed("its header is not of the age format")
    return decoded
