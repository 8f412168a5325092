"""What EXIF says: when, where, with what, by whom.

Source: CIPA DC-008 (Exif 2.32); the tag numbers are those of the standard.
"""

import re

from PIL import Image

from desktop_app.extraction import charset
from desktop_app.extraction.found import Found

_EXIF, _GPS = 0x8769, 0x8825
_ORIENTATION = 0x0112
_LINES = (  # name, tag and its name in the standard; in the first directory
    ("title", 0x010E, "ImageDescription"),
    ("program", 0x0131, "Software"),
    ("author", 0x013B, "Artist"),
    ("copyright", 0x8298, "Copyright"),
)
_WIDE_LINES = (  # Windows writes these in UTF-16
    ("title", 0x9C9B, "XPTitle"),
    ("comment", 0x9C9C, "XPComment"),
    ("author", 0x9C9D, "XPAuthor"),
    ("keywords", 0x9C9E, "XPKeywords"),
    ("subject", 0x9C9F, "XPSubject"),
)
_TIMES = (  # the time of exposure before that of scanning before that of the last change
    (0x9003, "DateTimeOriginal", 0x9011),
    (0x9004, "DateTimeDigitized", 0x9012),
)
_TIME = re.compile(
    r"\s*(\d{4})[:.\-/](\d{1,2})[:.\-/](\d{1,2})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?"
)


def read(image: Image.Image, found: Found) -> None:
    """Add the facts of the picture's EXIF; what cannot be understood is left out."""
    first = image.getexif()
    if not first:
        return
    inner, place = first.get_ifd(_EXIF), first.get_ifd(_GPS)
    _times(dict(first), dict(inner), found)
    device = _device(_text(first.get(0x010F)), _text(first.get(0x0110)))
    found.add_fact("device", device, "exif:Model")
    for name, tag, label in _LINES:
        found.add_fact(name, _text(first.get(tag)), f"exif:{label}")
    for name, tag, label in _WIDE_LINES:
        found.add_fact(name, _wide(first.get(tag)), f"exif:{label}")
    found.add_fact("comment", _comment(inner.get(0x9286)), "exif:UserComment")
    orientation = first.get(_ORIENTATION)
    if isinstance(orientation, int) and 1 < orientation <= 8:
        found.add_fact("orientation", orientation, "exif:Orientation")
    _position(dict(place), found)


def _times(first: dict[int, object], inner: dict[int, object], found: Found) -> None:
    for tag, label, offset_tag in _TIMES:
        when = _time(_text(inner.get(tag)), _text(inner.get(offset_tag)))
        if when:
            found.add_fact("taken", when, f"exif:{label}")
            break
    modified = _time(_text(first.get(0x0132)), _text(inner.get(0x9010)))
    found.add_fact("modified", modified, "exif:DateTime")


def _time(text: str, offset: str) -> str:
    """Return ISO 8601, with the zone only if the file names one; empty if it is no time."""
    match = _TIME.match(text)
    if not match:
        return ""
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    if not (1800 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= 31):
        return ""
    if match[4] is None:
        return f"{year:04}-{month:02}-{day:02}"
    if hour > 23 or minute > 59 or second > 60:
        return ""
    zone = offset if re.fullmatch(r"[+-]\d\d:\d\d|Z", offset) else ""
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"


def _device(maker: str, model: str) -> str:
    """Join maker and model, unless the model says the maker already."""
    first_word = maker.split(" ", 1)[0].lower()
    return model if model.lower().startswith(first_word) and model else f"{maker} {model}".strip()


def _position(place: dict[int, object], found: Found) -> None:
    latitude = _degrees(place.get(2), _text(place.get(1)), "S", 90)
    longitude = _degrees(place.get(4), _text(place.get(3)), "W", 180)
    if latitude is None or longitude is None:
        return
    found.add_fact("latitude", f"{latitude:.6f}", "exif:GPSLatitude")
    found.add_fact("longitude", f"{longitude:.6f}", "exif:GPSLongitude")


def _degrees(parts: object, side: str, negative: str, most: int) -> float | None:
    """Return decimal degrees from degrees, minutes and seconds; None if that makes no sense."""
    if not isinstance(parts, (tuple, list)) or not 1 <= len(parts) <= 3:
        return None
    try:
        values = [float(part) for part in parts]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    total: float = sum(value / 60**at for at, value in enumerate(values))
    if not 0 <= total <= most:  # false for NaN, which stands for 0/0: no position
        return None
    return -total if side.strip("\0 ").upper().startswith(negative) else total


def _text(value: object) -> str:
    """Return a string value; bytes are guessed like any text."""
    if isinstance(value, (tuple, list)):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        return _decoded(value)
    if not isinstance(value, str):
        return ""
    # Pillow reads EXIF text as Latin-1; what is not ASCII is nearly always something else.
    if not value.isascii() and all(ord(sign) < 256 for sign in value):
        return _decoded(value.encode("latin-1"))
    return value.replace("\0", " ").strip()


def _decoded(value: bytes) -> str:
    return charset.decode(value.rstrip(b"\0 "))[0].replace("\0", " ").strip()


def _wide(value: object) -> str:
    if isinstance(value, (tuple, list)):
        value = bytes(part for part in value if isinstance(part, int) and 0 <= part < 256)
    if not isinstance(value, bytes):
        return ""
    return value.decode("utf-16-le", "replace").replace("\0", " ").strip()


def _comment(value: object) -> str:
    """Return a user comment without the eight bytes that name its character code."""
    if not isinstance(value, bytes) or len(value) <= 8:
        return ""
    code, rest = value[:8], value[8:]
    if code.startswith(b"UNICODE"):
        encoding = "utf-16-be" if rest[:1] == b"\0" else "utf-16-le"
        return rest.decode(encoding, "replace").replace("\0", " ").strip()
    if code.startswith((b"ASCII", b"\0\0\0\0")):
        text = _decoded(rest.strip(b"\0 "))
        return text if text.isprintable() else ""
    return ""
