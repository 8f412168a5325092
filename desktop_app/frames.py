"""The frames that the two processes exchange: a tag, a length, so many bytes. Nothing else.

    frame = tag (1 byte: J for a JSON object, B for raw bytes), length (4 bytes, big-endian), body

The reading side states beforehand how long a frame may be; a longer one is a breach and not a
byte of it is read.
"""

import json
from typing import IO, NoReturn

JSON_BYTES = 4 << 20  # room for 20,000 page lengths, 100 facts and 200 names
_HEAD_BYTES = 5
_CHUNK_BYTES = 1 << 20


class Breach(Exception):
    """The other side did not keep to the protocol."""


class Ended(Exception):
    """The other side closed the pipe."""


def write_frame(stream: IO[bytes], tag: bytes, body: bytes | memoryview) -> None:
    """Write one frame; the caller flushes.

    Raises:
        OSError: the pipe is closed.
    """
    stream.write(tag + len(body).to_bytes(4, "big"))
    stream.write(body)


def write_json(stream: IO[bytes], values: dict[str, object]) -> None:
    """Write one JSON frame; raises `OSError` as `write_frame` does."""
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    write_frame(stream, b"J", text.encode("ascii"))


def read_frame(stream: IO[bytes], tag: bytes, limit: int) -> bytes:
    """Read one frame and return its body.

    Raises:
        Breach: another tag, or a body longer than `limit`.
        Ended: the pipe closed before the frame was whole.
    """
    head = _read_exactly(stream, _HEAD_BYTES)
    length = int.from_bytes(head[1:], "big")
    if head[:1] != tag or length > limit:
        raise Breach
    return _read_exactly(stream, length)


def read_json(stream: IO[bytes]) -> dict[str, object]:
    """Read one JSON frame that holds an object.

    Raises:
        Breach: it is no such frame, or no such JSON.
        Ended: the pipe closed before the frame was whole.
    """
    body = read_frame(stream, b"J", JSON_BYTES)
    try:
        values = json.loads(body, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError) as error:
        raise Breach from error
    if not isinstance(values, dict):
        raise Breach
    return values


def _refuse(_number: str) -> NoReturn:
    raise Breach


def _read_exactly(stream: IO[bytes], length: int) -> bytes:
    """Read in bounded chunks, so that a length alone never makes us reserve memory."""
    if length <= _CHUNK_BYTES:
        body = stream.read(length)
    else:
        parts = bytearray()
        while len(parts) < length:
            part = stream.read(min(_CHUNK_BYTES, length - len(parts)))
            if not part:
                break
            parts += part
        body = bytes(parts)
    if len(body) != length:
        raise Ended
    return body
