"""Streams made of pieces: what a sealed file yields, read as libraries want it."""

from collections.abc import Iterator


class Pieces:
    """Reads an iterator of bytes like a file; never holds more than one piece."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; nothing at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = memoryview(piece)
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)

    def close(self) -> None:
        """Drop what is left, and close the file behind it."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def lines(pieces: Iterator[bytes], longest: int) -> Iterator[bytes]:
    """Yield the lines of a stream without their ends; one longer than `longest` is cut to it."""
    held = b""
    for piece in pieces:
        held += piece
        *whole, held = held.split(b"\n")
        yield from whole
        if len(held) > longest:
            yield held[:longest]
            held = b""
    if held:
        yield held
