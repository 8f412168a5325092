"""A stream of pieces from which exact lengths can be taken."""

from collections.abc import Iterator

from desktop_app.domain.strict_json import Malformed


class Pull:
    """Takes bytes from an iterator of pieces. What the iterator raises comes through.

    Attributes:
        done: how many bytes were taken so far.
    """

    def __init__(self, given: Iterator[bytes]) -> None:
        self._given = given
        self._piece = memoryview(b"")
        self.done = 0

    def take(self, most: int) -> memoryview:
        """Return between 1 and `most` bytes; none at the end."""
        while not self._piece:
            piece = next(self._given, None)
            if piece is None:
                return memoryview(b"")
            self._piece = memoryview(piece)
        taken = self._piece[:most]
        self._piece = self._piece[most:]
        self.done += len(taken)
        return taken

    def exactly(self, count: int) -> bytes:
        """Return `count` bytes; check the count before, it is held in memory.

        Raises:
            Malformed: There are not so many.
        """
        parts = bytearray()
        for piece in self.pieces(count):
            parts += piece
        return bytes(parts)

    def pieces(self, count: int) -> Iterator[memoryview]:
        """Yield `count` bytes in pieces.

        Raises:
            Malformed: There are not so many.
        """
        while count > 0:
            piece = self.take(count)
            if not piece:
                raise Malformed("it ends too early")
            count -= len(piece)
            yield piece

    def zeros(self, count: int) -> None:
        """Pass over `count` zeros.

        Raises:
            Malformed: There are not so many, or they are not zero.
        """
        for piece in self.pieces(count):
            if any(piece):
                raise Malformed("there is something where nothing should be")
