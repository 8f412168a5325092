"""Streams sealed to recipients: age files, and the one place that calls the age library.

Throw-away recipients fill every file up to 4, 8, 16 or 32, so that a courier cannot count the
readers. The header must have passed bundle/header.py before `open_stream` sees it: the library
would take 20 s for a header of 1 MB.

Source: age-encryption.org/v1 (C2SP).
"""

import random
from collections.abc import Sequence
from typing import Any

import pyrage

from desktop_app.crypto.recipients import new_identity, read_recipient
from desktop_app.crypto.sealing import Sink, Source

CLASSES = (4, 8, 16, 32)
_CHUNK_BYTES = 64 << 10
_TAG_BYTES = 16
_NONCE_BYTES = 16


class NoKeyFits(Exception):
    """None of the identities opens the stream."""


class Damaged(Exception):
    """The stream does not authenticate: altered, cut, or going on after its end."""


def class_of(readers: int) -> int:
    """Return how many recipients a stream for so many readers shows.

    Raises:
        ValueError: More than 32, or none.
    """
    for count in CLASSES:
        if 1 <= readers <= count:
            return count
    raise ValueError("no reader, or more than a stream can have")


def payload_bytes(plain_bytes: int) -> int:
    """Return how long the part after the header is for so many bytes of plaintext."""
    chunks = max(1, -(-plain_bytes // _CHUNK_BYTES))
    return _NONCE_BYTES + plain_bytes + chunks * _TAG_BYTES


def seal(source: Source, sink: Sink, recipients: Sequence[str]) -> None:
    """Write everything that `source` gives to `sink`, sealed to the recipients.

    What source or sink raise comes through.

    Raises:
        Malformed: One of the recipients is none.
    """
    known = [read_recipient(text) for text in recipients]
    decoys = [new_identity().recipient for _ in range(class_of(len(known)) - len(known))]
    shown = known + decoys
    random.SystemRandom().shuffle(shown)
    reader, writer = _Reader(source), _Writer(sink)
    keys = [pyrage.x25519.Recipient.from_str(text) for text in shown]
    _call(pyrage.encrypt_io, reader, writer, keys)


def open_stream(source: Source, sink: Sink, identities: Sequence[str]) -> None:
    """Write the plaintext of `source` to `sink`. Only a return without error means all of it.

    Raises:
        NoKeyFits: It is sealed to others, or the header's stanzas were altered.
        Damaged: It does not authenticate; `sink` may have got a part of it.
    """
    keys = [pyrage.x25519.Identity.from_str(secret) for secret in identities]
    try:
        _call(pyrage.decrypt_io, _Reader(source), _Writer(sink), keys)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise NoKeyFits from None
        raise Damaged from None
    except OSError:
        raise Damaged from None


class _Reader:
    """Keeps what the source raised: the library turns it into a word of its own."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self._source.read(size)
        except BaseException as error:
            self.failure = error
            raise


class _Writer:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.failure: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self._sink.write(data)
        except BaseException as error:
            self.failure = error
            raise
        return len(data)

    def flush(self) -> None:
        """Do nothing: who made the sink flushes it."""


def _call(step: Any, reader: _Reader, writer: _Writer, keys: Sequence[object]) -> None:
    try:
        step(reader, writer, keys)
    except BaseException as error:
        failure = reader.failure or writer.failure
        if failure is not None:
            raise failure from None
        if type(error).__name__ == "PanicException":  # Rust's panic is no Exception in Python
            raise Damaged from None
        raise
    # WORKAROUND: pyrage 1.4.0 passes over an error of the sink when it writes the last chunk, so
    # a disk that is full just there would leave a stream without its end, and nobody told.
    failure = reader.failure or writer.failure
    if failure is not None:
        raise failure
