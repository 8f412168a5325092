"""How a reading travels from the worker, and how the parent checks every value of it.

The reply is one JSON frame, then raw frames: the text of all pages, the pixels of the thumbnail,
each member. The JSON says how long each must be, within `Limits`; anything else is a breach.
"""

import re
from typing import IO, TypeGuard

from desktop_app.domain.reading import Fact, Limits, Member, Outcome, Picture, Reading
from desktop_app.extraction.found import FACT_CHARS, NAME_CHARS, Found
from desktop_app.frames import Breach, read_frame, read_json, write_frame, write_json

THUMBNAIL_SIDE = 320
_KINDS = ("document", "photo", "recording")
_FLAGS = 50
# What a terminal obeys, and what a database column should not hold. Tab, line feed, form feed
# and carriage return are text.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_LINE_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def write_reply(stream: IO[bytes], outcome: Outcome, why: str, kind: str, found: Found) -> None:
    """Write what was found; the worker's side."""
    texts = [page.encode("utf-8") for page in found.pages]
    picture = found.thumbnail
    write_json(
        stream,
        {
            "outcome": outcome.value,
            "why": why,
            "kind": kind,
            "media_type": found.media_type,
            "reader": found.reader,
            "flags": found.flags,
            "facts": [[fact.name, fact.value, fact.source] for fact in found.facts],
            "pages": [len(text) for text in texts],
            "thumbnail": [picture.width, picture.height] if picture else [],
            "members": [[member.name, len(member.content)] for member in found.members],
        },
    )
    write_frame(stream, b"B", b"".join(texts))
    if picture:
        write_frame(stream, b"B", picture.rgb)
    for member in found.members:
        write_frame(stream, b"B", member.content)


def read_reply(stream: IO[bytes], limits: Limits) -> Reading:
    """Read a reply and check all of it; the parent's side.

    Raises:
        Breach: a value is of another type, longer, larger or more than `limits` allow.
        Ended: the worker is gone.
    """
    untrusted = read_json(stream)
    outcome = _word(untrusted.get("outcome"))
    kind = _word(untrusted.get("kind"))
    if outcome not in set(Outcome) or kind not in _KINDS:
        raise Breach
    lengths = [_number(size, limits.text_bytes) for size in _list(untrusted, "pages", limits.pages)]
    facts = tuple(_fact(item) for item in _list(untrusted, "facts", limits.facts))
    flags = tuple(_word(flag) for flag in _list(untrusted, "flags", _FLAGS))
    sides = [_number(side, THUMBNAIL_SIDE) for side in _list(untrusted, "thumbnail", 2)]
    members = [_member_head(item, limits) for item in _list(untrusted, "members", limits.members)]
    if sum(size for _name, size in members) > limits.member_bytes or len(sides) == 1 or 0 in sides:
        raise Breach
    return Reading(
        outcome=Outcome(outcome),
        kind=kind,
        media_type=_word(untrusted.get("media_type")),
        reader=_word(untrusted.get("reader")),
        why=_line(untrusted.get("why"), FACT_CHARS),
        flags=flags,
        facts=facts,
        pages=_pages(stream, lengths, limits),
        thumbnail=_picture(stream, sides),
        members=tuple(Member(name, _exactly(stream, size)) for name, size in members),
    )


def _pages(stream: IO[bytes], lengths: list[int], limits: Limits) -> tuple[str, ...]:
    if sum(lengths) > limits.text_bytes:
        raise Breach
    body = memoryview(_exactly(stream, sum(lengths)))
    pages, start = [], 0
    for length in lengths:
        try:
            text = str(body[start : start + length], "utf-8")
        except UnicodeDecodeError as error:
            raise Breach from error
        pages.append(_CONTROL.sub("", text))
        start += length
    return tuple(pages)


def _picture(stream: IO[bytes], sides: list[int]) -> Picture | None:
    if not sides:
        return None
    width, height = sides
    return Picture(width, height, _exactly(stream, width * height * 3))


def _exactly(stream: IO[bytes], size: int) -> bytes:
    body = read_frame(stream, b"B", size)
    if len(body) != size:
        raise Breach
    return body


def _fact(item: object) -> Fact:
    if not (_is_list(item) and len(item) == 3):
        raise Breach
    return Fact(_word(item[0]), _line(item[1], FACT_CHARS), _line(item[2], NAME_CHARS))


def _member_head(item: object, limits: Limits) -> tuple[str, int]:
    if not (_is_list(item) and len(item) == 2 and isinstance(item[0], str)):
        raise Breach
    if len(item[0]) > NAME_CHARS or not _encodable(item[0]):
        raise Breach
    return item[0], _number(item[1], limits.member_bytes)


def _list(values: dict[str, object], name: str, most: int) -> list[object]:
    items = values.get(name)
    if not _is_list(items) or len(items) > most:
        raise Breach
    return items


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _number(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:  # True is an int to isinstance
        raise Breach
    return value


def _word(value: object) -> str:
    """A short word of our own making, such as a media type or the name of a fact."""
    if not isinstance(value, str) or len(value) > 120 or not value.isascii():
        raise Breach
    if not value.isprintable():
        raise Breach
    return value


def _line(value: object, most: int) -> str:
    """Text from the file on one line, without anything a terminal obeys."""
    if not isinstance(value, str) or len(value) > most or not _encodable(value):
        raise Breach
    return _LINE_CONTROL.sub(" ", value).strip()


def _encodable(value: str) -> bool:
    """Return whether it can be stored: JSON can hold half of a surrogate pair."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
