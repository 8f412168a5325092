"""What a program and all that it starts do to files and sockets, as strace saw it."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.archives import PASSPHRASE
from tests.helpers.command import ROOT, WAIT_S, environment

# "?": not every architecture has each of them.
CALLS = (
    "execve,?open,openat,?openat2,?creat,?rename,?renameat,renameat2,?unlink,unlinkat,?mkdir,"
    "mkdirat,?rmdir,?link,linkat,?symlink,symlinkat,truncate,?mknod,mknodat,?memfd_create,"
    "socket,socketpair,connect,bind,write,pwrite64,writev,pwritev,?pwritev2,?sendfile,"
    "?copy_file_range,?splice"
)
OPENING = {"open", "openat", "openat2", "creat"}
NAMING = {
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "link",
    "linkat", "symlink", "symlinkat", "truncate", "mknod", "mknodat",
}  # fmt: skip
FOR_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE")
LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\w+|\?)(.*)$", re.DOTALL)
# A path as an argument, with the folder that it is relative to, if strace tells one.
NAME = re.compile(r'(?:(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, )?"((?:[^"\\]|\\.)*)"')
FILE_WRITTEN = re.compile(r"\d+<(/(?:[^>\\]|\\.)*)>")
ESCAPED = re.compile(rb"\\(?:x([0-9a-f]{2})|([0-7]{1,3})|(.))", re.DOTALL)
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of one process."""

    name: str
    arguments: str
    result: str

    @property
    def changed(self) -> list[Path]:
        """The files that it opened for writing, made, renamed or removed."""
        if self.name in OPENING and not (
            self.name == "creat" or FOR_WRITING.search(self.arguments.rpartition('"')[2])
        ):
            return []
        if self.name not in OPENING | NAMING or self.result.startswith("-"):
            return []
        return [
            Path(plain(folder or str(ROOT)).decode()) / plain(name).decode("utf-8", "replace")
            for folder, name in NAME.findall(self.arguments)
        ]

    @property
    def written_to(self) -> str | None:
        """The path of the file that it wrote to; None for pipes, sockets and other calls."""
        found = FILE_WRITTEN.match(self.arguments) if "write" in self.name else None
        return plain(found[1]).decode("utf-8", "replace") if found else None


def plain(text: str) -> bytes:
    """Return the bytes that strace shows with escapes."""

    def unescaped(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes([int(match[1], 16)])
        if match[2]:
            return bytes([int(match[2], 8)])
        return LETTERS.get(match[3], match[3])

    return ESCAPED.sub(unescaped, text.encode("utf-8", "surrogateescape"))


def need_strace() -> None:
    """Skip the test where strace is missing or may not watch."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    tried = subprocess.run(["strace", "-f", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("strace may not watch processes here (ptrace is not permitted)")


def traced(folder: Path, command: Sequence[str | Path]) -> tuple[str, list[list[Call]]]:
    """Run a command; return what it printed, and the calls of each process."""
    folder.mkdir()
    done = subprocess.run(
        ["strace", "-ff", "-y", "-s", "1000000", "-e", "signal=none", "-e", f"trace={CALLS}",
         "-o", folder / "of", *command],
        input=PASSPHRASE.encode(),
        capture_output=True,
        env=environment(),
        timeout=WAIT_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode(), [list(calls(path)) for path in sorted(folder.iterdir())]


def calls(path: Path) -> Iterator[Call]:
    """Yield the calls of one process."""
    for line in path.read_text("utf-8", "surrogateescape").split("\n"):
        if match := LINE.match(line):
            yield Call(match[1], match[2], match[3])
