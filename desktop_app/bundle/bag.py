"""The bag inside a bundle: what its files are called, and the list of their hashes.

Source: RFC 8493 (BagIt 1.0), of which this allows one spelling; resources/spec/bundle-v1.md.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from desktop_app.bundle.ustar import MAX_MEMBER_BYTES
from desktop_app.domain.strict_json import Malformed

ROOT = "bag/"
HEAD = ROOT + "meta/bundle.json"
SIGNATURE = ROOT + "meta/bundle.json.sig"
DECLARATION = ROOT + "bagit.txt"
MANIFEST = ROOT + "manifest-sha256.txt"
MAX_HEAD = 1 << 20
MAX_SIGNATURE = 8 << 10
MAX_MANIFEST = 64 << 20
DECLARATION_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PART_BYTES = MAX_MEMBER_BYTES
BLOBS = "data/blobs/"
# Folders have no dot and files beside them have one: a file never stands in a folder's way.
_PATH = re.compile(r"data/([a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9.-]*|[a-z0-9][a-z0-9-]*\.[a-z0-9.-]+)")
_BLOB = re.compile(r"data/blobs/([0-9a-f]{64})(?:\.([0-9]{4}))?")
_LINE = re.compile(rb"([0-9a-f]{64})  ([a-z0-9./-]{1,90})")
_MAX_PATH = 90


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the manifest: a payload file's path in the bag, and its SHA-256 in hex."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Blob:
    """What the path of a blob says: the content's SHA-256, and which part it is (0: the whole)."""

    sha256: str
    part: int


def is_path(path: str) -> bool:
    """Return whether a payload file may be called this."""
    return len(path) <= _MAX_PATH and _PATH.fullmatch(path) is not None


def read_blob(path: str) -> Blob | None:
    """Return which blob lies at `path`, or None if it is no blob.

    Raises:
        Malformed: It lies among the blobs and is none.
    """
    if not path.startswith(BLOBS):
        return None
    found = _BLOB.fullmatch(path)
    if found is None or found[2] == "0000":
        raise Malformed("a file among the attachments is none")
    return Blob(found[1], int(found[2] or 0))


def part_path(path: str, part: int) -> str:
    """Return the path of one part, from 1, of a file that is too large for one member."""
    return f"{path}.{part:04d}"


def write_manifest(lines: Iterable[Line]) -> bytes:
    """Return the manifest; the lines must be in bytewise order of their paths."""
    return "".join(f"{line.sha256}  {line.path}\n" for line in lines).encode("ascii")


def read_manifest(raw: bytes) -> Iterator[Line]:
    """Yield the lines of a manifest, in bytewise order of their paths, none twice.

    Raises:
        Malformed: A line is not of the only form, or out of order; lines before it were yielded.
    """
    at, before = 0, ""
    while at < len(raw):
        end = raw.find(b"\n", at, at + 200)
        found = _LINE.fullmatch(raw, at, end) if end >= 0 else None
        if found is None:
            raise Malformed("a line of its list of files is not of the right form")
        path = found[2].decode()
        if not is_path(path) or path <= before:
            raise Malformed("its list of files has a name that is not allowed, or out of order")
        yield Line(path, found[1].decode())
        at, before = end + 1, path
