"""One line of JSON that carries signed bytes, the key and the signature, each in base64.

Verify first, parse after: what was signed is stored and sent as exact bytes.
"""

import base64
from collections.abc import Mapping

from desktop_app.domain import strict_json
from desktop_app.domain.strict_json import Malformed

MAX_BYTES = 64 << 10


def write(parts: Mapping[str, bytes]) -> bytes:
    """Return the line, with its end."""
    spelt = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    return strict_json.write(spelt) + b"\n"


def read(raw: bytes, needed: set[str], allowed: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """Return the parts of a line.

    Args:
        raw: The line; its end may be missing.
        needed: The names that must be there.
        allowed: Names that may be there, all of them or none.

    Raises:
        Malformed: It is too long, or not of the right form.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed("it is too large")
    body = strict_json.read(raw.strip(b" \t\r\n"))
    if not isinstance(body, dict) or set(body) not in (needed, needed | allowed):
        raise Malformed("it is not of the right form")
    return {name: _decode(value) for name, value in body.items()}


def _decode(value: object) -> bytes:
    if not isinstance(value, str) or not value.isascii():
        raise Malformed("it is not of the right form")
    try:
        decoded = base64.b64decode(value, validate=True)
    except ValueError:
        raise Malformed("it is not of the right form") from None
    if base64.b64encode(decoded).decode() != value:
        raise Malformed("it is not of the right form")
    return decoded
