"""A worker that was taken over: it answers with exactly the bytes that the file gives in
hexadecimal digits, which look like a text.

The word "flood" makes it send 4 GB of text, "silent" nothing at all. Started by the tests only.
"""

import sys
from typing import IO

from desktop_app.frames import Ended, read_frame, read_json, write_json


def main() -> None:
    """Say hello like a good worker, then lie until the pipe closes."""
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    write_json(replies, {"hello": 1, "isolation": "full", "why": ""})
    replies.flush()
    while True:
        try:
            read_json(requests)
            content = read_frame(requests, b"B", 1 << 30)
        except Ended:
            return
        answer(content, replies)


def answer(content: bytes, replies: IO[bytes]) -> None:
    """Write the bytes of one answer."""
    if content == b"silent":
        return
    if content != b"before":
        write_json(replies, {"begun": 1, "peak_bytes": 0})
    if content == b"flood":
        replies.write(b"B\xff\xff\xff\xff")
        for _megabyte in range(4096):
            replies.write(b"x" * (1 << 20))
    replies.write(bytes.fromhex(content.decode()) if content != b"before" else b"")
    replies.flush()


if __name__ == "__main__":
    main()
