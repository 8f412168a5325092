"""What a file is, by its first bytes: the name is only compared with it, never believed (H07)."""

import re
from dataclasses import dataclass

from desktop_app.extraction import signatures
from desktop_app.extraction.kinds import (
    CLAIMED,
    EML,
    MBOX,
    UNKNOWN,
    ZIP,
    extension,
    kind_of,
    misnamed,
)

HEAD_BYTES = 64 << 10  # as much of the beginning as `sniff` makes use of


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind of record and a media type, both by content, and what is odd about them."""

    kind: str  # "document", "photo" or "recording"
    media_type: str
    flags: tuple[str, ...] = ()


def sniff(head: bytes, name: str) -> Guess:
    """Tell what a file is from its first `HEAD_BYTES`; the name decides only among texts.

    What lies inside a zip is told apart later, by the worker: here it is `application/zip`
    unless the container says it in its first bytes.
    """
    media_type = signatures.find(head, name) or _textual(head, name) or UNKNOWN
    flags = ("wrong-extension",) if media_type != ZIP and misnamed(media_type, name) else ()
    return Guess(kind_of(media_type), media_type, flags)


_WHITE = b" \t\r\n\f\xef\xbb\xbf"
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|table|div|p|h[1-6]|font|center|br|a\s)"
    rb"[\s>/]?",
    re.IGNORECASE,
)
_END_OF_FIELDS = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"[!-9;-~]{1,76}:")
_MAIL_FIELDS = re.compile(
    rb"^(?:received|return-path|message-id|mime-version|from|to|subject|date|delivered-to|"
    rb"content-type|reply-to|cc|x-mailer|dkim-signature|sender):",
    re.IGNORECASE | re.MULTILINE,
)


def _textual(head: bytes, name: str) -> str:
    wide = wide_text(head)
    if wide:
        head = head.decode(wide, "ignore").encode("utf-8", "ignore")
    elif not _looks_like_text(head):
        if _HTML.match(head.lstrip(_WHITE)):
            return "text/html"  # a page with foreign bytes in it is still a page
        if ebcdic(head):
            return "text/plain"
        fields = _END_OF_FIELDS.split(head, maxsplit=1)[0]  # attachments may be bare bytes
        return _mail(head.lstrip(_WHITE), name) if _looks_like_text(fields) else ""
    body = head.lstrip(_WHITE)
    return _markup(body) or _mail(body, name) or _text_by_name(body, name)


def wide_text(head: bytes) -> str:
    """Return "utf-16-le", "utf-16-be", "utf-32-le" or "utf-32-be" if that is what `head` is."""
    for mark, encoding in (
        (b"\xff\xfe\0\0", "utf-32-le"),
        (b"\0\0\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if head.startswith(mark):
            return encoding
    return _unmarked_wide(head[:4096])


def _unmarked_wide(head: bytes) -> str:
    if len(head) < 8 or (not head.isascii() and b"\0" not in head and _is_utf8(head)):
        return ""
    for encoding, unit in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        whole = head[: len(head) // unit * unit]
        spaces = sum(
            whole[at::unit].count(0) > len(whole) // unit * 0.9
            for at in (range(2, 4) if encoding == "utf-32-le" else range(2))
        )
        if unit == 4 and spaces < 2:
            continue
        if unit == 2 and not _common_in(whole, encoding):
            continue
        try:
            text = whole.decode(encoding, "strict")
        except UnicodeDecodeError as error:
            if error.start < len(whole) - 4:  # a pair cut at the end of the head is no fault
                continue
            text = whole[: error.start].decode(encoding)
        if sum(sign.isprintable() or sign in "\r\n\t\f" for sign in text) >= 0.97 * len(text) > 0:
            return encoding
    return ""


def _common_in(whole: bytes, encoding: str) -> bool:
    """Return whether 16-bit units fall where text does, with its spaces and stops among them."""
    high, low = (whole[1::2], whole[::2]) if encoding.endswith("le") else (whole[::2], whole[1::2])
    stops = sum(
        1
        for block, sign in zip(high, low, strict=False)
        if (not block and sign in b" \n\r") or (block == 0x30 and sign in b"\x00\x01\x02")
    )
    scripts = len(high) - len(high.translate(None, _SCRIPTS))
    return stops * 60 >= len(low) and scripts >= 0.95 * len(high)


# Latin, Greek, Cyrillic; general punctuation; kana; Han; Hangul: the first bytes of their blocks.
_SCRIPTS = bytes([*range(5), 0x20, 0x30, *range(0x4E, 0xA0), *range(0xAC, 0xD8), 0xFF])


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 4
    return True


_NOT_IN_TEXT = bytes(set(range(32)) - set(b"\t\n\r\f\x0b\x1b\x1a\b")) + b"\x7f"


def _looks_like_text(head: bytes) -> bool:
    if not head:
        return False
    odd = len(head) - len(head.translate(None, _NOT_IN_TEXT))
    if b"\0" in head:
        return head.count(b"\0") * 200 < len(head) and odd * 50 < len(head)
    return odd * 20 <= len(head)


def ebcdic(head: bytes) -> bool:
    """Return whether this is mainframe text: 0x40, its space, is frequent among letters."""
    letters = sum(head.count(byte) for byte in b"\x81\x83\x84\x85\x88\x89\x93\x95\x96\x99\xa2\xa3")
    return len(head) > 64 and head.count(0x40) * 10 > len(head) and letters * 3 > len(head)


def _markup(body: bytes) -> str:
    start = body[:4096].lower()
    if start.startswith((b"<?xml", b"<!--")):
        if b"<html" in start:
            return "text/html"
        if b"<svg" in start:
            return "image/svg+xml"
        return "application/xml" if start.startswith(b"<?xml") else "text/html"
    if start.startswith(b"<svg"):
        return "image/svg+xml"
    if _HTML.match(start) or (b"<html" in start and start.startswith(b"<")):
        return "text/html"
    return ""


def _mail(body: bytes, name: str) -> str:
    if body.startswith(b"From ") and _MAIL_FIELDS.search(body[:8192]):
        return EML if extension(name) == "eml" else MBOX
    if not _FIELD.match(body):
        return ""
    fields = _END_OF_FIELDS.split(body, maxsplit=1)[0]
    known = {found.lower() for found in _MAIL_FIELDS.findall(fields)}
    enough = 1 if extension(name) == "eml" else 3
    return EML if len(known) >= enough else ""


def _text_by_name(body: bytes, name: str) -> str:
    """Return the type that the name claims, where content alone cannot say."""
    claimed = CLAIMED.get(extension(name), "text/plain")
    if claimed == "text/html":
        return claimed if re.search(rb"<[a-zA-Z!/]", body) else "text/plain"
    return claimed if claimed in _BY_NAME else "text/plain"


_BY_NAME = ("text/csv", "text/markdown", "text/calendar", "text/vcard", "application/json")
