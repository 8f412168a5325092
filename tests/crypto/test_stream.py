"""Streams: who can open them, what is damaged, and what comes through from source and sink."""

import io
import os
from pathlib import Path

import pyrage
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop_app.bundle.header import header_bytes
from desktop_app.crypto import recipients, stream
from desktop_app.crypto.recipients import new_identity, read_recipient, recipient_of
from desktop_app.crypto.stream import Damaged, NoKeyFits
from desktop_app.domain.strict_json import Malformed
from tests.helpers.recipients import LOW_ORDER, recipient

MINE, OTHER = new_identity(), new_identity()


def sealed(content: bytes, *to: str) -> bytes:
    sink = io.BytesIO()
    stream.seal(io.BytesIO(content), sink, to or (MINE.recipient,))
    return sink.getvalue()


def opened(raw: bytes, *identities: str) -> bytes:
    sink = io.BytesIO()
    stream.open_stream(io.BytesIO(raw), sink, identities or (MINE.secret,))
    return sink.getvalue()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_what_was_sealed_opens_and_its_length_was_known_before(size: int) -> None:
    content = os.urandom(size)
    raw = sealed(content)

    assert opened(raw) == content
    assert len(raw) == header_bytes(raw) + stream.payload_bytes(size)


@pytest.mark.parametrize(
    ("readers", "shown"), [(1, 4), (4, 4), (5, 8), (8, 8), (9, 16), (17, 32), (32, 32)]
)
def test_the_number_of_readers_is_hidden_in_its_class(readers: int, shown: int) -> None:
    people = [new_identity() for _ in range(readers)]
    raw = sealed(b"word", *(one.recipient for one in people))

    assert stream.class_of(readers) == shown
    assert raw[: header_bytes(raw)].count(b"\n-> X25519 ") == shown
    assert all(opened(raw, one.secret) == b"word" for one in people)


@pytest.mark.parametrize("readers", [-1, 0, 33])
def test_too_many_readers_or_none_are_a_bug_of_the_caller(readers: int) -> None:
    with pytest.raises(ValueError, match="reader"):
        stream.class_of(readers)


def test_readers_stand_in_no_order() -> None:
    firsts = set()
    for _ in range(60):
        raw = sealed(b"", MINE.recipient)
        lines = raw[: header_bytes(raw)].split(b"\n-> X25519 ")[1:]
        opens = []
        for place in range(4):
            alone = b"age-encryption.org/v1\n-> X25519 " + lines[place].split(b"\n-> ")[0]
            head = alone.split(b"\n---")[0]
            with pytest.raises((pyrage.DecryptError, OSError)) as caught:
                pyrage.decrypt(
                    head + b"\n--- " + b"A" * 43 + b"\n" + bytes(32),
                    [pyrage.x25519.Identity.from_str(MINE.secret)],
                )
            opens.append("No matching" not in str(caught.value))
        firsts.add(opens.index(True))
    assert firsts == {0, 1, 2, 3}


def test_somebody_else_does_not_open_it() -> None:
    with pytest.raises(NoKeyFits):
        opened(sealed(b"word"), OTHER.secret)
    with pytest.raises(NoKeyFits):
        stream.open_stream(io.BytesIO(sealed(b"word")), io.BytesIO(), [])


@given(st.data())
def test_whatever_is_cut_changed_or_added_is_damage(data: st.DataObject) -> None:
    raw = SEALED
    start = header_bytes(raw)
    place = data.draw(st.integers(start, len(raw) - 1))
    changed = raw[:place] + bytes([raw[place] ^ data.draw(st.integers(1, 255))]) + raw[place + 1 :]
    more = data.draw(st.binary(min_size=1, max_size=100))
    for wrong in (raw[:place], changed, raw + more):
        with pytest.raises(Damaged):
            opened(wrong)


SEALED = sealed(os.urandom(70_000))


class Mine(Exception):
    """Raised by a source or a sink."""


class Raising(io.BytesIO):
    def read(self, _size: int | None = -1, /) -> bytes:
        raise Mine

    def write(self, _data: object, /) -> int:
        raise Mine


def test_what_source_and_sink_raise_comes_through() -> None:
    with pytest.raises(Mine):
        stream.seal(Raising(), io.BytesIO(), [MINE.recipient])
    with pytest.raises(Mine):
        stream.seal(io.BytesIO(b"word"), Raising(), [MINE.recipient])
    with pytest.raises(Mine):
        stream.open_stream(Raising(), io.BytesIO(), [MINE.secret])
    with pytest.raises(Mine):
        stream.open_stream(io.BytesIO(SEALED), Raising(), [MINE.secret])


@pytest.mark.parametrize("size", [0, 4, 65_536, 200_000])
def test_no_write_that_fails_is_passed_over_not_even_the_last(size: int) -> None:
    content = os.urandom(size)
    writes = Counting()
    stream.seal(io.BytesIO(content), writes, [MINE.recipient])
    for nth in range(1, writes.calls + 1):
        with pytest.raises(Mine):
            stream.seal(io.BytesIO(content), Counting(nth), [MINE.recipient])
    writes = Counting()
    raw = sealed(content)
    stream.open_stream(io.BytesIO(raw), writes, [MINE.secret])
    for nth in range(1, writes.calls + 1):
        with pytest.raises(Mine):
            stream.open_stream(io.BytesIO(raw), Counting(nth), [MINE.secret])


class Counting:
    """Counts writes, and fails at one of them."""

    def __init__(self, fails_at: int = 0) -> None:
        self.calls = 0
        self._fails_at = fails_at

    def write(self, data: bytes, /) -> int:
        self.calls += 1
        if self.calls == self._fails_at:
            raise Mine
        return len(data)


def test_a_recipient_that_makes_the_library_panic_never_reaches_it(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        stream.seal(io.BytesIO(), io.BytesIO(), [recipient(bytes(32))])


@given(st.binary(min_size=32, max_size=32))
def test_every_good_point_is_read_as_the_library_reads_it(point: bytes) -> None:
    point = point[:31] + bytes([point[31] & 0x3F])  # below the prime
    assume(point not in LOW_ORDER)
    text = recipient(point)

    assert read_recipient(text) == text == str(pyrage.x25519.Recipient.from_str(text))


@given(st.text() | st.text("age1qpzry9x8gf2tvdw0s3jn54khce6mua7l", min_size=58, max_size=66))
def test_noise_is_no_recipient(text: str) -> None:
    with pytest.raises(Malformed):
        read_recipient(text)


@given(st.integers(4, 61), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
def test_one_wrong_letter_is_found(place: int, letter: str) -> None:
    text = MINE.recipient[:place] + letter + MINE.recipient[place + 1 :]
    if text == MINE.recipient:
        return
    with pytest.raises(Malformed):
        read_recipient(text)


def test_a_secret_belongs_to_one_recipient_and_is_not_shown() -> None:
    assert recipient_of(MINE.secret) == MINE.recipient
    assert MINE.secret not in repr(MINE)
    for wrong in ("", "AGE-SECRET-KEY-1", MINE.recipient, MINE.secret[:-1], "AGE-PLUGIN-X-1"):
        with pytest.raises(Malformed):
            recipients.recipient_of(wrong)
