"""What extraction found in a file: values from a process that may have been taken over."""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How the reading of a file ended."""

    READ = "read"  # text or a picture came out
    EMPTY = "empty"  # it was read to its end and holds neither
    UNREAD = "unread"  # no reader for this kind: kept as evidence, "text not read"
    LOCKED = "locked"  # needs a password
    DAMAGED = "damaged"  # a reader exists and could not make sense of it
    TOO_LARGE = "too large"  # a limit on size, pages, pixels or members was met
    CRASHED = "crashed"  # the worker died, hung or broke its protocol


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as they are: 3 bytes each, row by row from the top, no header."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside the file: the attachment of a mail."""

    name: str  # as the container says it; may hold anything
    content: bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the file says of itself.

    Names in use: `taken` (local time, ISO 8601 without zone unless the file gives one), `sent`
    (ISO 8601 with zone), `created`, `modified`, `author`, `title`, `subject`, `from`, `to`,
    `device`, `program`, `latitude`, `longitude` (decimal degrees, signed), `pages`, `width`,
    `height`, `orientation`, `encoding`, `language`, `duration_s`.
    """

    name: str
    value: str
    source: str  # where it stands in the file, e.g. "exif:DateTimeOriginal", "pdf:Author"


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of one file. Everything in it is untrusted data, checked for size only."""

    outcome: Outcome
    kind: str  # of record: "document", "photo" or "recording", by content
    media_type: str  # by content, e.g. "application/pdf"; "application/octet-stream" if unknown
    reader: str = ""  # name and version of what read it, e.g. "pdf/1"
    pages: tuple[str, ...] = ()  # text page by page; one element where there are no pages
    facts: tuple[Fact, ...] = ()
    thumbnail: Picture | None = None  # longest side at most 320 pixels
    members: tuple[Member, ...] = ()
    flags: tuple[str, ...] = field(default=())  # e.g. "wrong-extension", "macros", "truncated"
    why: str = ""  # for outcomes other than READ: one short sentence for a person


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reading may cost; kept by the parent, not by the worker."""

    time_s: float = 60.0
    memory_bytes: int = 1536 << 20
    file_bytes: int = 256 << 20  # larger files are sniffed and kept, not read
    text_bytes: int = 64 << 20
    pages: int = 20_000
    pixels: int = 200_000_000
    members: int = 200
    member_bytes: int = 256 << 20  # of all members together
    facts: int = 100
