"""What a reader is asked, and where it puts what it finds. Lives in the worker process."""

import time
from dataclasses import dataclass, field

from desktop_app.domain.reading import Fact, Limits, Member, Outcome, Picture
from desktop_app.extraction.sniff import Guess
from desktop_app.i18n import N_

FACT_CHARS = 2_000  # longer values are cut: a title, not a text
NAME_CHARS = 500


class Refusal(Exception):
    """A reader stops here; what it had found before is kept."""

    def __init__(self, outcome: Outcome, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome
        self.why = why


@dataclass(frozen=True, slots=True)
class Ask:
    """One file to read: its bytes, what it looks like, and what it may cost."""

    content: bytes
    name: str
    guess: Guess
    limits: Limits
    text_only: bool = False  # True after drawing it killed or hung a worker
    until: float = float("inf")  # `time.monotonic()` after which a reader should stop

    def has_time(self) -> bool:
        """Return whether there is time for more; readers ask between pages."""
        return time.monotonic() < self.until


@dataclass(slots=True)
class Found:
    """What one file gave so far, within its limits."""

    limits: Limits
    media_type: str
    reader: str = ""
    pages: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    thumbnail: Picture | None = None
    members: list[Member] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    text_bytes: int = 0
    member_bytes: int = 0

    def add_page(self, text: str) -> None:
        """Add a page of text, empty ones too: their number counts.

        Raises:
            Refusal: there is more text, or there are more pages, than allowed.
        """
        if len(self.pages) >= self.limits.pages:
            raise Refusal(
                Outcome.TOO_LARGE, N_("not all of its pages were read: there are very many")
            )
        try:
            encoded = text.encode("utf-8")
        except UnicodeEncodeError:  # half a surrogate pair, which cannot be stored
            encoded = text.encode("utf-8", "replace")
            text = encoded.decode("utf-8")
        size, room = len(encoded), self.limits.text_bytes - self.text_bytes
        if size > room:
            self.pages.append(encoded[:room].decode("utf-8", "ignore"))
            self.text_bytes = self.limits.text_bytes
            raise Refusal(Outcome.TOO_LARGE, N_("not all of its text was read: there is very much"))
        self.text_bytes += size
        self.pages.append(text)

    def add_fact(self, name: str, value: object, source: str) -> None:
        """Add a fact; nothing is added for an empty value, or beyond the limit of facts."""
        text = " ".join(str(value).replace("\0", " ").split())[:FACT_CHARS]
        text = text.encode("utf-8", "replace").decode("utf-8")
        if text and len(self.facts) < self.limits.facts:
            self.facts.append(Fact(name, text, source[:NAME_CHARS]))

    def add_member(self, name: str, content: bytes) -> None:
        """Add a file that was inside this one.

        Raises:
            Refusal: there are more of them, or they are larger, than allowed.
        """
        if len(self.members) >= self.limits.members:
            raise Refusal(
                Outcome.TOO_LARGE, N_("not all of its attachments were read: there are very many")
            )
        if self.member_bytes + len(content) > self.limits.member_bytes:
            raise Refusal(
                Outcome.TOO_LARGE, N_("not all of its attachments were read: they are very large")
            )
        self.member_bytes += len(content)
        clean = name.encode("utf-8", "replace").decode("utf-8")
        self.members.append(Member(clean[:NAME_CHARS], content))

    def add_flag(self, flag: str) -> None:
        """Note something odd, once."""
        if flag not in self.flags:
            self.flags.append(flag)

    def has_content(self) -> bool:
        """Return whether any text, picture or attachment came out."""
        return bool(self.thumbnail or self.members) or any(page.strip() for page in self.pages)
