"""The one form of tar that a bundle has: ustar headers of plain files, and nothing else.

A header is parsed by making it again from its name and size: what differs in a single byte is
refused, so there is no second way to write anything.

Source: resources/spec/bundle-v1.md, "Framing"; POSIX pax, "ustar Interchange Format".
"""

import re
from dataclasses import dataclass

from desktop_app.domain.padme import padded_size
from desktop_app.domain.strict_json import Malformed

BLOCK = 512
END = bytes(2 * BLOCK)
MAX_MEMBER_BYTES = 4 << 30
MAX_NAME = 100
_NAME = re.compile(rb"bag(/[a-z0-9][a-z0-9.-]*)+", re.ASCII)
_SIZE = re.compile(rb"[0-7]{11}\0", re.ASCII)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the stream: its whole name, and its size in bytes."""

    name: str
    size_bytes: int


def write_header(name: str, size_bytes: int) -> bytes:
    """Return the 512 bytes before a member."""
    raw = name.encode("ascii")
    assert len(raw) <= MAX_NAME
    assert _NAME.fullmatch(raw)
    assert 0 <= size_bytes <= MAX_MEMBER_BYTES
    block = bytearray(BLOCK)
    block[: len(raw)] = raw
    block[100:108] = b"0000600\0"
    block[108:124] = b"0000000\0" * 2
    block[124:136] = b"%011o\0" % size_bytes
    block[136:148] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def read_header(block: bytes) -> Member:
    """Return the member that begins with this block.

    Raises:
        Malformed: It is not a plain file under "bag/" written in our only form.
    """
    name, size = block[:MAX_NAME].rstrip(b"\0"), block[124:136]
    if len(block) != BLOCK or not _NAME.fullmatch(name) or not _SIZE.fullmatch(size):
        raise Malformed("a file in it has a name or size that is not allowed")
    size_bytes = int(size[:11], 8)
    if size_bytes > MAX_MEMBER_BYTES or write_header(name.decode(), size_bytes) != block:
        raise Malformed("a file in it is not a plain file")
    return Member(name.decode(), size_bytes)


def gap(size_bytes: int) -> int:
    """Return how many zeros follow the content of a member."""
    return -size_bytes % BLOCK


def stream_bytes(sizes: list[int]) -> int:
    """Return how long the stream of members with these sizes is, before it is padded."""
    return sum(BLOCK + size + gap(size) for size in sizes) + len(END)


def padding(stream: int) -> int:
    """Return how many zeros follow a stream that is so long with its end."""
    return padded_size(stream) - stream
