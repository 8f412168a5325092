"""Mail as programs really write it: headers, text, attachments; whatever is wrong is put up with.

The old policy of the standard library is used on purpose: its headers are plain strings, while
the new one's parser of addresses and dates raises on many real mails.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from desktop_app.extraction import charset, web
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.kinds import MBOX

_SHOWN = ("Subject", "From", "To", "Cc", "Bcc", "Reply-To", "Date")
_FACTS = (("subject", "Subject"), ("from", "From"), ("to", "To"), ("cc", "Cc"))
_PROGRAM = ("X-Mailer", "User-Agent")
_HEADER_CHARS = 10_000
_PARTS = 2_000
_POLICY = email.policy.compat32
_ENDS = {"text/html": ".html", "text/calendar": ".ics", "message/rfc822": ".eml"}


def read(ask: Ask, found: Found) -> None:
    """Read a mail as one page, or a mailbox as a page for each mail in it."""
    if found.media_type == MBOX:
        for content in _mails(ask.content):
            _read_one(content, found, facts=False)
            if not ask.has_time():
                break
    else:
        _read_one(ask.content, found, facts=True)


def text_of(content: bytes) -> str:
    """Return the text of a mail or of an MHTML page, without headers."""
    message = email.message_from_bytes(content, policy=_POLICY)
    return "\n".join(_bodies(list(_leaves(message))))


def _read_one(content: bytes, found: Found, *, facts: bool) -> None:
    content = re.sub(rb"\A(?:\xef\xbb\xbf|\s)+", b"", content)
    try:
        message = email.message_from_bytes(content, policy=_POLICY)
        leaves = list(_leaves(message))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        found.add_flag("damaged")  # a mail that the parser gives up on can still be searched
        found.add_page(charset.decode(content)[0])
        return
    headers = [(name, _header(message, name)) for name in _SHOWN]
    lines = [f"{name}: {value}" for name, value in headers if value]
    if facts:
        _facts(message, found)
    names = [_attachment_name(part) for part in leaves if _is_attachment(part)]
    text = "\n".join(["\n".join(lines), "", *_bodies(leaves), "\n".join(names)])
    found.add_page(text.strip())
    for part in leaves:
        if _is_attachment(part):
            found.add_member(_attachment_name(part), _content(part))


def _mails(content: bytes) -> Iterator[bytes]:
    starts = [match.start() for match in re.finditer(rb"(?:\A|\n)From [^\n]*\n", content)]
    for at, end in zip(starts, [*starts[1:], len(content)], strict=True):
        yield content[at:end].lstrip(b"\n").split(b"\n", 1)[-1]


def _facts(message: Message, found: Found) -> None:
    for name, label in _FACTS:
        found.add_fact(name, _header(message, label), f"mail:{label}")
    found.add_fact("sent", _time(_header(message, "Date")), "mail:Date")
    found.add_fact("message-id", _header(message, "Message-ID"), "mail:Message-ID")
    for label in _PROGRAM:
        found.add_fact("program", _header(message, label), f"mail:{label}")


def _time(value: str) -> str:
    """Return the date as ISO 8601; empty if it is none."""
    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _header(message: Message, name: str) -> str:
    """Return all headers of that name, decoded, joined by commas."""
    raw = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    return ", ".join(filter(None, (_decoded(str(value)) for value in raw)))


def _decoded(value: str) -> str:
    """Decode encoded words; bytes that should not stand in a header are guessed at."""
    value = _unescaped(value[:_HEADER_CHARS])
    # Some programs put a space or no space between words: both must not hurt.
    value = re.sub(r"\?=\s*=\?", "?= =?", value)
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError, TypeError, AttributeError):
        pieces = [(value, None)]
    text = "".join(_piece(piece, encoding) for piece, encoding in pieces)
    return " ".join(text.split())


def _piece(piece: bytes | str, encoding: str | None) -> str:
    if isinstance(piece, str):
        return piece
    if encoding is None:  # between encoded words, as raw-unicode-escape
        return piece.decode("utf-8", "replace") if _is_utf8(piece) else charset.decode(piece)[0]
    return charset.decode_declared(piece, encoding)


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unescaped(value: str) -> str:
    """Turn bytes that the parser hid as surrogates back into text."""
    if value.isascii():
        return value
    raw = value.encode("utf-8", "surrogateescape")
    return charset.decode(raw)[0]


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    """Yield the parts that hold something; a mail within the mail is one of them, unopened."""
    if message.get_content_maintype() == "multipart" and message.is_multipart() and depth < 30:
        parts = message.get_payload()
        assert isinstance(parts, list)
        for part in parts[:_PARTS]:
            yield from _leaves(part, depth + 1)  # type: ignore[arg-type]  # a list of messages
    else:
        yield message


def _is_attachment(part: Message) -> bool:
    if part.get_content_maintype() in ("multipart",):
        return False
    stated = str(part.get("Content-Disposition", "")).strip().lower()
    if stated.startswith("attachment") or part.get_content_type() == "message/rfc822":
        return True
    if part.get_content_maintype() in ("text", "message"):
        named = bool(_file_name(part))
        return named and (stated.startswith("inline") or part.get_content_subtype() != "plain")
    return True


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename("") or part.get_param("name", "") or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    if isinstance(name, tuple):
        name = name[2]
    return _decoded(str(name)).replace("/", "_").replace("\\", "_")


def _attachment_name(part: Message) -> str:
    name = _file_name(part)
    if name:
        return name
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        subject = _header(inner[0], "Subject") if isinstance(inner, list) and inner else ""  # type: ignore[arg-type]  # the nested mail
        return (re.sub(r'[/\\:*?"<>|]', "_", subject)[:100] or "mail") + ".eml"
    return "attachment" + _ENDS.get(part.get_content_type(), "")


def _bodies(leaves: list[Message]) -> list[str]:
    """Return the texts to show: plain ones, and HTML where there is no plain text."""
    shown = [part for part in leaves if not _is_attachment(part)]
    plain = [_text(part) for part in shown if part.get_content_type() != "text/html"]
    plain = [text for text in plain if text.strip()]
    marked = [part for part in shown if part.get_content_type() == "text/html"]
    return plain or [web.text_of(_text(part)) for part in marked]


def _text(part: Message) -> str:
    content = _content(part)
    declared = _charset(part)
    if part.get_content_type() == "text/html":
        return web.decode(content, declared)[0]
    return charset.decode_declared(content, declared).replace("\r\n", "\n")


def _charset(part: Message) -> str:
    try:
        return str(part.get_param("charset", "") or "").strip("'\" ")
    except (ValueError, LookupError, TypeError):
        return ""


def _content(part: Message) -> bytes:
    """Return the bytes of a part; of a mail within the mail, that mail."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return b"\n".join(_flat(inner) for inner in payload)  # type: ignore[arg-type]  # messages
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(payload or "").encode("utf-8", "surrogateescape")


def _flat(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=_POLICY.clone(mangle_from_=False, max_line_length=0))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return str(message.get_payload()).encode("utf-8", "surrogateescape")
