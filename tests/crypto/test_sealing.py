"""Sealed blobs: what goes in comes out, and nothing else ever does."""

import io
import os
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop_app.crypto import sealing
from desktop_app.crypto.sealing import Unauthentic, open_sealed, padded_size, seal, sealed_size

KEY, NAME = bytes(range(32)), bytes(range(16))
SIZES = [0, 1, 16383, 16384, 16385, 65535, 65536, 65537, 5 * 16384, 131072, 200_000, (1 << 20) + 1]


def sealed(content: bytes, key: bytes = KEY, name: bytes = NAME) -> bytes:
    made = io.BytesIO()
    seal(io.BytesIO(content), made, key, name)
    return made.getvalue()


def opened(raw: bytes, size: int, key: bytes = KEY, name: bytes = NAME) -> bytes:
    return b"".join(open_sealed(io.BytesIO(raw), key, name, size))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_and_its_size_tells_only_a_class(size: int) -> None:
    content = os.urandom(size)
    raw = sealed(content)

    assert opened(raw, size) == content
    assert len(raw) == sealed_size(size)
    assert size < 16 or content[:64] not in raw


@given(st.integers(0, 200_000))
@settings(max_examples=25)
@example(98304)
def test_any_size_comes_back(size: int) -> None:
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]

    assert opened(sealed(content), size) == content


@given(st.integers(0, 1 << 60))
def test_padding_is_small_and_leaves_few_classes(size: int) -> None:
    padded = padded_size(size)

    assert padded >= max(size, 64 << 10)
    assert padded <= max(64 << 10, size * 1.12)
    assert padded_size(padded) == padded


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_bit_flipped_anywhere_is_refused(size: int) -> None:
    raw = sealed(b"x" * size)
    places = {*range(80), len(raw) - 1, len(raw) - 17, 56 + 16_399, 56 + 16_400}
    places |= set(range(80, len(raw), 4001))
    for place in places:
        flipped = bytearray(raw)
        flipped[place] ^= 1 << (place % 8)
        with pytest.raises(Unauthentic):
            opened(bytes(flipped), size)


def chunks(raw: bytes) -> list[bytes]:
    return [raw[at : at + 16_400] for at in range(56, len(raw), 16_400)]


def reshaped() -> Iterator[tuple[str, bytes]]:
    raw = sealed(b"y" * 100_000)
    header, parts = raw[:56], chunks(raw)
    yield "a byte short", raw[:-1]
    yield "cut between chunks", raw[: 56 + 2 * 16_400]
    yield "without its last chunk", header + b"".join(parts[:-1])
    yield "the header only", header
    yield "nothing", b""
    yield "a byte more", raw + b"\0"
    yield "a chunk more", raw + parts[0]
    yield "twice", raw + raw
    yield "two chunks exchanged", header + b"".join([parts[1], parts[0], *parts[2:]])
    yield "a chunk left out", header + b"".join([parts[0], *parts[2:]])
    yield "a chunk of another blob", sealed(b"z" * 100_000)[:56] + b"".join(parts)


@pytest.mark.parametrize(("what", "raw"), list(reshaped()), ids=lambda value: str(value)[:24])
def test_a_reshaped_blob_is_refused(what: str, raw: bytes) -> None:
    with pytest.raises(Unauthentic):
        opened(raw, 100_000)


def test_another_key_or_name_opens_nothing_at_all() -> None:
    """Key-committing: the refusal comes before a single byte of content."""
    raw = sealed(b"x" * 100_000)
    for key, name in ((bytes(32), NAME), (KEY, bytes(16)), (KEY, NAME[::-1])):
        pieces = open_sealed(io.BytesIO(raw), key, name, 100_000)
        with pytest.raises(Unauthentic):
            next(pieces)


@pytest.mark.parametrize("size", [0, 65_536, 70_000, 200_000, 1 << 40])
def test_another_size_than_was_sealed_is_refused(size: int) -> None:
    raw = sealed(b"x" * 100_000)
    if padded_size(size) == padded_size(100_000):
        pytest.skip("the true size lies in the database, and the hash tells")

    with pytest.raises(Unauthentic):
        opened(raw, size)


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert sealed(b"x") != sealed(b"x")


class Endless:
    """Content of a given size that is not there at once."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int, /) -> bytes:
        piece = bytes(min(size, self.left))
        self.left -= len(piece)
        return piece


class Nowhere:
    """Counts what is written to it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self.size += len(data)
        return len(data)


def test_memory_stays_flat_for_a_long_stream() -> None:
    size = 64 << 20
    sink = Nowhere()
    tracemalloc.start()
    seal(Endless(size), sink, KEY, NAME)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sink.size == sealed_size(size)
    assert peak < 12 << 20


def test_a_failing_source_leaves_what_does_not_open() -> None:
    class Failing(Endless):
        def read(self, size: int, /) -> bytes:
            if self.left <= 1 << 20:
                raise OSError
            return super().read(size)

    made = io.BytesIO()
    with pytest.raises(OSError):  # noqa: PT011 (any will do)
        seal(Failing(4 << 20), made, KEY, NAME)

    with pytest.raises(Unauthentic):
        opened(made.getvalue(), 4 << 20)


def test_the_module_says_how_large_a_chunk_is() -> None:
    assert sealing.sealed_size(0) == 56 + 4 * 16_400 + 16
